"""Optimizers and learning-rate schedulers: conf/optimizer and conf/scheduler."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from experiments.validation import Group, Share


class Adam(Group):
    """Adam."""

    name: Literal["adam"] = Field("adam", description="Adam.")


class AdamW(Group):
    """AdamW."""

    name: Literal["adamw"] = Field("adamw", description="Adam with decoupled weight decay.")


class Sgd(Group):
    """Stochastic gradient descent; give a learning rate ten times that of AdamW or more."""

    name: Literal["sgd"] = Field("sgd", description="Stochastic gradient descent with Nesterov momentum.")
    momentum: float = Field(0.9, ge=0, lt=1, description="Nesterov momentum.")


class Constant(Group):
    """The same learning rate throughout, after the warm-up."""

    name: Literal["constant"] = Field("constant", description="The same learning rate throughout.")


class Cosine(Group):
    """A cosine to zero over all steps, after the warm-up."""

    name: Literal["cosine"] = Field("cosine", description="A cosine to zero over all steps.")


class Step(Group):
    """The learning rate falls every so often."""

    name: Literal["step"] = Field("step", description="Times factor, every so often.")
    every: float = Field(0.25, gt=0, le=1, description="Steps between two falls, as a share of all steps.")
    factor: float = Field(0.3, gt=0, description="What the learning rate is multiplied by at each fall.")


class MultiStep(Group):
    """The learning rate falls at each milestone."""

    name: Literal["multistep"] = Field("multistep", description="Times factor at each milestone.")
    milestones: list[Share] = Field([0.5, 0.75, 0.9], description="When it falls, as shares of all steps.")
    factor: float = Field(0.2, gt=0, description="What the learning rate is multiplied by at each milestone.")


Optimizer = Annotated[Adam | AdamW | Sgd, Field(discriminator="name")]
Scheduler = Annotated[Constant | Cosine | Step | MultiStep, Field(discriminator="name")]
