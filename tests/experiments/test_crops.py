import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.crops import (
    ProgressBar,
    dealt,
    divided,
    halves,
    keys_of,
    learned_keys,
    rehearsal,
    remember,
)
from experiments.datasets import parse
from experiments.job import Run, SettingError
from experiments.pseudo_labels import confident
from experiments.settings.stages import CropSettings
from experiments.stages import evaluate as evaluation
from experiments.stages.adapt import adapt
from experiments.stages.curves import curves
from experiments.stages.selftrain import selftrain
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.files import DataError
from glyphgen.sample import Sample
from glyphgen.script import load_script
from glyphgen.shapes.pen import Drawing
from recognizers import bundle
from recognizers.recognizer import Recognizer
from tests.conftest import alike, clean_picture
from tests.recognizers.page.test_reread import loose
from tests.recognizers.test_adaptation import Words, swapped
from tests.stored import write_folder

SYNTH = {
    "name": "hylian_synth",
    "kind": "synth",
    "script": "hylian",
    "handwritten_share": 0.0,
    "max_graphemes": 12,
    "n_faces": 4,
}
CROPS = {
    "query_share": 0.5,
    "n_replay": 8,
    "augment": "none",
    "learning_rate": 0.002,
    "k_shot": "all",
    "reread": False,
}


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return bundle.load("crnn_hylian")


@pytest.fixture(scope="module")
def crops(hylian: Drawing) -> list[Sample]:
    synth = LineSynth(DrawnSource(hylian), Words(), "none", 5, "train", 12, 4)
    return [synth[i] for i in range(12)]


@given(st.integers(2, 200), st.floats(0, 1), st.integers(0, 99))
def test_halves_share_nothing_and_leave_something_to_learn_from(n: int, share: float, seed: int) -> None:
    support, query = halves(n, share, seed)
    assert sorted(support + query) == list(range(n))
    assert support
    assert len(query) == min(round(share * n), n - 1)
    assert halves(n, share, seed) == (support, query)


def test_crops_are_dealt_from_all_folders_in_turn(crops: list[Sample]) -> None:
    a, b = crops[:3], crops[3:4]
    assert [c.origin for c in dealt([a, b], 3)] == [crops[i].origin for i in (0, 3, 1)]
    assert len(dealt([a, b])) == 4


def make_run(folder: Path, root: Path, **stages: dict[str, object]) -> Run:
    data = {"name": "hylian_crops", "kind": "folder", "script": "hylian", "root": str(root), "replay": SYNTH}
    asked = {key: value for own in stages.values() for key, value in own.items() if key in CropSettings.model_fields}
    settings = {
        "seed": 3,
        "data": data,
        "crops": asked,
        "stage": {name: {**own, "stops": own.get("stops")} for name, own in stages.items()},
        "stages": list(stages),
        "trainer": {"limit": None},
        "paths": {"data": "none"},
        "weights": "crnn_hylian",
        "model": {"architecture": "crnn"},
        "augment": {"name": "none"},
    }
    return Run(settings, folder)


@pytest.fixture
def folder(crops: list[Sample], tmp_path: Path) -> Path:
    write_folder(swapped(crops), tmp_path / "crops")
    return tmp_path / "crops"


def test_the_stage_learns_k_crops_and_leaves_the_others_alone(folder: Path, tmp_path: Path) -> None:
    own = {**CROPS, "k_shot": 4, "stops": [4], "n_folds": 2}
    run = make_run(tmp_path / "run", folder, adapt=own)
    adapted = adapt(bundle.load("crnn_hylian"), run)
    learned = run.results["adapt"]["crops"]
    parts = divided(str(folder), adapted.script, 0.5, 3)
    assert (run.results["adapt"]["k"], len(learned)) == (4, 4)
    assert not set(learned) & {sample.origin for _, query in parts.values() for sample in query}
    kept = bundle.load(tmp_path / "run/adapt/bundle.safetensors")
    assert kept.script == adapted.script
    assert keys_of(kept) == (learned_keys(run) if run.results["adapt"]["steps"] else frozenset())


