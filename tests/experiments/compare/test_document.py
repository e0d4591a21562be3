"""Tables of runs between the marks of a document."""

from pathlib import Path

import pytest

from experiments.compare.__main__ import main
from experiments.compare.comparison import grouped
from experiments.compare.document import short_table
from experiments.compare.records import find_runs
from tests.experiments.compare.test_compare import write_run

END = "<!-- compare: end -->\n"
PAGE = f"# Before\n\n<!-- compare: rates -->\nold\n{END}\n<!-- compare: other -->\n{END}"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for rate in (0.1, 0.2, 0.4):
        for seed in (0, 1):
            write_run(tmp_path / f"runs/{rate}-{seed}", seed, rate, 0.1 * rate + 0.001 * seed)
    return tmp_path / "runs"


def test_a_table_stands_between_its_marks_and_the_rest_stays(runs: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    words = [str(runs), "--metric", "evaluate/*/grapheme_cer", "--fit", "learning_rate", "--document", f"{page}#rates"]
    for _ in range(2):  # again, in the place of the first
        assert main(words) == 0
        text = page.read_text()
        assert text.startswith("# Before\n\n<!-- compare: rates -->\n\n| grapheme cer | set |\n| --- | --- |\n")
        assert text.endswith("\n\n<!-- compare: end -->\n\n<!-- compare: other -->\n<!-- compare: end -->\n")
        assert "old" not in text
        assert "| learning_rate=0.1 | 1.05 % ± 0.64 |" in text
        assert "Seeds 0, 1; at unknown." in text
        assert text.count("to the power of") == 1
        assert all(len(line) <= 120 for line in text.splitlines())
    assert main([*words[:3], "--metric", "exact", "--document", f"{page}#other"]) == 0
    assert "| run | set: grapheme cer | set: exact |" in page.read_text()


def test_groups_are_called_by_what_they_differ_in_however_long_that_is(tmp_path: Path) -> None:
    parts = [f"paint.something_{k}" for k in range(8)]
    for k, some in enumerate(([], parts)):
        for seed in (0, 1):
            write_run(tmp_path / f"{k}-{seed}", seed, 0.1, 0.1, augment={"without": some})
    table = short_table(grouped(find_runs([tmp_path])[0]), ["evaluate/set/exact"])
    assert "| without=[] |" in table
    assert f"| without=[{', '.join(parts)}] |" in table


@pytest.mark.parametrize(("name", "reason"), [("", "give FILE#NAME"), ("#nothing", "has no lines <!-- compare: noth")])
def test_what_is_no_place_is_named(
    runs: Path, tmp_path: Path, name: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert main([str(runs), "--document", f"{page}{name}"]) == 2
    assert reason in capsys.readouterr().err
    assert page.read_text() == PAGE
