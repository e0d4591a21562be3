"""Many machines render one data set, each a part of it."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hydra import compose, initialize_config_dir
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from experiments.job import SettingError
from experiments.run import run_stages
from experiments.settings.stages import RenderSettings
from experiments.stages.render import shard_of
from glyphgen.formats.catalog import FORMATS

ROOT = Path(__file__).parents[2]


@given(st.integers(1, 300), st.integers(1, 40))
def test_shards_are_all_samples_once_and_of_one_size(count: int, n: int) -> None:
    if n > count:
        with pytest.raises(SettingError, match=f"{count} samples make {count} shards at most"):
            shard_of(f"1/{n}", count)
        return
    parts = [shard_of(f"{k}/{n}", count) for k in range(1, n + 1)]
    assert [i for part in parts for i in part] == list(range(count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert shard_of(None, count) == range(count)
    with pytest.raises(SettingError, match=f"of {n} shards the last is {n}/{n}"):
        shard_of(f"{n + 1}/{n}", count)


def rendered(folder: Path, *words: str) -> Path:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("config", ["stages=[render]", "stage.render.count=7", "data.n_faces=2", *words])
    made: Any = OmegaConf.to_container(config, resolve=True)
    run_stages({key: value for key, value in made.items() if key != "hydra"}, folder)
    return folder / "render/data"


def test_the_folders_of_all_shards_are_the_folder_of_one_run(tmp_path: Path) -> None:
    whole = rendered(tmp_path / "whole")
    parts = [rendered(tmp_path / f"part{k}", f"stage.render.shard={k}/3") for k in (1, 2, 3)]
    names = sorted(path.name for part in parts for path in part.glob("*.png"))
    assert names == sorted(path.name for path in whole.glob("*.png")) == [f"{k:06d}.png" for k in range(7)]
    for part in parts:
        for path in part.glob("*.png"):
            assert path.read_bytes() == (whole / path.name).read_bytes()
    assert "".join((part / "labels.tsv").read_text() for part in parts) == (whole / "labels.tsv").read_text()
    known = [(part / "labels.jsonl").read_text() for part in parts]
    assert "".join(known) == (whole / "labels.jsonl").read_text()
    assert all(json.loads(line)["boxes"] for line in "".join(known).splitlines())


def test_the_stage_writes_every_format_that_there_is(tmp_path: Path) -> None:
    assert get_args(RenderSettings.model_fields["format"].annotation) == tuple(FORMATS)
    made = rendered(tmp_path, "stage.render.format=parquet", "stage.render.shard=2/2")
    assert [path.name for path in made.iterdir()] == ["train-000003.parquet"]


def test_a_format_that_cannot_hold_what_the_network_reads_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"stage\.render\.format=lmdb: the format lmdb holds no pages"):
        rendered(tmp_path, "model=lines", "stage.render.format=lmdb")


@pytest.mark.parametrize("shard", ["0/3", "1", "a/b", "1/0", "-1/2"])
def test_a_shard_that_is_none_is_named(shard: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"stage\.render\.shard"):
        rendered(tmp_path, f"stage.render.shard='{shard}'")