def spelled(folder: Path, how: str) -> str:
    """The folder by another name, or what it holds in another place."""
    elsewhere = folder.parent.parent / how / "set"
    if how == "slash":
        return f"{folder}/"
    if how == "dots":
        return f"{folder.parent}/../{folder.parent.name}/{folder.name}"
    if how == "parent":
        return str(folder.parent)
    elsewhere.parent.mkdir()
    if how == "link":
        elsewhere.symlink_to(folder)
    elif how == "zip":
        return shutil.make_archive(str(elsewhere), "zip", folder)
    elif how == "links of files":
        elsewhere.mkdir()
        for path in folder.iterdir():
            (elsewhere / path.name).symlink_to(path)
    else:  # a copy, its files called otherwise
        elsewhere.mkdir()
        rows = [line.split("\t") for line in (folder / "labels.tsv").read_text().splitlines()]
        for k, (name, _) in enumerate(rows):
            shutil.copy(folder / name, elsewhere / f"x{k}.png")
        (elsewhere / "labels.tsv").write_text("".join(f"x{k}.png\t{text}\n" for k, (_, text) in enumerate(rows)))
    return str(elsewhere)


@pytest.mark.parametrize("how", ["slash", "dots", "parent", "link", "zip", "links of files", "copy"])
def test_what_was_learned_from_is_not_scored_however_its_folder_is_spelled(
    crops: list[Sample], tmp_path: Path, how: str
) -> None:
    folder = tmp_path / "up" / "crops"
    write_folder(crops, folder)
    own = {
        "segment": False,
        "reread": False,
        "lines": None,
        "language": False,
        "words": None,
        "folders": [spelled(folder, how)],
        "batch_size": 8,
        "count": 4,
        "n_worst": 2,
        "augment": "none",
        "split": "test",
    }
    run = make_run(tmp_path / "run", folder, adapt={**CROPS, "k_shot": "all"}, evaluate=own)
    learned = {
        crop.image.tobytes()
        for support, _ in divided(str(folder), load_script("hylian"), 0.5, 3).values()
        for crop in support
    }
    sets = evaluation._sets(run, "line", load_script("hylian"), learned_keys(run))
    assert sets
    for samples in sets.values():
        assert len(samples) == 6
        assert not {samples[i].image.tobytes() for i in range(len(samples))} & learned
    assert len(sets) == (1 if how in ("slash", "dots", "parent", "link") else 2)


def test_a_later_run_knows_what_its_weights_have_learned_from(folder: Path, tmp_path: Path) -> None:
    """In a run of its own, `stages=[evaluate] weights=…` scored the very crops that the weights were made from."""
    run = make_run(tmp_path / "run", folder, adapt={**CROPS, "k_shot": "all"})
    weights = bundle.load("crnn_hylian")
    weights.provenance = {"stage": "adapt", "before": dict(weights.provenance)}
    remember(weights, learned_keys(run))
    weights.provenance = {"stage": "selftrain", "before": weights.provenance}  # trained on since
    bundle.save(weights, tmp_path / "own.safetensors", weights.provenance)
    own = {"folders": [str(folder)], "split": "test"}
    later = make_run(tmp_path / "later", folder, evaluate=own)
    known = keys_of(bundle.load(tmp_path / "own.safetensors"))
    assert known == learned_keys(run)
    assert known
    whole, left = (evaluation._sets(later, "line", load_script("hylian"), keys) for keys in (frozenset(), known))
    assert sum(map(len, left.values())) == sum(map(len, whole.values())) - len(known)


