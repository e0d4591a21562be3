"""The figures of `bench` are of what it names."""

import re

import pytest

from glyphgen.__main__ import main
from glyphgen.formats.catalog import FORMATS
from glyphgen.jobs import bench
from glyphgen.jobs.plan import Plan

PLAN = Plan({"train": 10**6, "val": 0, "test": 0}, n_faces=2)


def test_the_steps_of_a_line_are_all_of_its_time() -> None:
    plain, worn = (bench.profile(Plan(PLAN.counts, n_faces=2, augment=look), 150) for look in ("none", "screenshot"))
    for shares in (plain, worn):
        assert sum(shares.values()) == pytest.approx(1)
        assert all(share >= 0 for share in shares.values())
        assert min(shares[step] for step in ("text", "layout", "warp", "paint", "random streams")) > 0
        assert shares["other"] < 0.5
    assert worn["paint"] > plain["paint"]
    assert worn["degrade"] > plain["degrade"]
    assert plain["legibility check"] == 0 < worn["legibility check"]


def test_the_command_measures_every_format_and_look(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "in_memory", lambda plan, seconds, rounds=3: 1000.0)
    monkeypatch.setattr(bench, "on_disk", lambda plan, seconds, workers: 500.0 * workers)
    monkeypatch.setattr("glyphgen.jobs.commands.profile", lambda *_: {"text": 0.25, "other": 0.75})
    assert main(["bench", "--workers", "3"]) == 0
    shown = capsys.readouterr().out
    for name in FORMATS:
        assert re.search(rf"lines, screenshot, on disk, {name} +[0-9]+", shown)
    for look in ("none", "drawing", "print", "screenshot", "world"):
        assert re.search(rf"lines, {look} +[0-9]+", shown)
    assert re.search(r"lines, none, on disk, folder, 3 processes +1,500", shown)
    assert "where the time of a line goes, none: text 25%, other 75%" in shown
    assert main(["bench", "--seconds", "0"]) == 2


def test_rates_are_counted() -> None:
    assert 20 < bench.in_memory(PLAN, 0.2) < 1e6
    assert 5 < bench.on_disk(PLAN, 0.2, 1) < 1e6
