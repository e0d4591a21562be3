"""The stages calibrate and language, called without Hydra."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from experiments.certainty import teach_certainty
from experiments.datasets import DataSet
from experiments.job import Run, SettingError
from experiments.measure.pages import score_made_pages
from experiments.stages.calibrate import calibrate
from experiments.stages.evaluate import evaluate
from experiments.stages.export import export
from experiments.stages.language import language, seen_wrong
from experiments.stages.pretrain import pretrain
from experiments.stages.summary import summary
from experiments.synthetic_pages import damaged_pages
from glyphgen.datasets.augmented import Deformation, make_deformation
from glyphgen.files import DataError
from glyphgen.sample import Sample
from glyphgen.script import Grapheme, Script, load_script
from glyphgen.shapes.invented import draw, random_alphabet
from glyphgen.shapes.pen import Drawing
from recognizers import bundle
from recognizers import export as exporting
from recognizers.calibration import Calibration
from recognizers.image.preprocess import Preprocess
from recognizers.networks.protonet import ProtoNet
from recognizers.opening import reading_form
from recognizers.page.finding import finder_for
from recognizers.page.reader import Reader
from recognizers.recognizer import Recognizer
from tests.conftest import clean_picture, tiny
from tests.experiments.test_datasets import MANY_GLYPHS
from tests.glyphgen.datasets.test_omniglot import write_drawing
from tests.recognizers.page.test_reread import loose
from tests.stored import write_folder

SYNTH = {
    "name": "hylian_synth",
    "kind": "synth",
    "script": "hylian",
    "handwritten_share": 0.08,
    "max_graphemes": 12,
    "n_faces": 4,
}

LINES = {"pattern": None, "rare_words": False, "count": 200, "wrong_share": 0.05, "words": None}


def make_run(folder: Path, **stages: dict[str, Any]) -> Run:
    return Run(
        {
            "seed": 3,
            "data": SYNTH,
            "stage": stages,
            "stages": list(stages),
            "trainer": {"limit": None},
            "paths": {"data": "none"},
        },
        folder,
    )


def test_a_recognizer_that_is_too_sure_is_softened_and_the_bundle_keeps_it(tmp_path: Path) -> None:
    recognizer = bundle.load("crnn_hylian")
    recognizer.head.weight.data *= 3  # as sure as a network that was trained too long
    recognizer.head.bias.data *= 3
    pages = {"n_reader_pages": 2, "n_certainty_pages": 2}
    run = make_run(tmp_path, calibrate={"count": 96, "batch_size": 32, "augment": "screenshot", **pages})
    calibrate(recognizer, run)
    assert recognizer.calibration.temperature > 1.7
    assert run.results["calibrate"]["temperature"] == pytest.approx(recognizer.calibration.temperature, abs=1e-3)
    assert run.results["calibrate"]["glyph_ece"] < 0.05
    bundle.save(recognizer, tmp_path / "b.safetensors", {})
    assert bundle.load(tmp_path / "b.safetensors").calibration.temperature == pytest.approx(
        recognizer.calibration.temperature, abs=1e-3
    )


def test_what_is_not_to_be_fitted_stays_as_it_is(tmp_path: Path) -> None:
    recognizer = bundle.load("crnn_gerudo")
    before = recognizer.calibration, recognizer.acceptance, recognizer.certainty
    pages = {"n_reader_pages": 0, "n_certainty_pages": 0}
    run = make_run(tmp_path, calibrate={"count": 0, "batch_size": 32, "augment": "screenshot", **pages})
    run.settings["trainer"]["limit"] = {"n_pages": 2}
    calibrate(recognizer, run)
    assert (recognizer.calibration, recognizer.acceptance, recognizer.certainty) == before
    assert run.results["calibrate"] == {}


def test_a_bundle_without_calibration_has_none(hylian: Drawing) -> None:
    assert bundle.load("crnn_mnist_lines").calibration == Calibration()


def test_an_export_is_compared_on_as_many_lines_as_asked_and_refused_where_it_differs(
    tmp_path: Path, tiny_crnn: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "good", export={"count": 20, "augment": "screenshot"})
    assert export(tiny_crnn, run) is tiny_crnn
    model = tmp_path / "good/export/model.onnx"
    assert run.results["export"] == {
        "n": 20,
        "largest_difference": pytest.approx(0, abs=1e-4),
        "tolerance": 1e-4,
        "bytes": model.stat().st_size,
    }
    monkeypatch.setattr(exporting, "_difference", lambda *_: 0.01)
    run = make_run(tmp_path / "bad", export={"count": 2, "augment": "none"})
    with pytest.raises(SettingError, match=r"differs from torch by 0\.01"):
        export(tiny_crnn, run)
    assert list((tmp_path / "bad/export").iterdir()) == []
    with pytest.raises(SettingError, match="count=0"):
        export(tiny_crnn, make_run(tmp_path, export={"count": 0, "augment": "none"}))


def test_language_is_measured_on_lines_of_a_text(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text(
        "\n\n".join("The old king slept under the stone bridge by the river of the valley." for _ in range(30))
    )
    run = make_run(tmp_path, language={**LINES, "text": [str(text)]})
    language(None, run)
    figures = run.results["language"]
    assert figures["spaced"]["letters_wrong"] < 0.03
    assert figures["run_together"]["lines_right"] > 0.5
    for name in ("spaced", "run_together"):
        wrong = figures[f"{name}_seen_wrong"]
        assert wrong["letters_wrong"] < 0.5 * wrong["letters_wrong_without"]
        assert wrong["letters_wrong_without"] > 0.06
    assert len((tmp_path / "language/lines.tsv").read_text().splitlines()) == 201
    run.settings["stage"]["language"]["text"] = None
    with pytest.raises(SettingError, match=r"stage\.language\.text"):
        language(None, run)


def test_shapes_seen_wrong_say_how_often_they_are_right(hylian: Drawing) -> None:
    reading = seen_wrong(hylian.script, "A" * 4000, 0.05, np.random.default_rng(0))
    assert 0.93 < np.mean([c == "A" for c in reading.text]) < 0.97
    assert reading.evidence is not None
    p = np.exp(reading.evidence.log_p)
    assert p.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert p.max(axis=1) == pytest.approx(0.95, abs=1e-4)


def test_a_summary_names_layers_shapes_and_parameters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path, summary={"width_px": 128, "depth": 3})
    for name, n, shape in (
        ("cnn_mnist", 101_578, "[1, 10]"),
        ("crnn_hylian", 574_631, "[1, 32, 23]"),
        ("lines_hylian", None, "[1, "),
    ):
        network = bundle.load_network(name)
        summary(network, run)
        text = capsys.readouterr().out
        assert shape in text
        assert "Conv2d" in text
        assert run.results["summary"]["parameters"] == (n or sum(p.numel() for p in network.parameters()))
        assert not network.training


def test_weights_are_not_tested_on_another_split_of_the_sets_they_know(tmp_path: Path) -> None:
    recognizer, sets = bundle.load("cnn_hylian"), [{"name": "hnd", "path": "hnd"}]
    recognizer.provenance = {"config": {"data": {"sets": sets, "split_seed": 0}}}
    run = make_run(tmp_path, evaluate={"segment": False})
    run.settings["data"] = {"name": "d", "kind": "glyphs", "script": "hylian", "sets": sets, "split_seed": 1}
    with pytest.raises(SettingError, match=r"split_seed=1: the weights were trained with 0 on hnd"):
        evaluate(recognizer, run)
    lines = {"name": "captcha", "kind": "lines", "script": "hylian", "split_seed": 0, "held_out": 0.05}
    lines |= {"path": "captcha/train", "test_path": "captcha/test"}
    recognizer.provenance = {"config": {"data": lines}}
    run.settings["data"] = {**lines, "held_out": 0.2}
    with pytest.raises(SettingError, match=r"held_out=0\.2: the weights were trained with 0\.05 on captcha"):
        evaluate(recognizer, run)


def test_what_drawings_differ_in_is_measured_on_the_background(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for k, glyph in enumerate(random_alphabet(rng, 3).glyphs):
        folder = tmp_path / f"back/Toy/character{k:02}"
        folder.mkdir(parents=True)
        for person in range(1, 6):
            cv2.imwrite(str(folder / f"{k:04}_{person:02}.png"), 255 - draw(glyph, rng))
    net = ProtoNet(
        Script("x", (Grapheme("A"),)), Preprocess(32, stride_px=32, is_square=True), (8, 16), (1, 1), n_features=32
    )
    run = make_run(tmp_path, calibrate={"count": 5})
    run.settings |= {
        "data": {"name": "many", "kind": "many_glyphs", "omniglot": "back"},
        "paths": {"data": str(tmp_path)},
    }
    assert calibrate(net, run) is net
    assert run.results["calibrate"] == {"drawings": 15}
    assert net.provenance["whitened"]["drawings"] == 15
    assert not torch.equal(net.trunk[-1].matrix, torch.eye(32))
    assert float(net.head.counts.sum()) == 0, "what was learned before had other features"
    run.settings["trainer"] = {"limit": {"count": 1}}
    with pytest.raises(SettingError, match="no glyph has two pictures"):
        calibrate(net, run)
    run.settings["data"]["omniglot"] = None
    assert calibrate(net, run) is net


def test_lines_in_doubt_are_read_again_where_asked(tmp_path: Path, hylian: Drawing) -> None:
    askew = [
        Sample(loose(clean_picture(hylian, ["BLACKSMITH"]), angle, 50), "BLACKSMITH", letters="BLACKSMITH")
        for angle in (9, -9)
    ]
    root = tmp_path / "askew"
    write_folder(askew, root)
    figures = {}
    for reread, whole in ((False, False), (True, False), (False, True)):
        own = {
            "segment": False,
            "reread": reread,
            "whole": whole,
            "pages": 0,
            "scripts": [],
            "lines": None,
            "language": False,
            "words": None,
            "folders": [],
            "batch_size": 2,
            "count": 4,
            "n_worst": 2,
            "augment": "none",
            "split": "test",
        }
        run = make_run(tmp_path / f"{reread} {whole}", evaluate=own)
        run.settings |= {
            "data": {"name": "crops", "kind": "folder", "script": "hylian", "root": str(root)},
            "stages": ["evaluate"],
            "logger": {"tensorboard": False, "wandb": None},
        }
        evaluate(bundle.load("crnn_hylian"), run)
        (figures[reread, whole],) = (scored["exact"] for scored in run.results["evaluate"].values())
    assert figures == {(False, False): 0.0, (True, False): 1.0, (False, True): 1.0}
    for more, name in (({"reread": True}, "reread"), ({"segment": False}, "segment")):
        run = make_run(tmp_path / name, evaluate={**own, **more})
        run.settings |= {"data": {"name": "crops", "kind": "folder", "script": "hylian", "root": str(root)}}
        with pytest.raises(SettingError, match=name):
            evaluate(bundle.load("crnn_hylian" if name == "reread" else "cnn_hylian"), run)


def test_validation_is_measured_on_other_pictures_and_under_another_name(tmp_path: Path, hylian: Drawing) -> None:
    data = {"name": "hylian_synth", "kind": "synth", "script": "hylian", "font": None, "max_graphemes": 5, "n_faces": 4}
    texts = {}
    for split in ("test", "val"):
        own = {
            "segment": False,
            "reread": False,
            "whole": False,
            "pages": 0,
            "lines": None,
            "language": False,
            "words": None,
            "folders": [],
            "batch_size": 4,
            "count": 6,
            "n_worst": 6,
            "augment": "none",
            "split": split,
        }
        run = make_run(tmp_path / split, evaluate=own)
        run.settings |= {"data": data, "stages": ["evaluate"], "logger": {"tensorboard": False, "wandb": None}}
        evaluate(tiny(hylian.script), run)
        name = {"test": "synthetic", "val": "synthetic_val"}[split]
        assert list(run.results["evaluate"]) == [name]
        texts[split] = (run.stage_folder("evaluate") / name / "worst.tsv").read_text()
        metrics = next((run.stage_folder("evaluate") / "log").rglob("metrics.csv")).read_text()
        assert f"{split}/{name}/exact" in metrics.splitlines()[0]
    assert texts["test"] != texts["val"]


def test_language_is_measured_on_lines_with_rare_words(tmp_path: Path) -> None:
    made = [
        a + b + c for a in ("gron", "mel", "tus") for b in ("di", "ko", "ra", "vam") for c in ("lers", "ning", "tab")
    ]
    (tmp_path / "words.txt").write_text("the\nvillage\n" + "\n".join(made), encoding="utf-8")
    run = make_run(tmp_path, language={**LINES, "text": [str(tmp_path / "words.txt")], "rare_words": True, "count": 30})
    language(None, run)
    lines = [row.split("\t")[0].split() for row in (tmp_path / "language/lines.tsv").read_text().splitlines()[1:]]
    assert len(lines) == 30
    rare = [[word for word in line if word.lower() in made] for line in lines]
    assert all(len(words) == 1 for words in rare)
    assert len({words[0] for words in rare}) == 30
    assert run.results["language"]["spaced"]["lines_split_otherwise"] < 0.1
    run.settings["stage"]["language"]["count"] = 60
    with pytest.raises(DataError, match="60 are needed"):
        language(None, run)


def test_pretraining_and_language_find_data_below_its_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_drawing(tmp_path / "back/Runic/character01/0001_01.png", (5, 5))
    given: list[dict[str, Any]] = []

    def keep(recognizer: Recognizer, data: DataSet, *_: Any) -> Recognizer:
        given.append({**data.model_dump(), "n_read": len(recognizer.script.visible)})
        return recognizer

    monkeypatch.setattr("experiments.stages.pretrain.train", keep)
    net, drawings = tiny(Script("x", (Grapheme("A"),)), "cnn"), {**MANY_GLYPHS, "omniglot_symmetries": 8}
    run = make_run(tmp_path, pretrain={"force": True, "data": drawings})
    run.settings |= {"stages": ["pretrain"], "weights": None, "paths": {"data": str(tmp_path)}}
    pretrain(net, run)
    assert given[0]["n_read"] == 8
    run.settings["stage"]["pretrain"]["data"] = None
    pretrain(net, run)
    assert make_deformation(given[1]["deformation"]) == Deformation(), "digits are moved as usual"
    (tmp_path / "text.txt").write_text("The old king slept under the stone bridge by the river.\n\n" * 30)
    run.settings["data"] = drawings
    run.settings["stage"]["language"] = {**LINES, "text": [str(tmp_path / "text.txt")], "count": 3}
    with pytest.raises(SettingError, match="cannot write any of its lines"):
        language(net, run)


def test_what_a_probability_is_worth_is_fitted_on_pages_and_measured_on_others(tmp_path: Path) -> None:
    recognizer = bundle.load("crnn_hylian")
    run = make_run(tmp_path / "fit")
    figures = teach_certainty(recognizer, run, 24, "screenshot")
    assert recognizer.certainty is not None
    assert figures["n_lines"] > 8
    assert recognizer.provenance["certainty"]["n_pages"] == 24
    again = bundle.load("crnn_hylian")
    assert teach_certainty(again, make_run(tmp_path / "again"), 24, "screenshot") == figures
    assert again.certainty == recognizer.certainty
    assert teach_certainty(again, run, 0, "screenshot") == {}
    first, other = ([page.image for page in damaged_pages(run, split, 3, "screenshot")] for split in ("val", "test"))
    assert all(a.shape == b.shape and not np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    scripts = {"hylian": load_script("hylian")}
    made = []
    for one in (recognizer, bundle.load("crnn_hylian")):
        reader = Reader(reading_form(one), finder_for(one))
        made.append(score_made_pages(reader, damaged_pages(run, "test", 12, "screenshot"), 12, scripts))
    assert made[0]["n_read"] == made[1]["n_read"] > 3
    assert 0.5 < made[0]["recall"] <= 1
    assert 0.3 < made[0]["lines_right"] <= 1
    assert made[0]["ece"] != made[1]["ece"], "what was fitted is what is said"