def test_crops_that_were_all_learned_from_are_said_and_not_scored(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = {"folders": [], "split": "test"}
    run = make_run(tmp_path / "run", folder, adapt={**CROPS, "query_share": 0}, evaluate=own)
    with pytest.raises(SettingError, match=r"crops\.query_share=0 leaves no crops"):
        evaluation._sets(run, "line", load_script("hylian"), learned_keys(run))
    assert "nothing but crops that were learned from" in capsys.readouterr().err


def test_self_training_takes_only_sure_readings_and_says_what_it_was_worth(folder: Path, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", folder, selftrain={**CROPS, "min_confidence": 0.0, "max_steps": 2})
    selftrain(bundle.load("crnn_hylian"), run)
    figures = run.results["selftrain"]
    assert figures["n_labelled"] == figures["n"] == figures["n_query"] == 6
    assert figures["cer_before"] > 0.4, "the labels, which are wrong here, were not learned from"
    run = make_run(tmp_path / "sure", folder, selftrain={**CROPS, "min_confidence": 1.0, "max_steps": 2})
    before = bundle.load("crnn_hylian")
    assert selftrain(before, run) is before, "nothing is that sure"


def test_confident_labels_are_readings(recognizer: Recognizer, crops: list[Sample]) -> None:
    noise = Sample(np.random.default_rng(0).integers(0, 255, (32, 96, 3)).astype(np.uint8), "A", origin="noise")
    labelled = confident(recognizer, [*swapped(crops), noise], 0.0)
    assert "noise" not in [sample.origin for sample in labelled]
    assert sum(sample.text == crop.text for sample, crop in zip(labelled, crops, strict=True)) >= 6, (
        "what is seen, not what a file says"
    )


@pytest.mark.slow
def test_curves_draw_every_way_over_every_k(folder: Path, tmp_path: Path) -> None:
    own = {
        **CROPS,
        "ways": ["scratch", "mnist", "synthetic", "fewshot", "selftrain"],
        "ks": [0, 2, 50],
        "draws": 2,
        "max_steps": 1,
        "selftrain_steps": 1,
        "stops": [1],
        "min_confidence": 0.5,
    }
    run = make_run(tmp_path / "run", folder, curves=own)
    curves(bundle.load("crnn_hylian"), run)
    points = {(p["way"], p["k"]): p for p in run.results["curves"]}
    assert set(points) == {(way, k) for way in own["ways"] for k in (0, 2)}, "there are no fifty crops"
    assert alike([points["synthetic", 0]["cer"]] * 2, [points["fewshot", 0]["cer"], points["synthetic", 2]["cer"]])
    assert points["scratch", 0]["cer"] > points["synthetic", 0]["cer"]
    assert all(p["n_draws"] == 2 for p in points.values())
    assert (tmp_path / "run/curves/curves.png").stat().st_size > 5000
    assert len((tmp_path / "run/curves/curves.tsv").read_text().splitlines()) == 11


def test_curves_look_twice_where_asked(tmp_path: Path, recognizer: Recognizer, hylian: Drawing) -> None:
    pictures = [loose(clean_picture(hylian, [word]), angle, 50) for word, angle in (("BLACKSMITH", 9), ("HYRULE", -9))]
    askew = [Sample(picture, word) for picture, word in zip(pictures, ("BLACKSMITH", "HYRULE"), strict=True)]
    folder = tmp_path / "askew"
    write_folder(askew, folder)
    figures = {}
    for reread in (False, True):
        own = {**CROPS, "ways": ["synthetic"], "ks": [0], "draws": 1, "reread": reread}
        run = make_run(tmp_path / str(reread), folder, curves=own)
        curves(recognizer, run)
        figures[reread] = run.results["curves"][0]["accuracy"]
    assert figures == {False: 0.0, True: 1.0}


def test_what_cannot_be_learned_from_is_named(folder: Path, tmp_path: Path, recognizer: Recognizer) -> None:
    (tmp_path / "a.zip").write_bytes(b"")
    with pytest.raises(DataError, match="unpack"):
        divided(str(tmp_path / "a.zip"), recognizer.script, 0.5, 0)
    with pytest.raises(SettingError, match=r"data\.replay is written in 'digits'"):
        rehearsal(parse({**SYNTH, "script": "digits"}), recognizer, 4, "none", "", 0)
    run = make_run(tmp_path, folder, curves={**CROPS, "ways": ["magic"]}, selftrain=CROPS)
    with pytest.raises(SettingError, match="no 'magic'"):
        curves(recognizer, run)
    run.settings["data"] = SYNTH
    for stage in (curves, selftrain):
        with pytest.raises(SettingError, match="data=hylian_crops"):
            stage(recognizer, run)


def test_progress_is_a_bar_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    bar = ProgressBar()
    for _ in range(2):  # one bar after the other
        for done in range(3):
            bar("cross-validation", done, 2)
    assert "cross-validation: 100%" in capsys.readouterr().err.replace("\r", "\n")
