"""How rendered pictures look: conf/augment."""

from __future__ import annotations

from pydantic import Field

from experiments.datasets.base import Look
from experiments.validation import Group


class AugmentSettings(Group):
    """What `augment=` chooses; each stage may have another (`stage.STAGE.augment`)."""

    name: Look = Field(description="Name of the look.")
