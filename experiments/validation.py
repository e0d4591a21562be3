"""Groups of settings as Pydantic models: what each setting may be in words, and errors that name the setting.

A message has the setting's dotted name, what it may be and what was given; of an unknown name, the nearest known ones.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import annotated_types as bounds
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from experiments.job import SettingError

Count = Annotated[int, Field(gt=0)]
Size = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(gt=0)]

# names of before, and what they are called now; a name stands for all that lies below it
RENAMED = {
    "ancestor": "baseline",
    "schedule": "scheduler",
    "storage": "weights_dtype",
    "data.moves": "data.deformation",
    "data.damage": "data.degradation",
    "data.maker": "data.writer",
    "data.n_drawn": "data.n_invented",
    "data.n_hands": "data.n_invented_handwritten",
    "data.n_world": "data.n_installed",
    "data.most": "data.max_letters",
    "data.world_share": "data.installed_share",
    "data.world_most": "data.installed_max_glyphs",
    "data.world_fonts": "data.installed_fonts_per_script",
    "data.hands_share": "data.invented_share",
    "model.learning_rate": "model.training.learning_rate",
    "model.weight_decay": "model.training.weight_decay",
    "model.val_every": "model.training.val_every",
    "model.ema": "model.training.ema",
    "model.class_balance": "model.training.class_balance",
    "model.label_smoothing": "model.training.label_smoothing",
    "model.adapt_steps": "model.training.max_steps (or stage.adapt.max_steps)",
    "model.adapt_batch_size": "model.training.batch_size (or stage.adapt.batch_size)",
    "model.pretrain_steps": "model.training.on_digits.max_steps (or stage.pretrain.max_steps)",
    "model.pretrain_batch_size": "model.training.on_digits.batch_size (or stage.pretrain.batch_size)",
    "stage.evaluate.second_look": "stage.evaluate.reread",
    "stage.curves.second_look": "stage.curves.reread",
    "stage.curves.query_share": "crops.query_share",
    "stage.curves.least": "crops.min_confidence",
    "stage.curves.n_replay": "crops.n_replay",
    "stage.curves.crop_learning_rate": "crops.learning_rate",
    **{
        f"stage.{stage}.{old}": f"crops.{new}"
        for stage in ("adapt", "selftrain")
        for old, new in {
            "k_shot": "k_shot",
            "query_share": "query_share",
            "stops": "stops",
            "n_folds": "n_folds",
            "n_replay": "n_replay",
            "least": "min_confidence",
            "crop_learning_rate": "learning_rate",
        }.items()
    },
}


class Group(BaseModel):
    """A group of settings: no other keys than its own, no number in quotes, no infinity; it cannot be changed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, protected_namespaces=())


G = TypeVar("G", bound=Group)


def checked(model: type[G], values: Any, name: str = "") -> G:
    """Return settings as a model; `name` is that of the group, "" for all. Raises SettingError for the first that is
    wrong.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise SettingError(explained(error, model, values, name)) from error


def explained(error: ValidationError, model: type[Group], values: Any, name: str = "") -> str:
    """Return one message: of an unknown name if there is one, for that is often why another is missing."""
    found = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")[0]
    path, group, given = [name] if name else [], model, values
    field: FieldInfo | None = None
    for key in found["loc"]:
        if isinstance(key, int) and field is not None and (below := _group_in(field.annotation)) is not None:
            group, field, given = below, None, given[key]
            path[-1] += f"[{key}]"
            continue
        if field is not None and (below := _group_of(field.annotation, given)) is not None:
            group, field = below, None
        if field is not None or not isinstance(key, str):
            break  # inside a list, or a name of a type
        if key not in group.model_fields:
            if found["type"] == "extra_forbidden":
                return unknown(".".join(path), key, group.model_fields)
            continue  # Pydantic's name of a member of a union
        field, given = group.model_fields[key], _item(given, key)
        path.append(key)
    dotted = ".".join(path)
    if found["type"] == "value_error":  # of a validator of ours, whose message starts with the name of a setting
        reason = str(found["ctx"]["error"])
        return reason if isinstance(found["ctx"]["error"], SettingError) else f"{dotted} {reason}".lstrip()
    meaning = allowed(field.annotation, field.metadata) if field is not None else "a group of settings"
    if found["type"] == "missing":
        return f"{dotted} is missing; give it: {dotted}=VALUE ({meaning})"
    return f"{dotted} must be {meaning}, not {given!r}"


def unknown(group: str, key: str, known: Any) -> str:
    """Return what to say of a setting that there is not: its name now, or the nearest names."""
    dotted = f"{group}.{key}" if group else key
    if new := renamed(dotted):
        return f"{dotted} is called {new} now"
    names = [str(name) for name in known if name != "hydra"]
    near = get_close_matches(key, names, n=3, cutoff=0.5)
    names = [*near, *(name for name in names if name not in near)]
    alike = get_close_matches(key, near, n=1, cutoff=0.7)
    meant = f"did you mean {alike[0]}? There" if alike else "there"
    return f"{group or 'the config'} has no setting {key!r}; {meant} are {', '.join(names)}"


def renamed(dotted: str) -> str | None:
    """Return what a setting, or the group that it lies in, is called now; None where the name never was another."""
    for place in ("stage.pretrain.data", "data.rendered", "data.replay"):  # data sets inside others
        if dotted.startswith(f"{place}."):
            found = renamed("data" + dotted.removeprefix(place))
            return found and found.replace("data", place, 1)
    for old, new in RENAMED.items():
        if dotted == old or dotted.startswith(f"{old}."):
            return new + dotted.removeprefix(old)
    return None


def _item(values: Any, key: str) -> Any:
    return values.get(key) if isinstance(values, Mapping) else None


def _group_of(annotation: Any, given: Any) -> type[Group] | None:
    """Return the model of a group inside a group; of several, the one of the given `kind` or `name`."""
    groups = [one for one in members(annotation) if isinstance(one, type) and issubclass(one, Group)]
    if len(groups) == 1:
        return groups[0] if isinstance(given, Mapping) else None
    for one in groups:
        for key in ("kind", "name"):
            if key in one.model_fields and _item(given, key) in get_args(one.model_fields[key].annotation):
                return one
    return None


def _group_in(annotation: Any) -> type[Group] | None:
    """Return the model of the groups in a list."""
    inner = get_args(annotation)[0] if get_origin(annotation) is list else None
    return inner if isinstance(inner, type) and issubclass(inner, Group) else None


def members(annotation: Any) -> list[Any]:
    """Return the types of a union, or the one type, without what annotates them."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        return [one for member in get_args(annotation) for one in members(member)]
    return [annotation]


