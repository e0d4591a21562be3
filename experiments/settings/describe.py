"""Every setting with what it means, what it may be and its default: `python experiments/run.py --settings`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from experiments.conf_folder import CONF
from experiments.datasets import KINDS
from experiments.settings import RunSettings
from experiments.validation import Group, allowed, members, shown

_CONF = CONF


class Row(NamedTuple):
    """A setting: its dotted name, what it means, what it may be, and its default: that of conf/config.yaml, else that
    of the model; `-` where it has to be given, or a file of conf/ gives it.
    """

    name: str
    meaning: str
    allowed: str
    default: str


class Section(NamedTuple):
    """A group of settings, what it is for, and its rows."""

    title: str
    meaning: str
    rows: list[Row]


def sections() -> list[Section]:
    """Return all groups in the order of conf/config.yaml; of a group with several kinds one section each."""
    found: list[Section] = []
    plain: list[Row] = []
    for key, field in RunSettings.model_fields.items():
        if key == "data":
            for kind, model in sorted(KINDS.items()):
                is_other = kind != _composed("data.kind")
                found += _sections(f"data={' or '.join(_files(kind))}", model, "data", _first_line(model), is_other)
        elif groups := _groups(field.annotation):
            named = len(groups) > 1
            for group in groups:
                title = f"{key}={group.model_fields['name'].default}" if named else key
                meaning = _first_line(group) if named else str(field.description)
                is_other = named and group.model_fields["name"].default != _composed(f"{key}.name")
                found += _sections(title, group, key, meaning, is_other)
        else:
            plain.append(_row(key, field, False))
    return [Section("the run", "What to do, and with what.", plain), *found]


def _sections(title: str, model: type[Group], prefix: str, meaning: str, is_variant: bool) -> Iterator[Section]:
    """Return the section of a group, and those of the stages in it. is_variant: conf/config.yaml takes another one."""
    if all(_groups(field.annotation) for field in model.model_fields.values()) and prefix == "stage":
        for key, field in model.model_fields.items():
            (group,) = _groups(field.annotation)
            yield Section(f"stage.{key}", _first_line(group), list(_rows(group, f"stage.{key}", False)))
    else:
        yield Section(title, meaning, list(_rows(model, prefix, is_variant)))


def _rows(model: type[Group], prefix: str, is_variant: bool) -> Iterator[Row]:
    for key, field in model.model_fields.items():
        groups = _groups(field.annotation)
        if len(groups) == 1 and not issubclass(groups[0], tuple(KINDS.values())):
            if type(None) in members(field.annotation):
                yield _row(f"{prefix}.{key}", field, is_variant)
            yield from _rows(groups[0], f"{prefix}.{key}", is_variant)
        else:
            yield _row(f"{prefix}.{key}", field, is_variant)


def _row(name: str, field: FieldInfo, is_variant: bool) -> Row:
    default = PydanticUndefined if is_variant else _composed(name)
    if default is PydanticUndefined:
        default = field.get_default(call_default_factory=True)
    known = "-" if default in (PydanticUndefined, "???") else shown(default)
    return Row(name, str(field.description), allowed(field.annotation, field.metadata), known)


@lru_cache(maxsize=1)
def _config() -> dict[str, Any]:
    """Return conf/config.yaml as composed, names of other settings not looked up."""
    with initialize_config_dir(str(_CONF), version_base="1.3"):
        # a group of settings is a dict
        return OmegaConf.to_container(compose("config"), resolve=False)  # type: ignore[return-value]


def _composed(name: str) -> Any:
    value: Any = _config()
    for key in name.split("."):
        if not isinstance(value, dict) or key not in value:
            return PydanticUndefined
        value = value[key]
    return value


def _files(kind: str) -> list[str]:
    """Return the names of the files of conf/data that are of a kind."""
    names = sorted(path.stem for path in (_CONF / "data").glob("*.yaml"))
    return [name for name in names if _kind(name) == kind] or [kind]


def _kind(name: str) -> Any:
    """Return the kind of a file of conf/data, its own or that of the file it begins with."""
    conf: Any = OmegaConf.load(_CONF / "data" / f"{name}.yaml")
    first = next((one for one in conf.get("defaults", []) if isinstance(one, str) and one != "_self_"), None)
    return conf.get("kind") or (_kind(first) if first else None)


def _groups(annotation: Any) -> list[type[Group]]:
    return [one for one in members(annotation) if isinstance(one, type) and issubclass(one, Group)]


def _first_line(model: type[Group]) -> str:
    return " ".join((model.__doc__ or "").strip().split("\n\n")[0].split())


def describe(markdown: bool = False) -> str:
    """Return every setting as text for a terminal, or as a page in Markdown."""
    found = sections()
    if not markdown:
        return "\n\n".join(f"# {one.title}: {one.meaning}\n" + "\n".join(map(_plain, one.rows)) for one in found)
    page = [
        "# Settings",
        "",
        "Written by `python experiments/run.py --settings --markdown`. Give a setting on the command line as "
        "`NAME=VALUE`; a default of `-` has to be given, or is given by a "
        "file of `conf/`; `${…}` is the value of another setting.",
    ]
    for one in found:
        page += ["", f"## {one.title}", "", one.meaning, "", "| setting | meaning | may be | default |"]
        page += ["|---|---|---|---|", *(_cells(row) for row in one.rows)]
    return "\n".join(page)


def _plain(row: Row) -> str:
    return f"  {row.name} = {row.default}\n      {row.meaning} [{row.allowed}]"


def _cells(row: Row) -> str:
    cells = (f"`{row.name}`", row.meaning, row.allowed, f"`{row.default}`")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
