"""The layers of the design: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    "glyphgen": {"torch", "pytorch_lightning", "hydra", "omegaconf", "wandb", "gradio", "recognizers", "experiments", "app"},
    "recognizers": {"hydra", "omegaconf", "wandb", "gradio", "albumentations", "experiments", "app"},
    "experiments": {"gradio", "app"},
    "app": {"hydra", "omegaconf", "wandb", "pytorch_lightning", "experiments"},
}
# inside glyphgen, a module imports only those above it
ORDER = [
    "script",
    "files",
    "images",
    "archive",
    "labels",
    "outline",
    "drawing",
    "font_tables",
    "font",
    "likeness",
    "sample",
    "mixed",
    "sources",
    "fonts",
    "captions",
    "sheet",
    "idx",
    "corpus",
    "chinese",
    "layout",
    "materials",
    "paint",
    "augment",
    "deform",
    "mnist",
    "stored",
    "stored_glyphs",
    "stored_lines",
    "sets",
    "traced",
    "omniglot",
    "world",
    "hands",
    "strokes",
    "many_glyphs",
    "alphabets",
    "many_lines",
    "scenery",
    "lettering",
    "widgets",
    "gauges",
    "panels",
    "displays",
    "synth",
    "captcha",
    "boards",
    "pages",
    "commands",
    "__main__",
]


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("package", FORBIDDEN)
def test_no_package_imports_what_it_may_not(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        found = {name.split(".")[0] for name in imports(path)} & FORBIDDEN[package]
        assert not found, f"{path} imports {found}"


def test_recognizers_know_only_scripts_files_and_pictures_of_glyphgen_and_lightning_only_in_training() -> None:
    for path in (ROOT / "recognizers").rglob("*.py"):
        names = imports(path)
        modules = {n.split(".")[1] for n in names if n.startswith("glyphgen.")}
        assert modules <= {"script", "files", "images"}, f"{path} imports {modules}"
        if path.name != "training.py":
            assert not any(n.startswith("pytorch_lightning") for n in names), path


def test_every_module_of_glyphgen_has_its_place() -> None:
    """One that is not listed could import whatever it likes."""
    assert {path.stem for path in (ROOT / "glyphgen").glob("*.py")} - {"__init__"} == set(ORDER)
    assert len(ORDER) == len(set(ORDER))


def test_glyphgen_imports_downward() -> None:
    for path in (ROOT / "glyphgen").glob("*.py"):
        if path.stem == "__init__":
            continue
        above = {n.split(".")[1] for n in imports(path) if n.startswith("glyphgen.") and n.split(".")[1] in ORDER}
        late = {name for name in above if ORDER.index(name) >= ORDER.index(path.stem)}
        assert not late, f"{path} imports {late}"


def test_only_augment_imports_albumentations() -> None:
    users = [p.name for p in (ROOT / "glyphgen").glob("*.py") if any(n.startswith("albumentations") for n in imports(p))]
    assert users == ["augment.py"]
