import json
import time
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.script import Script, load_script
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus
from recognizers.bundle import build, load, load_network, save
from recognizers.bundle_file import BundleError, read_header
from recognizers.image.preprocess import Preprocess
from recognizers.opening import finder_of
from recognizers.recognizer import Recognizer
from recognizers.released import WEIGHTS_DIR
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
    assert (tmp_path / "half.safetensors").stat().st_size < 0.55 * (
        WEIGHTS_DIR / "crnn_hylian.safetensors"
    ).stat().st_size
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
    with pytest.raises(BundleError, match="did you mean crnn_hylian"):
        load("crn_hylian")
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
    for n, message in (
        (10**6, "n_hidden must be whole numbers from 1 to"),
        (16, "the header describes"),
    ):  # thousands of gigabytes
        header["arguments"]["n_hidden"] = n
        save_file(load_file(path), path, metadata={"bundle": json.dumps(header)})
        with pytest.raises(BundleError, match=message):
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
    assert torch.equal(old.trunk[-1].matrix, torch.eye(len(old.trunk[-1].matrix)))


def test_a_finder_of_another_alphabet_is_not_taken(tmp_path: Path, hylian: Drawing) -> None:
    assert finder_of(hylian.script) is not None
    assert finder_of(load_script("digits")) is None
    assert finder_of(Script("hylian", load_script("digits").graphemes)) is None, "another script of the same name"
    with pytest.raises(BundleError, match="give one trained on it"):
        finder_of(load_script("digits"), "lines_hylian")


RELEASED = sorted(path.stem for path in WEIGHTS_DIR.glob("*.safetensors"))
WRONG = (2**63, 2**31, -1, 0, 0.5, "3", None, True, float("nan"), [], [[3]], [2**40] * 3, {"a": 1})


def rewritten(path: Path, source: Path, header: dict[str, Any]) -> Path:
    """Write a bundle with the weights of another and this header; the weights are not read."""
    data = source.read_bytes()
    n = int.from_bytes(data[:8], "little")
    described = json.loads(data[8 : 8 + n])
    described["__metadata__"]["bundle"] = json.dumps(header)
    text = json.dumps(described).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + n :])
    return path


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each number in a header's value."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path


@pytest.mark.parametrize("name", RELEASED)
def test_whatever_number_a_header_says_it_loads_or_is_a_bundle_error_at_once(tmp_path: Path, name: str) -> None:
    source, header = WEIGHTS_DIR / f"{name}.safetensors", read_header(name)
    started, n = time.process_time(), 0
    for key in ("arguments", "preprocess", "calibration"):
        for way in places(header.get(key, {}), (key,)):
            for wrong in WRONG:
                other = deepcopy(header)
                part = other
                for step in way[:-1]:
                    part = part[step]
                part[way[-1]] = wrong
                n += 1
                try:
                    network = load_network(rewritten(tmp_path / "a.safetensors", source, other))
                except BundleError:
                    continue
                if isinstance(network, Recognizer):  # then it is harmless
                    network.read(np.zeros((20, 30, 3), np.uint8))
                else:
                    network.find(np.zeros((20, 30, 3), np.uint8))
    assert time.process_time() - started < 0.5 * n + 5


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("arguments", None),
        ("arguments", []),
        ("arguments", {"n_hidden": 96, "n_heads": 2}),
        ("architecture", 7),
        ("architecture", ["crnn"]),
        ("architecture", "vit"),
        ("preprocess", None),
        ("preprocess", {"height_px": 32, "depth": 3}),
        ("script", None),
        ("script", {}),
        ("script", {"name": [], "graphemes": ["A"]}),
        ("calibration", {"temperature": "hot"}),
        ("calibration", [1]),
        ("format", 3),
        *(
            ("script", {"name": "x", "graphemes": wrong})
            for wrong in ([], [""], [" "], [["A"], 3], 3, ["A", "A"], None)
        ),
    ],
)
def test_a_header_of_another_form_is_a_bundle_error(tmp_path: Path, key: str, value: Any) -> None:
    path = rewritten(
        tmp_path / "a.safetensors", WEIGHTS_DIR / "crnn_hylian.safetensors", {**read_header("crnn_hylian"), key: value}
    )
    with pytest.raises(BundleError, match=r"a\.safetensors"):
        load(path)


def test_a_header_that_is_nested_without_end_is_a_bundle_error(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"x": torch.zeros(1)}, path, metadata={"bundle": "[" * 100_000})
    with pytest.raises(BundleError, match="damaged"):
        read_header(path)


@pytest.mark.parametrize(
    ("name", "value"), [("n_layers", 2**63), ("n_layers", 10**5), ("n_hidden", 10**7), ("channels", [4] * 10**4)]
)
def test_a_network_that_nothing_could_hold_is_not_built(hylian: Drawing, name: str, value: Any) -> None:
    with pytest.raises(BundleError, match=name):
        build("crnn", hylian.script, Preprocess(), {name: value})


def test_a_full_disk_leaves_the_bundle_that_was_there(
    hylian: Drawing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.safetensors"
    save(tiny(hylian.script), path, {"seed": 1})

    def full(*_: Any, **__: Any) -> None:
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr("recognizers.bundle.save_file", full)
    with pytest.raises(BundleError, match=r"cannot write .*No space left"):
        save(tiny(hylian.script), path, {"seed": 2})
    assert [p.name for p in tmp_path.iterdir()] == ["r.safetensors"]
    assert read_header(path)["provenance"] == {"seed": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"calibration": {"line_power": True}}, "line_power"),
        ({"graphemes": "\0"}, "control character"),
        ({}, "not finite"),
    ],
    ids=["a number that is none", "a grapheme that nothing draws", "weights that are no numbers"],
)
def test_what_no_training_leaves_is_refused(change: dict[str, Any], said: str, hylian: Drawing, tmp_path: Path) -> None:
    network = tiny(hylian.script)
    if not change:
        next(network.parameters()).data.view(-1)[3] = float("nan")
    save(network, tmp_path / "own.safetensors", {})
    header = read_header(tmp_path / "own.safetensors")
    if "graphemes" in change:
        header["script"]["graphemes"][1] = change["graphemes"]
    elif change:
        header |= change
    tensors = load_file(tmp_path / "own.safetensors")
    save_file(tensors, tmp_path / "own.safetensors", metadata={"bundle": json.dumps(header)})
    with pytest.raises(BundleError, match=said):
        load(tmp_path / "own.safetensors")
