from pathlib import Path

import numpy as np
import pytest
import torch

from glyphgen.script import Grapheme, Script, ScriptError
from glyphgen.shapes.invented import draw, random_alphabet
from recognizers import bundle
from recognizers.image.preprocess import Preprocess
from recognizers.network import Batch
from recognizers.networks.protonet import ProtoNet
from recognizers.networks.prototypes import split_episode, views

SCRIPT = Script("toy", tuple(map(Grapheme, "ABC")))


@pytest.fixture
def net() -> ProtoNet:
    torch.manual_seed(0)
    return ProtoNet(SCRIPT, Preprocess(32, stride_px=32, is_square=True), (8, 16), (1, 1), n_features=32).untaught()


def drawings(n: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [255 - draw(glyph, rng) for glyph in random_alphabet(rng, n).glyphs]


def test_what_was_taught_is_read(net: ProtoNet) -> None:
    pictures = drawings(3)
    net.teach(pictures, list("ABC"))
    assert [reading.text for reading in net.read_batch(pictures)] == list("ABC")


def test_case_is_folded_in_whatever_order_it_comes() -> None:
    for labels in ("Dd", "dD", "dd"):
        net = ProtoNet(
            Script("toy", (Grapheme("A"),)),
            Preprocess(32, stride_px=32, is_square=True),
            (8, 16),
            (1, 1),
            n_features=32,
        ).untaught()
        for picture, label in zip(drawings(2), labels, strict=True):
            net.teach([picture], [label])
        assert net.script.alphabet == "AD"


def test_what_was_not_taught_is_never_read(net: ProtoNet) -> None:
    net.teach(drawings(2), list("AC"))
    readings = net.read_batch(drawings(20, seed=3))
    assert {reading.text for reading in readings} <= {"A", "C"}
    assert all(dict(reading.glyphs[0].candidates).get("B", 0.0) == 0.0 for reading in readings)


def test_new_letters_join_the_script_and_the_order_makes_no_difference(net: ProtoNet) -> None:
    pictures, labels = drawings(6), list("AZBYCX")
    other = net.untaught()
    net.teach(pictures, labels)
    for k in (4, 1, 5, 0, 3, 2):
        other.teach([pictures[k]], [labels[k]])
    assert net.script.alphabet == other.script.alphabet == "ABCXYZ"
    asked = drawings(30, seed=9)
    for one, two in zip(net.read_batch(asked), other.read_batch(asked), strict=True):
        assert one.text == two.text
        assert one.confidence == pytest.approx(two.confidence, abs=1e-4)


def test_forgetting_undoes_teaching(net: ProtoNet) -> None:
    pictures = drawings(4)
    net.teach(pictures[:3], list("ABC"))
    before = net.read_batch(drawings(20, seed=2))
    net.teach(pictures[3:], ["D"])
    net.forget("d")  # the script ignores case
    assert net.script.alphabet == "ABC"
    assert [r.confidence for r in net.read_batch(drawings(20, seed=2))] == pytest.approx(
        [r.confidence for r in before], abs=1e-4
    )
    net.forget("A")
    net.forget("B")
    with pytest.raises(ScriptError, match="last letter"):
        net.forget("C")


def test_impossible_lessons_are_named(net: ProtoNet) -> None:
    with pytest.raises(ValueError, match="1 pictures, but 2 labels"):
        net.teach(drawings(1), ["A", "B"])
    with pytest.raises(ValueError, match="'AB' is not one letter"):
        net.teach(drawings(1), ["AB"])


def test_a_taught_recognizer_is_a_bundle_like_any_other(net: ProtoNet, tmp_path: Path) -> None:
    net.teach(drawings(5), list("ABCDE"))
    bundle.save(net, tmp_path / "b.safetensors", {})
    loaded = bundle.load(tmp_path / "b.safetensors")
    assert isinstance(loaded, ProtoNet)
    asked = drawings(12, seed=4)
    assert [str(r) for r in loaded.read_batch(asked)] == [str(r) for r in net.read_batch(asked)]
    assert loaded.head.counts.tolist() == [1] * 5


def test_episodes_learn_to_tell_apart_what_was_shown_first(net: ProtoNet) -> None:
    assert split_episode(list("ABABAB"), 1) == ({"A": [0], "B": [1]}, {"A": [2, 4], "B": [3, 5]})
    with pytest.raises(ValueError, match="'B' is 1 times"):
        split_episode(list("ABA"), 1)
    net.k_shot = 1
    rng = np.random.default_rng(0)
    glyphs = random_alphabet(rng, 3).glyphs
    optimizer, losses = torch.optim.AdamW(net.parameters(), 0.003), []
    net.train()
    for _ in range(30):
        images = torch.from_numpy(
            np.stack([net.preprocess(255 - draw(glyph, rng)).tensor for _ in range(4) for glyph in glyphs])
        )
        loss = net.training_loss(Batch(images, torch.full((12,), 32), list("ABC") * 4, [""] * 12))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])
    net.eval()
    support = [draw(glyph, rng) for glyph in glyphs]
    images = torch.from_numpy(np.stack([net.preprocess(255 - picture).tensor for picture in support * 2]))
    batch = Batch(images, torch.full((6,), 32), list("ABCABC"), [""] * 6)
    assert net.errors(net(images, batch.widths), batch) == (0, 3), "the queries are the supports"
    wrong = Batch(images, batch.widths, list("ABCBCA"), batch.origins)
    assert net.errors(net(images, batch.widths), wrong) == (3, 3)


