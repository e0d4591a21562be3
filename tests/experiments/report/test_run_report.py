from pathlib import Path

import cv2
import numpy as np
import pytest

from experiments.job import Run
from experiments.report.run_report import finish
from experiments.report.set_report import write_report
from glyphgen.sample import Sample
from recognizers.metrics import score
from recognizers.reading import GlyphReading, Reading


def reading(text: str) -> Reading:
    path = "-".join(c * 2 for c in text)
    return Reading(text, 0.9, tuple(GlyphReading(c, 0.9, (0.0, 1.0), ((c, 0.9),)) for c in text), path=path)


def test_a_report_shows_the_worst_first_and_every_picture_it_names(tmp_path: Path, capsys) -> None:
    image = np.full((30, 90, 3), 200, np.uint8)
    truths, readings = ["LINK", "NAVI", "EPONA"], [reading("LINK"), reading("XXXX"), reading("EPONE")]
    samples = [Sample(image, text, origin=f"{k}.png") for k, text in enumerate(truths)]
    figures = score(truths, readings)
    write_report(tmp_path / "evaluate/set", samples, truths, readings, figures, 2)
    worst = (tmp_path / "evaluate/set/worst.tsv").read_text().splitlines()
    assert worst[1].startswith("wrong/00001.png\t1.png\tNAVI\tXXXX")
    assert worst[1].endswith("\tXX-XX-XX-XX")  # beside the truth and what was read, what CTC put out
    assert "\nNAVI\nXXXX\nXX-XX-XX-XX\n" in (tmp_path / "evaluate/set/report.md").read_text()
    assert len(worst) == 3
    for name in ("samples", "worst", "confusion", "calibration"):
        assert cv2.imread(str(tmp_path / f"evaluate/set/{name}.png")).std() > 1
    run = Run({"seed": 0}, tmp_path, {"evaluate": {"set": figures}, "benchmark": {"read": 120.0}})
    finish(run)
    page, printed = (tmp_path / "report.md").read_text(), capsys.readouterr().out
    assert "38.46 %" in page  # 5 edits in 13 characters
    assert "38.46 %" in printed
    assert "120" in printed
    for line in page.splitlines():
        if line.startswith("!["):
            assert (tmp_path / line.split("(")[1].rstrip(")")).is_file()


@pytest.mark.usefixtures("no_fonts")
def test_a_confusion_plot_of_thousands_shows_the_most_mistaken(tmp_path: Path) -> None:
    chars = [chr(0x4E00 + k) for k in range(400)]
    truths, readings = chars, [reading(chars[(k + (k < 30)) % 400]) for k in range(400)]
    samples = [Sample(np.full((30, 30, 3), 200, np.uint8), text) for text in truths]
    write_report(tmp_path / "set", samples, truths, readings, {}, 5)
    assert cv2.imread(str(tmp_path / "set/confusion.png")).std() > 1


def test_labels_of_several_scripts_stand_in_one_plot(tmp_path: Path) -> None:
    """No font has all of them, `$` starts a formula, and some leave no ink: none of it is an error or a warning."""
    truths, readings = ["AÄ一あ$\u200d😀 "], [reading("BΩ二い$\tก")]
    write_report(tmp_path / "set", [Sample(np.full((30, 30, 3), 200, np.uint8), truths[0])], truths, readings, {}, 1)
    assert cv2.imread(str(tmp_path / "set/confusion.png")).std() > 1
