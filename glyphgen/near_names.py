"""What a message on something missing offers: the nearest names of those there are.

Imports nothing but the standard library: the command line says what was misspelt before anything else is imported.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

_N_OFFERED = 2


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message, "; did you mean A or B?", with the nearest known names; "" if none is near."""
    return _offer(get_close_matches(name, list(known), _N_OFFERED))


def no_such(path: str | Path, kind: str = "file") -> str:
    """Return the message that there is no such file, or folder where the name ends as one or `kind` says so. It tells
    which folder on the way is missing, and the nearest names beside what is.
    """
    name = str(path)
    kind = "folder" if name.endswith(("/", os.sep)) else kind
    missing = Path(name)
    while missing.parent != missing and not os.path.exists(missing.parent):
        missing = missing.parent
    is_on_the_way = missing != Path(name)
    try:
        beside = [other for other in sorted(os.listdir(missing.parent)) if not other.startswith(".")]
    except (OSError, ValueError):  # no folder, none that may be read, or a name with a NUL
        beside = []
    if is_on_the_way or kind == "folder":
        beside = [other for other in beside if os.path.isdir(missing.parent / other)]
    where = f" (there is no folder {missing})" if is_on_the_way else ""
    near = get_close_matches(missing.name, beside, _N_OFFERED)
    return f"no such {kind}: {name}{where}{_offer([str(missing.parent / other) for other in near])}"


def _offer(names: list[str]) -> str:
    return f"; did you mean {' or '.join(names)}?" if names else ""
