"""The stages calibrate and language, called without Hydra."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.context import Run, SettingError
from experiments.stages.calibrate import calibrate
from experiments.stages.evaluate import evaluate
from experiments.stages.export import export
from experiments.stages.language import language, seen_wrong
from experiments.stages.summary import summary
from glyphgen.drawing import Drawing
from recognizers import bundle
from recognizers import export as exporting
from recognizers.calibration import Calibration
from recognizers.recognizer import Recognizer

SYNTH = {"name": "hylian_synth", "kind": "synth", "script": "hylian", "handwritten_share": 0.08, "max_graphemes": 12, "n_faces": 4}


def make_run(folder: Path, **stages: dict[str, Any]) -> Run:
    return Run({"seed": 3, "data": SYNTH, "stage": stages, "trainer": {"limit": None}, "paths": {"data": "none"}}, folder)


def test_a_recognizer_that_is_too_sure_is_softened_and_the_bundle_keeps_it(tmp_path: Path) -> None:
    recognizer = bundle.load("crnn_hylian")
    recognizer.head.weight.data *= 3  # as sure as a network that was trained too long
    recognizer.head.bias.data *= 3
    run = make_run(tmp_path, calibrate={"count": 96, "batch_size": 32, "augment": "screenshot"})
    calibrate(recognizer, run)
    assert recognizer.calibration.temperature > 1.7
    assert run.results["calibrate"]["temperature"] == pytest.approx(recognizer.calibration.temperature, abs=1e-3)
    assert run.results["calibrate"]["glyph_ece"] < 0.05
    bundle.save(recognizer, tmp_path / "b.safetensors", {})
    assert bundle.load(tmp_path / "b.safetensors").calibration.temperature == pytest.approx(recognizer.calibration.temperature, abs=1e-3)


def test_a_bundle_without_calibration_has_none(hylian: Drawing) -> None:
    assert bundle.load("crnn_mnist_lines").calibration == Calibration()


def test_an_export_is_compared_on_as_many_lines_as_asked_and_refused_where_it_differs(
    tmp_path: Path, tiny_crnn: Recognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "good", export={"count": 20, "augment": "screenshot"})
    assert export(tiny_crnn, run) is tiny_crnn
    model = tmp_path / "good/export/model.onnx"
    assert run.results["export"] == {
        "n": 20, "largest_difference": pytest.approx(0, abs=1e-4), "tolerance": 1e-4, "bytes": model.stat().st_size,
    }  # fmt: skip
    monkeypatch.setattr(exporting, "_difference", lambda *_: 0.01)
    run = make_run(tmp_path / "bad", export={"count": 2, "augment": "none"})
    with pytest.raises(SettingError, match=r"differs from torch by 0\.01"):
        export(tiny_crnn, run)
    assert list((tmp_path / "bad/export").iterdir()) == []
    with pytest.raises(SettingError, match="count=0"):
        export(tiny_crnn, make_run(tmp_path, export={"count": 0, "augment": "none"}))


def test_language_is_measured_on_lines_of_a_text(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("\n\n".join("The old king slept under the stone bridge by the river of the valley." for _ in range(30)))
    run = make_run(tmp_path, language={"text": [str(text)], "pattern": None, "count": 200, "wrong_share": 0.05, "words": None})
    language(None, run)  # type: ignore[arg-type]
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
        language(None, run)  # type: ignore[arg-type]


def test_shapes_seen_wrong_say_how_often_they_are_right(hylian: Drawing) -> None:
    reading = seen_wrong(hylian.script, "A" * 4000, 0.05, np.random.default_rng(0))
    assert 0.93 < np.mean([c == "A" for c in reading.text]) < 0.97
    assert reading.evidence is not None
    p = np.exp(reading.evidence.log_p)
    assert p.sum(axis=1) == pytest.approx(1)
    assert p.max(axis=1) == pytest.approx(0.95)


def test_a_summary_names_layers_shapes_and_parameters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path, summary={"width_px": 128, "depth": 3})
    for name, n, shape in (("cnn_mnist", 101_578, "[1, 10]"), ("crnn_hylian", 574_631, "[1, 32, 23]"), ("lines_hylian", None, "[1, ")):
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
