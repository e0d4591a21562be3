"""Stored sets, split and stacked: what training and evaluation see of pictures on disk.

`split_stored` holds a share out: whole writers where they are known, so that nobody's hand is both trained on and
tested; of each class alike otherwise. `StoredGlyphs` stacks several sets in one label space.
"""

from __future__ import annotations

from collections.abc import Sequence

from glyphgen.datasets.augmented import Deformation, DeformedPictures
from glyphgen.datasets.labelled_images import Stored
from glyphgen.files import DataError
from glyphgen.images import Picture
from glyphgen.render.augmentation import Augmentation, check_turn
from glyphgen.script import Script


class StoredGlyphs(DeformedPictures):
    """One split of one or more sets, stacked in one label space."""

    def __init__(
        self,
        sets: Sequence[Stored],
        script: Script,
        seed: int = 0,
        deformation: Deformation | None = None,
        augment: str | Augmentation = "none",
        length: int | None = None,
    ) -> None:
        check_turn(script, 3 * deformation.turn_deg if deformation else 0.0, "turn_deg of the deformation")
        self.sets = list(sets)
        for part in sets:
            place = next((k for k, label in enumerate(part.labels) if len(label) != 1), None)
            if place is not None:
                raise DataError(f"{part.origins[place]}: the label {part.labels[place]!r} is not one character")
            if strange := sorted({label for label in part.labels if not script.can_write(label) or label.isspace()}):
                names = " ".join(map(repr, strange[:12]))
                raise DataError(
                    f"script {script.name!r} does not have {names}, which {part.name} has; choose another script, or "
                    "say which labels to take (keep: ABC…)"
                )
        self.rows = [(k, i) for k, part in enumerate(sets) for i in range(len(part))]
        if not self.rows:
            names = ", ".join(part.name for part in sets)
            raise DataError(
                f"no pictures of {names} are left for this part; a class needs three or more to hold one out"
            )
        self.texts = [script.canonical(self.sets[k].labels[i]) for k, i in self.rows]
        super().__init__(len(self.rows), seed, deformation, augment, length, ink_share=0.6)

    def row(self, row: int) -> tuple[Picture, str, str]:
        k, i = self.rows[row]
        return self.sets[k].images[i], self.texts[row], self.sets[k].origins[i]
