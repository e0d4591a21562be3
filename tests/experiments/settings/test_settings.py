"""Settings as models: checked before anything is built, described, the same values for all recipes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from experiments.datasets import KINDS, parse
from experiments.job import SettingError
from experiments.settings import RunSettings, validated
from experiments.settings.describe import describe, sections
from experiments.validation import RENAMED, Group, members

ROOT = Path(__file__).parents[3]
TRAINING = (Path(__file__).parent / "training.tsv").read_text().splitlines()


def composed(*overrides: str) -> dict[str, Any]:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return OmegaConf.to_container(compose("config", list(overrides)), resolve=True)


@pytest.mark.parametrize("run", sorted({row.split("\t")[0] for row in TRAINING[1:]}))
def test_every_model_and_recipe_trains_as_it_always_did(run: str) -> None:
    """training.tsv holds the values of each stage that trains, from before they moved to `model.training`."""
    titles = TRAINING[0].split("\t")
    stages = validated(composed(run))["stage"]
    rows = [row.split("\t") for row in TRAINING[1:] if row.startswith(f"{run}\t")]
    assert [row[1] for row in rows] == ["pretrain", "adapt", "fewshot"]
    for row in rows:
        for title, value in list(zip(titles, row, strict=True))[2:]:
            assert stages[row[1]][title] == json.loads(value), (run, row[1], title)


def groups() -> list[type[Group]]:
    found: list[type[Group]] = []
    waiting: list[type[Group]] = [RunSettings, *KINDS.values()]
    while waiting:
        group = waiting.pop()
        found.append(group)
        for field in group.model_fields.values():
            inner = members(field.annotation)
            waiting += [one for one in inner if isinstance(one, type) and issubclass(one, Group) and one not in found]
    return found


def test_every_setting_has_one_sentence() -> None:
    stages = RunSettings.model_fields["stage"].annotation
    for group in groups():
        for name, field in group.model_fields.items():
            if group is not stages:  # whose fields are groups with sentences of their own
                assert field.description, (group, name)
                assert field.description.endswith("."), (group, name)


def test_the_models_know_every_key_of_conf_and_nothing_else() -> None:
    """What conf/ has and a model has not would be refused; what a model has and conf/ has not nobody finds in conf/."""
    config = composed()
    described = {row.name for one in sections() for row in one.rows}
    for group in ("trainer", "callbacks", "crops", "stage", "model"):
        for name in flat(config[group], group):
            assert any(row == name or name.startswith(f"{row}.") for row in described), name
    assert set(config) - {"hydra"} == set(RunSettings.model_fields)


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "conf/data").glob("*.yaml")))
def test_every_setting_of_a_data_set_stands_in_its_file_and_can_be_typed(name: str) -> None:
    needs = {"hylian_crops": "data.root=a", "glyph_files": "data.root=a", "drawings": "data.glyphs=a"}
    data = composed(f"data={name}", *([needs[name]] if name in needs else []))["data"]
    made = {"sets", "script"} if data["kind"] in ("chars74k", "emnist", "glyph_files") else set[str]()
    assert set(KINDS[data["kind"]].model_fields) - made == set(data) - made


def flat(value: Any, name: str) -> list[str]:
    if not isinstance(value, dict):
        return [name]
    return [inner for key, one in value.items() for inner in flat(one, f"{name}.{key}")]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("optimizer", {"name": "sdg"}, "optimizer"),
        ("scheduler.name", "linear", "scheduler"),
        ("trainer.n_workers", -1, "trainer.n_workers must be auto or a whole number, 0 or more, not -1"),
        ("trainer.devices", True, "trainer.devices must be auto, -1 or a whole number above 0, not True"),
        ("stage.adapt.ema", 1.0, "stage.adapt.ema must be a number from 0 to below 1, not 1.0"),
        ("stage.adapt.ema", float("nan"), "stage.adapt.ema must be"),
        ("stage.evaluate.folders", "a", "stage.evaluate.folders must be a list of texts, not 'a'"),
        ("stage.curves.ways", ["magic"], "stage.curves.ways must be a list of names, each one of scratch"),
        ("crops.k_shot", 0, "crops.k_shot must be all or a whole number above 0, not 0"),
        ("data.n_faces", 1.5, "data.n_faces must be a whole number above 0, not 1.5"),
        ("data.handwritten_share", 2, "data.handwritten_share must be a number from 0 to 1, not 2"),
        (
            "data.handwriten_share",
            0,
            "data has no setting 'handwriten_share'; did you mean handwritten_share? There are handwritten_share, ",
        ),
        ("baseline", {"system": "a"}, "baseline.task is missing"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_what_it_may_be(path: str, value: Any, message: str) -> None:
    config = composed()
    *groups, last = path.split(".")
    place = config
    for key in groups:
        place = place[key]
    place[last] = value
    with pytest.raises(SettingError) as caught:
        validated(config)
    assert str(caught.value).startswith(message)


def test_a_wrong_setting_in_a_list_of_groups_is_named() -> None:
    with pytest.raises(SettingError, match=r"data\.sets\[0\] has no setting 'pth'; did you mean path"):
        parse({"name": "g", "kind": "glyphs", "sets": [{"name": "a", "pth": "b"}]})


def test_the_page_of_settings_has_every_setting_once_and_the_defaults_of_conf() -> None:
    page = describe(markdown=True)
    for name, default in (("crops.n_folds", "4"), ("trainer.gradient_clip_val", "5"), ("seed", "0")):
        assert sum(line.startswith(f"| `{name}` |") for line in page.splitlines()) == 1
        (line,) = (line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        assert line.endswith(f"| `{default}` |")
    for line in page.splitlines():
        if line.startswith("|"):
            assert line.replace("\\|", "").count("|") == 5, line
    headings = [line for line in describe().splitlines() if line.startswith("# ")]
    for title in ("stage.adapt", "optimizer=sgd", "data=captcha:", "drawings or gerudo_synth"):
        assert sum(title in heading for heading in headings) == 1, title


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "experiments/run.py"), *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_settings_are_printed_and_help_says_how() -> None:
    done = start("--settings")
    assert done.returncode == 0, done.stderr
    assert "  trainer.gradient_clip_val = 5\n" in done.stdout
    assert "--settings" in start("--help").stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("scheduler=", "scheduler=cosine"),
        ("trainer=", "trainer=debug"),
        ("crops.n_f", "crops.n_folds="),
        ("stage.adapt.max", "stage.adapt.max_steps="),
    ],
)
def test_words_are_completed(typed: str, offered: str) -> None:
    line = f"experiments/run.py {typed}"
    done = start("-sc", "query=bash", COMP_LINE=line, COMP_POINT=str(len(line)))
    assert done.returncode == 0, done.stderr
    assert offered in done.stdout.split()


def test_what_a_renamed_setting_is_called_now_is_a_setting() -> None:
    names = {row.name for section in sections() for row in section.rows}
    for old, new in RENAMED.items():
        now = new.partition(" (")[0]
        assert any(name == now or name.startswith(f"{now}.") for name in names), (old, new)
        assert old not in names, old
