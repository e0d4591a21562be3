"""The stage refine as a run has it, with a training after it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from experiments.run import run_stages

ROOT = Path(__file__).parents[2]


def settings(*words: str) -> dict[str, object]:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("config", ["trainer=smoke", "trainer.n_workers=1", *words])
    made = OmegaConf.to_container(config, resolve=True)
    assert isinstance(made, dict)
    return {key: value for key, value in made.items() if key != "hydra"}  # type: ignore[misc]


@pytest.fixture
def crops(tmp_path: Path) -> Path:
    (tmp_path / "crops").mkdir()
    rng = np.random.default_rng(0)
    for k in range(5):
        picture = rng.integers(0, 255, (30 + k, 90 + 60 * k, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f"crops/{k}.png"), picture)
    return tmp_path / "crops"


def test_a_run_refines_and_trains_on_refined_lines(
    tmp_path: Path, crops: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments.refiner import refined

    taken = list[str]()
    by = refined.Refined.by
    monkeypatch.setattr(refined.Refined, "by", lambda path, samples: taken.append(str(path)) or by(path, samples))
    words = ["stages=[refine,adapt]", f"stage.refine.crops={crops}", "data.n_faces=2"]
    results = run_stages(settings(*words), tmp_path / "run")
    assert results["refine"]["crops"] == 5
    assert results["refine"]["steps"] == results["adapt"]["steps"] > 0
    made = tmp_path / "run/refine"
    assert {"refiner.safetensors", "before_after.png", "metrics.csv"} <= {path.name for path in made.iterdir()}
    assert taken == [str(made / "refiner.safetensors")], "training took it, validation did not"
    sheet = cv2.imread(str(made / "before_after.png"))
    assert sheet.shape[1] == 1260
    assert len(np.unique(sheet)) > 50
