"""What the figures of results.json are: shares of something or plain numbers, and whether more of one is better."""

from __future__ import annotations

# by the end of a figure's name, which stands behind the last "/"; less of these is better, more of those
_LESS = (
    "cer",
    "cer_bare",
    "cer_raw",
    "ece",
    "ned",
    "loss",
    "error",
    "seconds",
    "seconds_per_page",
    "per_negative",
    "waiting_share",
)
_MORE = (
    *("exact", "top3", "recall", "recall_small", "recall_large", "precision", "right", "right_run_together"),
    *("script_right", "sure_right", "accuracy", "iou", "samples_per_s"),
)
_SHARES = (
    *(name for name in _LESS if name not in ("loss", "seconds", "seconds_per_page", "per_negative")),
    *(name for name in _MORE if name != "samples_per_s"),
)


def is_share(figure: str) -> bool:
    """Whether a figure is a share of something, and shown in percent."""
    name = figure.rpartition("/")[2]
    return _ends(name, _SHARES) or name.endswith("_share")


def is_more_better(figure: str) -> bool | None:
    """Whether more of a figure is better; None where it is neither good nor bad, or nobody has said."""
    name = figure.rpartition("/")[2]
    if name.startswith("ms_") or _ends(name, _LESS):
        return False
    return True if _ends(name, _MORE) or figure.startswith("benchmark/") else None


def _ends(name: str, ends: tuple[str, ...]) -> bool:
    return any(name == end or name.endswith(f"_{end}") for end in ends)