def test_a_step_with_sampled_classes_looks_at_those_of_its_batch() -> None:
    torch.manual_seed(0)
    letters = "".join(chr(0x4E00 + k) for k in range(200))
    net = ProtoNet(
        Script("many", tuple(map(Grapheme, letters))),
        Preprocess(32, stride_px=32, is_square=True),
        (8, 16),
        (1, 1),
        n_features=32,
        n_sampled=30,
    )
    images = torch.rand(8, 1, 32, 32)
    net.training_loss(Batch(images, torch.full((8,), 32), list(letters[:8]), [""] * 8)).backward()
    assert net.head.vectors.grad is not None
    learned = net.head.vectors.grad.abs().sum(dim=1) > 0
    assert learned[:8].all()
    assert 8 + 20 <= int(learned.sum()) <= 8 + 30


def test_a_copy_without_lessons_keeps_the_scale_whatever_its_script(net: ProtoNet) -> None:
    net.head.log_scale.data.fill_(1.25)
    other = net.untaught(Script("other", (Grapheme("X"),)))
    assert other.head.log_scale.item() == 1.25
    assert other.head.counts.tolist() == [0]


def test_the_first_view_is_the_picture_itself() -> None:
    images = torch.rand(3, 1, 16, 16)
    seen = views(images, 8).view(8, 3, 1, 16, 16)
    assert torch.allclose(seen[0], images, atol=1e-4)
    assert all((seen[k] - images).abs().mean() > 0.01 for k in range(1, 8))
    with pytest.raises(ValueError, match="n_views=9"):
        views(images, 9)


def test_what_drawings_of_one_glyph_differ_in_counts_less(net: ProtoNet) -> None:
    """Features stray along axes of their own within a label; afterwards they stray alike along all of them, and classes
    lie apart.
    """
    rng = np.random.default_rng(5)
    glyphs = random_alphabet(rng, 12).glyphs
    pictures, labels = (
        [255 - draw(glyph, rng) for glyph in glyphs for _ in range(8)],
        [str(k) for k in range(12) for _ in range(8)],
    )

    def spread() -> float:  # of what strays within a label: the largest share that one axis takes
        with torch.inference_mode():
            features = net.features(torch.from_numpy(np.stack([net.preprocess(p).tensor for p in pictures]))).view(
                12, 8, -1
            )
        strayed = (features - features.mean(dim=1, keepdim=True)).flatten(0, 1)
        variances = torch.linalg.eigvalsh(strayed.T @ strayed)
        return float(variances.max() / variances.sum())

    before = spread()
    net.whiten(pictures, labels)
    assert spread() < 0.8 * before
    again = net.trunk[-1].matrix.clone()
    net.whiten(pictures, labels)  # what was measured before is no part of it
    assert torch.allclose(again, net.trunk[-1].matrix, atol=1e-4)
    net.teach(pictures[:24:8], ["A", "B", "C"])
    assert [reading.text for reading in net.read_batch(pictures[:24:8])] == ["A", "B", "C"]


def test_evening_out_needs_two_pictures_of_a_glyph(net: ProtoNet) -> None:
    with pytest.raises(ValueError, match="no glyph has two pictures"):
        net.whiten(drawings(3), list("ABC"))


def test_evening_out_that_fails_leaves_the_network_as_it_was(net: ProtoNet) -> None:
    pictures = drawings(6)
    net.whiten(pictures + drawings(6, seed=1), list("ABCDEF") * 2)
    net.teach(pictures, list("ABCDEF"))
    for bad in ([pictures[0], "/nowhere.png"], [pictures[0], pictures[0]]):
        with pytest.raises(ValueError, match=r"no such file|all pictures of a glyph are the same"):
            net.whiten(bad, ["1", "1"])
        assert [reading.text for reading in net.read_batch(pictures)] == list("ABCDEF")


def test_a_bundle_keeps_what_was_evened_out(net: ProtoNet, tmp_path: Path) -> None:
    net.whiten(drawings(2) * 2 + drawings(2, seed=1), list("ABABAB"))
    net.teach(drawings(3), list("ABC"))
    bundle.save(net, tmp_path / "evened.safetensors", {})
    asked = drawings(9, seed=4)
    pairs = zip(net.read_batch(asked), bundle.load(tmp_path / "evened.safetensors").read_batch(asked), strict=True)
    assert all(a.text == b.text and a.confidence == pytest.approx(b.confidence, abs=1e-4) for a, b in pairs)


def test_pictures_of_one_hand_are_read_together(net: ProtoNet) -> None:
    """What all pictures of a hand share, here a bar at the left, takes less part than when each is read by itself."""
    apart = together = 0
    for seed in range(3):
        pictures, letters = drawings(20, seed), [chr(65 + k) for k in range(20)]
        pupil = net.untaught()
        pupil.teach(pictures, letters)
        assert pupil.read_together(pictures) == letters
        barred = [picture.copy() for picture in pictures]
        for picture in barred:
            picture[15:90, 2:16] = 0
        apart += sum(reading.text == letter for reading, letter in zip(pupil.read_batch(barred), letters, strict=True))
        together += sum(a == b for a, b in zip(pupil.read_together(barred), letters, strict=True))
        assert pupil.read_together(barred[:1]) == [pupil.read(barred[0]).text], "a picture alone is read as ever"
    assert together > 1.4 * apart


def test_together_needs_lessons(net: ProtoNet) -> None:
    with pytest.raises(ValueError, match="nothing was taught yet"):
        net.read_together(drawings(2))
