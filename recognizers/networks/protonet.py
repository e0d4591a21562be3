"""A network that learns a glyph from one picture: it compares what it sees with what it was taught, feature by feature.

The trunk turns a picture into features, the head holds a vector for each class and scores by the cosine between them.
`teach` makes a class the mean of the features of its pictures, its prototype (Snell, Swersky and Zemel 2017), each seen
as it is and under small affine moves, because a hand never repeats itself; `forget` takes a class away. Trained either
way: with vectors learned for the classes of many alphabets (the cosine classifier of Chen et al. 2019), or, with k_shot
above 0, by episodes: the first k_shot pictures of each class of a batch are its prototype, the others are told apart by
them. The features are laid out on a grid, so that where a stroke is counts, not only that it is there.

Two drawings of one glyph differ more in some ways than in others. `whiten` measures how, on drawings by many people,
and weighs those ways less in all that is compared afterwards (within-class covariance normalization, Hatch, Kajarekar
and Stolcke 2006).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from glyphgen.images import PictureLike
from glyphgen.script import Grapheme, Script, ScriptError
from recognizers.image.preprocess import Preprocess
from recognizers.network import Batch
from recognizers.networks.glyph import GlyphRecognizer
from recognizers.networks.losses import random_of
from recognizers.networks.prototypes import MOST_VIEWS, Prototypes, Whitening, split_episode, views
from recognizers.networks.resnet import residual_layers

_AT_ONCE = 128  # pictures through the trunk
_SHRINKAGE = (
    0.1  # of the largest variance, added to all: with less of it small2, which is not trained on, was read worse
)


@final
class ProtoNet(GlyphRecognizer):
    """channels and n_blocks of the residual trunk, a grid of grid × grid places, n_features of a picture; n_views of a
    picture when it is taught and when it is read. With n_sampled, a training step compares the classes of its batch
    with so many others, not with all.
    """

    architecture = "protonet"
    fits_onnx = False  # nothing there makes the grids of its views
    trunk: nn.Sequential
    head: Prototypes

    def __init__(
        self,
        script: Script,
        preprocess: Preprocess,
        channels: tuple[int, ...] = (32, 64, 128),
        n_blocks: tuple[int, ...] = (1, 1, 1),
        grid: int = 3,
        n_features: int = 256,
        dropout: float = 0.1,
        n_views: int = 1,
        k_shot: int = 0,
        n_sampled: int = 0,
    ) -> None:
        arguments = {
            "channels": list(channels),
            "n_blocks": list(n_blocks),
            "grid": grid,
            "n_features": n_features,
            "dropout": dropout,
            "n_views": n_views,
            "k_shot": k_shot,
            "n_sampled": n_sampled,
        }
        super().__init__(script, preprocess, arguments)
        if not 1 <= n_views <= MOST_VIEWS:
            raise ValueError(f"n_views={n_views}: there are 1 to {MOST_VIEWS}")
        self.n_views, self.k_shot, self.n_sampled = n_views, k_shot, n_sampled
        layers = residual_layers(channels, n_blocks, preprocess.height_px)
        places = nn.Sequential(nn.AdaptiveAvgPool2d(grid), nn.Flatten(), nn.Dropout(dropout))
        self.trunk = nn.Sequential(
            *layers, places, nn.Linear(channels[-1] * grid * grid, n_features), Whitening(n_features)
        )
        self.added_since = (f"trunk.{len(self.trunk) - 1}.matrix",)
        self.head = Prototypes(n_features, len(script.visible))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # as in cnn

    def forward(self, images: Tensor, widths: Tensor) -> Tensor:
        return torch.log_softmax(self.head(self.features(images)), dim=-1)  # (b, n_visible)

    def features(self, images: Tensor) -> Tensor:
        """Return features (b, d) of length 1: the mean over the views of each picture; while training, of the picture
        alone.
        """
        if self.training or self.n_views == 1:
            return functional.normalize(self.trunk(images).float(), dim=1)
        seen = self.trunk(views(images, self.n_views))
        return functional.normalize(seen.view(self.n_views, len(images), -1).mean(dim=0), dim=1)

    def training_loss(self, batch: Batch) -> Tensor:
        if not self.k_shot:
            return self._class_loss(batch)
        return functional.cross_entropy(*self._episode(batch))

    def errors(self, outputs: Tensor, batch: Batch) -> tuple[float, float]:
        if not self.k_shot:
            return self.edits(outputs, batch)
        scores, targets = self._episode(batch)  # the learned vectors that `outputs` are of mean nothing
        return float((scores.argmax(dim=1) != targets).sum()), float(len(targets))

    def _episode(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return scores (n_queries, n_way) of a batch that is an episode, and the right classes (n_queries,)."""
        support, query = split_episode(batch.texts, self.k_shot)
        features = self.features(batch.images)
        prototypes = torch.stack([features[rows].mean(dim=0) for rows in support.values()])
        scores = self.head.cosines(features[[row for rows in query.values() for row in rows]], prototypes)
        return scores, torch.tensor([k for k, name in enumerate(support) for _ in query[name]], device=scores.device)

    def _class_loss(self, batch: Batch) -> Tensor:
        """Return the loss of the learned vectors, those of the batch's classes and of others drawn evenly."""
        n = len(self.script.visible)
        if not 0 < self.n_sampled < n:
            return self.loss(self(batch.images, batch.widths), batch)
        order = {char: k for k, char in enumerate(self.script.visible)}
        present, targets = torch.unique(torch.tensor([order[text] for text in batch.texts]), return_inverse=True)
        others = torch.randint(n, (self.n_sampled,), generator=random_of([*batch.origins, *batch.texts]))
        chosen = torch.cat([present, others[~torch.isin(others, present)]]).to(batch.images.device)
        scores = self.head.cosines(self.features(batch.images), self.head.vectors[chosen])
        return functional.cross_entropy(scores, targets.to(scores.device))

    @torch.inference_mode()
    def whiten(self, pictures: Sequence[PictureLike], labels: Sequence[str]) -> None:
        """Fit a within-class whitening of the features on labelled pictures of glyphs, several of each label by
        different writers. Prototypes are cleared, for their features were not whitened. Raises ValueError where no
        label has two pictures that differ, PictureError for a picture. Source: Hatch, Kajarekar and Stolcke 2006; the
        shrinkage was chosen on tasks of small2: 9.1 % wrong, 9.8 % with 0.003, 11.8 % without any of this.
        """
        rows: dict[str, list[int]] = {}
        for row, (_, label) in enumerate(zip(pictures, labels, strict=True)):
            rows.setdefault(label, []).append(row)
        if not any(len(those) > 1 for those in rows.values()):
            raise ValueError("no glyph has two pictures, so how its drawings differ cannot be told")
        before = self.trunk[-1].state_dict()["matrix"].clone()
        matrix = self.reset_whitening()
        try:
            features = self._features_of(pictures).double()
            strayed = torch.cat(
                [features[those] - features[those].mean(dim=0) for those in rows.values() if len(those) > 1]
            )
            variances, axes = torch.linalg.eigh(strayed.T @ strayed / len(strayed))
            if float(variances.max()) < 1e-12:
                raise ValueError("all pictures of a glyph are the same, so how its drawings differ cannot be told")
        except Exception:
            matrix.copy_(before)
            raise
        weights = (variances.clamp(min=0) + _SHRINKAGE * variances.max()).rsqrt()
        matrix.copy_(axes * (weights / weights.mean()))
        self.head.vectors.zero_()
        self.head.counts.zero_()

    def reset_whitening(self) -> Tensor:
        """Weigh all directions alike again, as training needs it; return the matrix (d, d) that does."""
        last = self.trunk[-1]
        assert isinstance(last, Whitening)
        last.matrix.copy_(torch.eye(len(last.matrix)))
        return last.matrix

    def _features_of(self, pictures: Sequence[PictureLike]) -> Tensor:
        """Return the features (n, d) of pictures. Raises PictureError for one that cannot be read."""
        prepared = [torch.from_numpy(self.preprocess(picture).tensor) for picture in pictures]
        was_training, device = self.training, self.head.vectors.device
        self.eval()
        starts = range(0, len(prepared), _AT_ONCE)
        seen = [self.features(torch.stack(prepared[i : i + _AT_ONCE]).to(device)) for i in starts]
        self.train(was_training)
        return torch.cat(seen) if seen else torch.zeros(0, self.head.vectors.shape[1], device=device)

    @torch.inference_mode()
    def teach(self, pictures: Sequence[PictureLike], labels: Sequence[str]) -> None:
        """Add pictures of glyphs, each with its letter: of new letters, which join the script, or more of known ones.
        In which order they come makes no difference. Raises ValueError when there are not as many labels, PictureError
        for a picture.
        """
        if len(pictures) != len(labels):
            raise ValueError(f"{len(pictures)} pictures, but {len(labels)} labels")
        known = self.script
        if known.ignores_case:
            labels = [label.upper() if len(label.upper()) == 1 else label for label in labels]
        new = sorted({label for label in labels if not known.can_write(label)})
        if bad := [label for label in labels if len(label) != 1 or label.isspace()]:
            raise ValueError(f"the label {bad[0]!r} is not one letter")
        seen = self._features_of(pictures)
        self._rescript(self._with(new))
        order = {char: k for k, char in enumerate(self.script.visible)}
        sums = self.head.vectors.data.double()
        for row, label in zip(seen, labels, strict=True):
            k = order[self.script.canonical(label)]
            sums[k] += row.double()
            self.head.counts[k] += 1
        self.head.vectors.data = sums.float()

    @torch.inference_mode()
    def read_together(self, pictures: Sequence[PictureLike]) -> list[str]:
        """Classify the queries of one writer together (transductive): subtract the mean feature of the queries from
        them, and the mean prototype from the prototypes, so that the writer's slant or roundness counts less. Assumes
        that every letter is about as frequent: on a few queries of one letter it subtracts the letter itself. Raises
        PictureError for one that cannot be read, ValueError when nothing was taught.
        """
        known = self.head.counts > 0
        if not known.any():
            raise ValueError("nothing was taught yet; teach a picture of each glyph first")
        prototypes = functional.normalize(self.head.vectors[known], dim=1)
        features = self._features_of(pictures)
        if len(features) > 1:
            features, prototypes = features - features.mean(dim=0), prototypes - prototypes.mean(dim=0)
        scores = self.head.cosines(features, prototypes)
        letters = [char for char, is_known in zip(self.script.visible, known.tolist(), strict=True) if is_known]
        return [letters[k] for k in scores.argmax(dim=1).tolist()]

    def forget(self, label: str) -> None:
        """Take a letter away, with all that it was taught. Raises ScriptError for one it does not have, or the last
        one.
        """
        char = self.script.canonical(label)
        rest = tuple(g for g in self.script.graphemes if g.canonical != char)
        if not any(g.canonical != " " for g in rest):
            raise ScriptError(
                f"{label!r} is the last letter of script {self.script.name!r}; nothing would be left to read"
            )
        self._rescript(_scripted(self.script, rest))

    def untaught(self, script: Script | None = None) -> ProtoNet:
        """Return a copy that knows its letters, or those of another script, but has no picture of any."""
        other = self.with_script(script or self.script)
        other.head.log_scale.data.copy_(self.head.log_scale.data)
        other.head.vectors.data.zero_()
        other.head.counts.zero_()
        return other.eval()

    def _with(self, letters: Sequence[str]) -> Script:
        return _scripted(self.script, (*self.script.graphemes, *(Grapheme(letter) for letter in letters)))

    def _rescript(self, script: Script) -> None:
        """Give the head the classes of a script, each with what it was taught before."""
        if script == self.script:
            return
        before = {char: k for k, char in enumerate(self.script.visible)}
        head = Prototypes(self.head.vectors.shape[1], len(script.visible))
        head.log_scale.data.copy_(self.head.log_scale.data)
        for k, char in enumerate(script.visible):
            head.vectors.data[k] = self.head.vectors.data[before[char]] if char in before else 0.0
            head.counts[k] = self.head.counts[before[char]] if char in before else 0.0
        self.script, self.head = script, head.to(self.head.vectors.device)


def _scripted(script: Script, graphemes: Sequence[Grapheme]) -> Script:
    """Return the script with other graphemes, in the order of their letters."""
    ordered = tuple(sorted(graphemes, key=lambda g: (g.canonical == " ", g.canonical)))
    return Script(script.name, ordered, script.direction, script.safe_transforms, script.ignores_case)
