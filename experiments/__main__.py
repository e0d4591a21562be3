"""`glyph-train`, also `python -m experiments`: the same as `python experiments/run.py`, from any folder."""

from __future__ import annotations

import runpy


def main() -> None:
    """Run experiments/run.py as the main program: its signals, and what Lightning starts again for DDP, expect that."""
    runpy.run_module("experiments.run", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
