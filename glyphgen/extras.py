"""Optional dependencies: which extra of the distribution holds a third-party module that is not installed.

The base installation reads pictures and inspects fonts. A command that needs more imports it when it runs, and turns
the ImportError into one line that names the extra.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import NoReturn

# modules by the first extra of pyproject.toml that holds them
EXTRAS = {
    "train": (
        *("albumentations", "hydra", "lmdb", "omegaconf", "plotly", "pytorch_lightning", "rich", "scipy", "skimage"),
        *("filelock", "jinja2", "onnx", "pydantic", "tensorboard", "torch", "wandb"),
    ),
    "demo": ("fastapi", "filelock", "gradio", "multipart", "pydantic", "starlette", "uvicorn"),
    "web": ("onnx", "torch"),
    "render": ("albumentations", "filelock", "lmdb", "pyarrow", "uharfbuzz"),
}

# plugins of Hydra, by the name they have in hydra/launcher or hydra/sweeper
PLUGINS = {"joblib": "sweep", "submitit_local": "sweep", "submitit_slurm": "sweep", "optuna": "sweep", "ray": "ray"}


def plugin_hint(name: str) -> str | None:
    """Return a sentence that names the extra of a plugin of Hydra; None for a name that is none."""
    return _hint(f"the plugin {name} of Hydra", PLUGINS[name]) if name in PLUGINS else None


def install_hint(error: ImportError, preferred: str | None = None) -> str | None:
    """Return a sentence that names the missing module, its extra and the command that installs it; None for a module
    of no extra, whose absence is a bug. Of several extras that hold it the preferred one is named.
    """
    module = (error.name or "").partition(".")[0]
    found = [extra for extra, modules in EXTRAS.items() if module in modules]
    if not found:
        return None
    return _hint(module, preferred if preferred in found else found[0])


def _hint(module: str, extra: str) -> str:
    return f"this needs {module}, of the extra [{extra}]: pip install 'glyph-toolkit[{extra}]'"


def missing(extra: str) -> str | None:
    """Return that sentence for the first module of an extra that is not installed, found without importing it; None
    where all are there.
    """
    for module in EXTRAS[extra]:
        try:
            if find_spec(module) is not None:
                continue
        except ImportError:
            pass
        return _hint(module, extra)
    return None


def exit_for_missing(error: ImportError, preferred: str | None = None) -> NoReturn:
    """End the program with that sentence and exit code 2. Raises the error itself for a module of no extra."""
    hint = install_hint(error, preferred)
    if hint is None:
        raise error
    print(f"error: {hint}", file=sys.stderr)
    raise SystemExit(2)
