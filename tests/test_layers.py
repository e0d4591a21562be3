"""The layers of the design: who may import whom, between the packages and inside each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    "glyphgen": {
        "torch",
        "pytorch_lightning",
        "hydra",
        "omegaconf",
        "wandb",
        "gradio",
        "recognizers",
        "experiments",
        "app",
    },
    "recognizers": {"hydra", "omegaconf", "wandb", "gradio", "albumentations", "experiments", "app"},
    "experiments": {"gradio", "app"},
    "app": {"hydra", "omegaconf", "wandb", "pytorch_lightning", "experiments"},
}
# The rooms of each package, the lowest first: folders, and the modules that stand beside them. A module imports from
# its own room and from those before it. Modules on one line stand side by side and know nothing of each other.
ROOMS = {
    "glyphgen": [
        "extras near_names", "files", "pixels", "images", "labels", "archive", "script", "sample",
        "formats", "shapes", "faces", "texts render", "displays", "datasets",
        "captions", "contact_sheet", "jobs", "cli", "__main__",
    ],
    "recognizers": [
        "reading geometry calibration released",
        "acceptance straightening bundle_file certainty", "image", "decode windows",
        "interpret finder picture_batches line_reader", "runtime", "network", "recognizer", "networks",
        "metrics language graph", "bundle collation export", "training adaptation opening", "page",
    ],
    "experiments": [
        "job conf_folder", "unfinished", "sweeps", "validation parent run_folders checkpoints", "refiner", "datasets",
        "settings", "objective", "report", "compare",
        "weights batches resume trainer speed", "augmentation",
        "synthetic_pages", "fit confidence acceptance", "crops pseudo_labels", "measure", "certainty", "stages",
        "build checks", "peers", "peer_lines", "peer_training",
        "run", "__main__",
    ],
    "app": [
        "errors concurrency children translations", "trainer_process", "registry", "answers writing", "learning bodies",
        "lessons", "service", "demo web", "cli", "__main__",
    ],
}  # fmt: skip


def modules(package: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        if path.name != "__init__.py":
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts), path


@cache
def imports(path: Path) -> frozenset[str]:
    """All that a file imports, wherever in it: modules, and names with their module before them."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def room_of(name: str) -> str:
    return name.split(".")[1]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_package_imports_what_it_may_not(package: str) -> None:
    for _, path in modules(package):
        found = {name.split(".")[0] for name in imports(path)} & FORBIDDEN[package]
        assert not found, f"{path} imports {found}"


@pytest.mark.parametrize("package", ROOMS)
def test_every_module_has_a_room(package: str) -> None:
    """One that is not listed could import whatever it likes."""
    rooms = [room for line in ROOMS[package] for room in line.split()]
    assert len(rooms) == len(set(rooms))
    assert {room_of(name) for name, _ in modules(package)} == set(rooms)


@pytest.mark.parametrize("package", ROOMS)
def test_inside_a_package_imports_go_downward(package: str) -> None:
    level = {room: k for k, line in enumerate(ROOMS[package]) for room in line.split()}
    for name, path in modules(package):
        own = {n for n in imports(path) if n.startswith(f"{package}.")}
        upward = {n for n in own if level[room_of(n)] >= level[room_of(name)] and room_of(n) != room_of(name)}
        assert not upward, f"{path} imports {upward}"


@pytest.mark.parametrize("package", ROOMS)
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    known = dict(modules(package))
    try:
        list(TopologicalSorter({name: imports(path) & known.keys() for name, path in known.items()}).static_order())
    except CycleError as error:
        pytest.fail(f"a circle: {error.args[1]}")


def test_recognizers_know_only_scripts_files_names_and_pictures_of_glyphgen_and_lightning_only_in_training() -> None:
    for _, path in modules("recognizers"):
        names = imports(path)
        known = {n.split(".")[1] for n in names if n.startswith("glyphgen.")}
        assert known <= {"script", "files", "images", "near_names"}, f"{path} imports {known}"
        if path.name != "training.py":
            assert not any(n.startswith("pytorch_lightning") for n in names), path


def test_no_stage_imports_another() -> None:
    for name, path in modules("experiments"):
        if room_of(name) == "stages":
            others = {n for n in imports(path) if n.startswith("experiments.stages.")}
            assert not others, f"{path} imports {others}"


def test_only_degrade_imports_albumentations() -> None:
    users = [name for name, path in modules("glyphgen") if any(n.startswith("albumentations") for n in imports(path))]
    assert users == ["glyphgen.render.degrade"]
