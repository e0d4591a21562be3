"""Where the settings are: `conf/` beside this package in a clone, `experiments/conf/` in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CLONE = _PACKAGE.parent / "conf"
CONF = _CLONE if (_CLONE / "config.yaml").is_file() else _PACKAGE / "conf"
