import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from glyphgen.corpus import Corpus
from glyphgen.drawing import Drawing
from glyphgen.script import Script, load_script
from glyphgen.sources import DrawnSource
from glyphgen.synth import LineSynth
from recognizers.bundle import WEIGHTS_DIR, BundleError, build, finder_of, load, read_header, save
from recognizers.preprocess import Preprocess
from tests.conftest import alike, tiny


@pytest.mark.parametrize("architecture", ["crnn", "cnn"])
def test_a_bundle_comes_back_as_it_was(hylian: Drawing, tmp_path: Path, architecture: str) -> None:
    recognizer = tiny(hylian.script, architecture)
    path = tmp_path / "r.safetensors"
    save(recognizer, path, {"seed": 7})
    back = load(path)
    assert back.script == recognizer.script
    assert back.preprocess == recognizer.preprocess
    assert read_header(path)["provenance"] == {"seed": 7}
    image = np.random.default_rng(0).integers(0, 255, (40, 150, 3), dtype=np.uint8)
    assert alike(back.read(image), recognizer.read(image))
    assert [p.name for p in tmp_path.iterdir()] == ["r.safetensors"]


def test_half_the_bytes_read_the_same(hylian: Drawing, tmp_path: Path) -> None:
    recognizer = load("crnn_hylian")
    save(recognizer, tmp_path / "half.safetensors", {}, "float16")
    assert (tmp_path / "half.safetensors").stat().st_size < 0.55 * (WEIGHTS_DIR / "crnn_hylian.safetensors").stat().st_size
    back = load(tmp_path / "half.safetensors")
    assert {p.dtype for p in back.parameters()} == {torch.float32}
    synth = LineSynth(DrawnSource(hylian), Corpus(hylian.script), "screenshot", 5, "test", 30, n_faces=3)
    images = [synth[i].image for i in range(30)]
    pairs = list(zip(recognizer.read_batch(images), back.read_batch(images), strict=True))
    assert sum(a.text == b.text for a, b in pairs) >= 29
    with pytest.raises(ValueError, match="float32, float16"):
        save(recognizer, tmp_path / "x.safetensors", {}, "int8")


def test_what_is_not_a_bundle_is_named(tmp_path: Path, hylian: Drawing) -> None:
    with pytest.raises(BundleError, match="no released weights 'nope'"):
        load("nope")
    with pytest.raises(BundleError, match="no such bundle"):
        load(tmp_path / "none.safetensors")
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"not at all")
    with pytest.raises(BundleError, match="damaged"):
        load(bad)
    save_file({"x": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(BundleError, match="not a bundle"):
        load(tmp_path / "other.safetensors")
    with pytest.raises(BundleError, match="no architecture"):
        build("vit", hylian.script, Preprocess(), {})
    with pytest.raises(BundleError, match="n_layer"):
        build("crnn", hylian.script, Preprocess(), {"n_layer": 3})


def test_a_header_of_other_sizes_than_the_weights_takes_no_memory(hylian: Drawing, tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save(tiny(hylian.script), path, {})
    header = read_header(path)
    header["arguments"]["n_hidden"] = 10**6  # thousands of gigabytes
    save_file(load_file(path), path, metadata={"bundle": json.dumps(header)})
    with pytest.raises(BundleError, match="the header describes"):
        load(path)


@pytest.mark.parametrize("name", ["cnn_mnist", "crnn_mnist_lines", "cnn_hylian", "crnn_hylian"])
def test_released_weights_are_small_load_and_say_where_they_come_from(name: str) -> None:
    assert (WEIGHTS_DIR / f"{name}.safetensors").stat().st_size <= 5_000_000
    header = read_header(name)
    assert header["provenance"]["command"]
    assert header["provenance"]["figures"]
    assert name in (WEIGHTS_DIR / "README.md").read_text()
    assert load(name).read(np.zeros((40, 90, 3), np.uint8)).text is not None


def test_a_bundle_from_before_drawings_were_evened_out_still_loads(tmp_path: Path) -> None:
    net = build("protonet", load_script("digits"), Preprocess(48, stride_px=48, is_square=True), {})
    save(net, tmp_path / "new.safetensors", {})
    with safe_open(tmp_path / "new.safetensors", "pt") as file:
        header = file.metadata()
        kept = {name: file.get_tensor(name) for name in file.keys() if not name.endswith(".matrix")}  # noqa: SIM118
    save_file(kept, tmp_path / "old.safetensors", metadata=header)
    old = load(tmp_path / "old.safetensors")
    assert torch.equal(old.trunk[-1].matrix, torch.eye(len(old.trunk[-1].matrix)))  # type: ignore[index, union-attr]


def test_a_finder_of_another_alphabet_is_not_taken(tmp_path: Path, hylian: Drawing) -> None:
    assert finder_of(hylian.script) is not None
    assert finder_of(load_script("digits")) is None
    assert finder_of(Script("hylian", load_script("digits").graphemes)) is None, "another script of the same name"
    with pytest.raises(BundleError, match="give one trained on it"):
        finder_of(load_script("digits"), "lines_hylian")
