"""The file of a bundle and its header, without the network: safetensors with JSON in its metadata; no pickle anywhere.

`find("crnn_hylian")` finds released weights by name, any other string is a path.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from glyphgen.near_names import did_you_mean, no_such
from glyphgen.script import Script
from recognizers.released import WEIGHTS_DIR, finder_name

FORMAT = "glyph-bundle/1"
_HEADER = {"architecture": str, "arguments": dict, "script": dict, "preprocess": dict}  # what a header must have


class BundleError(ValueError):
    """A bundle that cannot be found, read or used; the message says which and why."""


def find(name_or_path: str | Path) -> Path:
    """Return the file of released weights or of a path. Raises BundleError with the names there are."""
    path = Path(name_or_path)
    if path.suffix == ".safetensors":
        if path.is_file():
            return path
        raise BundleError(no_such(path, "bundle"))
    if path.exists():
        raise BundleError(
            f"{path} is {'a folder' if path.is_dir() else 'not a .safetensors file'}; give a bundle or a released name"
        )
    released = WEIGHTS_DIR / f"{name_or_path}.safetensors"
    if not released.is_file():
        known = sorted(p.stem for p in WEIGHTS_DIR.glob("*.safetensors"))
        raise BundleError(
            f"no released weights {str(name_or_path)!r} (there are: {', '.join(known) or 'none'}); or give a "
            f".safetensors file{did_you_mean(str(name_or_path), known)}"
        )
    return released


def read_header(name_or_path: str | Path) -> dict[str, Any]:
    """Return a bundle's header without its weights. Raises BundleError."""
    path = find(name_or_path)
    try:
        with safe_open(path, "np") as file:
            header: dict[str, Any] = json.loads((file.metadata() or {}).get("bundle", "{}"))
    except (SafetensorError, OSError, ValueError, RecursionError) as error:
        raise BundleError(f"{path} is damaged or not a bundle: {error}") from error
    found = header.get("format") if isinstance(header, dict) else None
    if found != FORMAT:
        raise BundleError(f"{path} is not a bundle of the format {FORMAT!r} (found {found!r})")
    for key, kind in _HEADER.items():
        if not isinstance(header.get(key), kind):
            raise BundleError(f"{path} is damaged: its header has no {key}, or one of another form")
    return header


def finder_file(script: Script, name_or_path: str | Path | None = None) -> Path:
    """Return the file of a finder of lines: of the one named, or of the released one for a script when None. Raises
    BundleError where there is none.
    """
    return find(name_or_path or finder_name(script) or f"lines_{script.name}")


def unit_of(header: dict[str, Any]) -> str:
    """Return what one picture shows for the network of a header: glyph, line or page."""
    if "unit" in header:
        return str(header["unit"])
    # headers of an earlier version do not say: glyphs are fitted into a square, pages have no height
    preprocess = header["preprocess"]
    return "glyph" if preprocess.get("is_square") else "line" if "height_px" in preprocess else "page"