def allowed(annotation: Any, metadata: Any = ()) -> str:
    """Return in words what a setting may be: `a whole number above 0`, `auto or a whole number`, `a list of shares`."""
    while get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        metadata = (*metadata, *(m for one in inner for m in (one.metadata if isinstance(one, FieldInfo) else [one])))
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        named = [one for one in arguments if get_origin(one) is Literal]
        rest = [one for one in arguments if one is not type(None) and get_origin(one) is not Literal]
        groups = [one for one in rest if isinstance(one, type) and issubclass(one, Group)]
        said = [", ".join(shown(value) for one in named for value in get_args(one))] if named else []
        said += [allowed(one, metadata) for one in rest if one not in groups]
        said += ["a group of settings"] if groups else []
        said += ["null"] if type(None) in arguments else []
        return " or ".join(said)
    if origin is Literal:
        return f"one of {', '.join(map(shown, arguments))}" if len(arguments) > 1 else shown(arguments[0])
    if origin is list:
        return _listed(allowed(arguments[0]), metadata)
    if origin is dict:
        return "a group of settings"
    if isinstance(annotation, type) and issubclass(annotation, Group):
        return "a group of settings"
    return _simple(annotation, metadata)


def _listed(of: str, metadata: Any) -> str:
    least, most = _bound(metadata, bounds.MinLen, "min_length"), _bound(metadata, bounds.MaxLen, "max_length")
    some = f"{least} " if least is not None and least == most else ""
    if of.startswith("one of"):
        return f"a list of {some}names, each {of}" + (", and not empty" if least == 1 and not some else "")
    plural = {"a text": "texts", "a group of settings": "groups of settings"}
    of = plural.get(of, of.removeprefix("a ").replace("number", "numbers", 1))
    return f"a list of {some}{of}" + (", one at least" if least == 1 and not some else "")


def _simple(kind: Any, metadata: Any) -> str:
    if kind is bool:
        return "true or false"
    if kind not in (int, float):
        return "a text" if kind is str else "anything"
    name = "a whole number" if kind is int else "a number"
    above, least = _bound(metadata, bounds.Gt, "gt"), _bound(metadata, bounds.Ge, "ge")
    below, most = _bound(metadata, bounds.Lt, "lt"), _bound(metadata, bounds.Le, "le")
    if most is None and below is None:
        return (
            f"{name} above {above:g}"
            if above is not None
            else f"{name}, {least:g} or more"
            if least is not None
            else name
        )
    low = f"above {above:g}" if above is not None else f"from {least:g}" if least is not None else ""
    high = f"to {most:g}" if most is not None else f"to below {below:g}"
    return f"{name} {low} {high}".replace("  ", " ")


def _bound(metadata: Any, kind: type, key: str) -> Any:
    return next((getattr(one, key) for one in metadata if isinstance(one, kind)), None)


def shown(value: Any) -> str:
    """Return a value as a person would type it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
