from pathlib import Path

from experiments.job import Run, write_json

SETTINGS = {
    "seed": 3,
    "trainer": {"limit": {"count": 5}},
    "stage": {"render": {"count": 9, "format": "lmdb"}, "adapt": {"count": 2}},
    "model": {},
    "data": {},
    "augment": {},
    "stages": ["render"],
    "weights": None,
}


def test_a_limit_lowers_what_is_larger_and_nothing_else(tmp_path: Path) -> None:
    run = Run(SETTINGS, tmp_path)
    assert run.stage("render") == {"count": 5, "format": "lmdb"}
    assert run.stage("adapt") == {"count": 2}
    assert run.stage_folder("adapt").is_dir()


def test_provenance_is_a_chain(tmp_path: Path) -> None:
    run = Run(SETTINGS, tmp_path)
    first = run.provenance("pretrain", {"val_cer": 0.1}, {})
    second = run.provenance("adapt", {"val_cer": 0.2}, first)
    assert "before" not in first
    assert second["before"]["stage"] == "pretrain"
    assert second["before"]["figures"] == {"val_cer": 0.1}
    assert second["seed"] == 3


def test_json_appears_whole(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"é": 1})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "é": 1\n}\n'
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
