"""Recipes: each says its command and what it is held against; each runs, in its smallest form, where its data is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from experiments.settings import validated

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((ROOT / "conf" / "experiment").glob("*.yaml"))
RECIPES = [
    path.stem for path in FILES if "\nbaseline:" in path.read_text()
]  # the others make what these and few-shot learning start from


@pytest.mark.parametrize("name", [path.stem for path in FILES if path.stem not in RECIPES])
def test_every_recipe_says_its_command(name: str) -> None:
    assert (
        f"# python experiments/run.py experiment={name}\n"
        in (ROOT / "conf" / "experiment" / f"{name}.yaml").read_text()
    )
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("config", [f"experiment={name}"])
    assert validated(OmegaConf.to_container(config, resolve=True))["name"] == name


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_its_command_and_what_it_is_held_against(name: str) -> None:
    assert (
        f"# python experiments/run.py experiment={name}\n"
        in (ROOT / "conf" / "experiment" / f"{name}.yaml").read_text()
    )
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("config", [f"experiment={name}"])
    assert validated(OmegaConf.to_container(config, resolve=True))["name"] == name
    assert set(config.baseline) - {"parts"} == {"system", "task", "theirs", "goal", "figure"}
    assert 0.5 < config.baseline.goal < 1
    assert config.baseline.figure.startswith("evaluate.")
    assert "evaluate" in config.stages


def test_pretraining_has_sets_of_its_own() -> None:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("config", ["experiment=chars74k_img"])
    settings = validated(OmegaConf.to_container(config, resolve=True))
    assert [part["name"] for part in settings["stage"]["pretrain"]["data"]["sets"]] == ["fnt"]
    assert [part["name"] for part in settings["data"]["sets"]] == ["img"]


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_runs(name: str, tmp_path: Path, real_data: Path) -> None:
    words = [f"experiment={name}", "trainer=smoke", f"hydra.run.dir={tmp_path}", f"paths.data={real_data}"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "experiments/run.py"), *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=580,
    )
    absent = ("is missing", "none of that name is installed", "No such file")
    if done.returncode == 2 and any(reason in done.stderr for reason in absent):
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stderr[-2000:]
    config, results = OmegaConf.load(tmp_path / "config.yaml"), json.loads((tmp_path / "results.json").read_text())
    *path, figure = config.baseline.figure.split(".")
    for key in path:
        results = results[key]
    assert results["n"] == config.trainer.limit.count
    share = 1 - results[figure] if figure.endswith("_cer") else results[figure]
    assert -3 < share < config.baseline.goal, "six steps do not reach the goal; many letters too many are below 0"
