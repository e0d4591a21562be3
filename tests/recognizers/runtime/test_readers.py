"""Bundles in ONNX Runtime read as the networks that were trained do, need no torch, and refuse what does not fit."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from omegaconf import OmegaConf
from safetensors import safe_open
from safetensors.numpy import save_file

from experiments.conf_folder import CONF
from glyphgen.datasets.synthetic import LineSynth
from glyphgen.faces.sources import DrawnSource
from glyphgen.script import load_script
from glyphgen.shapes.pen import Drawing
from glyphgen.texts.english import Corpus
from recognizers import bundle
from recognizers.bundle import ARCHITECTURES, network_class
from recognizers.bundle_file import BundleError, find, unit_of
from recognizers.finder import maps_of
from recognizers.graph import graph_of
from recognizers.opening import open_finder, open_recognizer, reading_form
from recognizers.recognizer import Recognizer
from recognizers.released import releases
from recognizers.runtime.graph_file import KEY, Graph
from recognizers.runtime.readers import OnnxFinder, OnnxRecognizer
from recognizers.runtime.session import Session, usual_threads
from tests.conftest import alike, run_python, tiny


def lines_of(drawing: Drawing, n: int) -> list[NDArray[np.uint8]]:
    samples = LineSynth(DrawnSource(drawing), Corpus(drawing.script), "screenshot", 5, "test", n, 4)
    return [samples[i].image for i in range(n)]


def changed(path: Path, metadata: dict[str, str | None], tensors: dict[str, NDArray[np.float32]] | None = None) -> Path:
    """Write a copy of a bundle with other metadata (None: without it) and other tensors."""
    with safe_open(path, "np") as file:
        kept = {**file.metadata(), **metadata}
        weights = {name: file.get_tensor(name) for name in file.keys()} | (tensors or {})  # noqa: SIM118
    out = path.with_name(f"changed-{path.name}")
    save_file(weights, out, metadata={key: value for key, value in kept.items() if value is not None})
    return out


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    bundle.save(tiny(load_script("digits")), tmp_path / "tiny.safetensors", {})
    return tmp_path / "tiny.safetensors"


@pytest.mark.parametrize("name", [r.name for r in releases().values()])
def test_released_bundles_hold_their_graph_and_answer_as_torch_does(name: str, hylian: Drawing) -> None:
    network = bundle.load_network(name)
    with safe_open(find(name), "np") as file:
        assert (KEY in file.metadata()) is network.fits_onnx
        assert unit_of(json.loads(file.metadata()["bundle"])) == network.unit
    if not network.fits_onnx:
        assert isinstance(open_recognizer(name), Recognizer)
        return
    rng = np.random.default_rng(3)
    if network.unit == "page":
        finder = open_finder(name)
        assert isinstance(finder, OnnxFinder)
        page = rng.integers(0, 255, (90, 130, 3), dtype=np.uint8)
        assert np.allclose(maps_of(page, finder.session.run), maps_of(page, network.output), atol=1e-3)
        return
    pictures = [rng.integers(0, 255, (30 + 7 * k, 40 + 90 * k, 3), dtype=np.uint8) for k in range(4)]
    opened = open_recognizer(name)
    assert isinstance(opened, OnnxRecognizer)
    for one, other in zip(opened.read_batch(pictures), network.read_batch(pictures), strict=True):
        assert one.text == other.text
        assert one.confidence == pytest.approx(other.confidence, abs=1e-3)


@pytest.mark.parametrize("n", [24, pytest.param(500, marks=pytest.mark.slow)])
def test_lines_are_read_alike(hylian: Drawing, n: int) -> None:
    pictures = lines_of(hylian, n)
    opened, network = open_recognizer("crnn_hylian"), bundle.load("crnn_hylian")
    for start in range(0, n, 25):
        some = pictures[start : start + 25]
        for one, other in zip(opened.read_batch(some), network.read_batch(some), strict=True):
            assert alike(one, other)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_network_says_whether_onnx_holds_it(architecture: str) -> None:
    released = next((r.name for r in releases().values() if r.architecture == architecture), None)
    if released is None:
        pytest.skip(f"no released {architecture}")
    graph = graph_of(bundle.load_network(released))
    assert (graph is not None) is network_class(architecture).fits_onnx


def test_what_is_saved_is_opened_and_its_reading_form_is_the_same(saved: Path) -> None:
    opened, network = open_recognizer(saved), bundle.load(saved)
    assert isinstance(opened, OnnxRecognizer)
    picture = np.random.default_rng(0).integers(0, 255, (40, 200, 3), dtype=np.uint8)
    assert alike(opened.read(picture), network.read(picture))
    assert alike(reading_form(network).read(picture), opened.read(picture))
    assert (opened.architecture, opened.unit, opened.script) == (network.architecture, "line", network.script)


def test_a_bundle_without_a_graph_is_read_with_torch(saved: Path) -> None:
    older = changed(saved, {KEY: None})
    opened = open_recognizer(older)
    assert isinstance(opened, Recognizer)
    assert not opened.training


def corrupted(saved: Path) -> Iterator[tuple[str, dict[str, str | None], dict[str, NDArray[np.float32]]]]:
    with safe_open(saved, "np") as file:
        metadata = file.metadata()
        name = next(name for name in json.loads(metadata[KEY])["weights"] if name.endswith("weight"))
        weights = file.get_tensor(name)
    packed, header = json.loads(metadata[KEY]), json.loads(metadata["bundle"])
    yield "no JSON", {KEY: "{"}, {}
    yield "another model", {KEY: json.dumps({**packed, "model": "AAAA"})}, {}
    yield "half of it", {KEY: json.dumps({**packed, "model": packed["model"][: len(packed["model"]) // 2]})}, {}
    yield "no ONNX", {KEY: Graph(b"what is this", ()).to_metadata()}, {}
    yield "no names", {KEY: json.dumps({**packed, "weights": 3})}, {}
    yield "unknown weights", {KEY: json.dumps({**packed, "weights": ["more", *packed["weights"]]})}, {}
    yield "weights missing", {KEY: json.dumps({**packed, "weights": packed["weights"][1:]})}, {}
    yield "another shape", {}, {name: weights[..., :1]}
    yield "not finite", {}, {name: np.full_like(weights, np.nan)}
    fewer = {**header["script"], "graphemes": header["script"]["graphemes"][:-1]}
    yield "another script", {"bundle": json.dumps({**header, "script": fewer})}, {}
    yield "another unit", {"bundle": json.dumps({**header, "unit": "word"})}, {}
    yield "unknown preprocessing", {"bundle": json.dumps({**header, "preprocess": {"side": 3}})}, {}


def test_what_does_not_fit_is_refused(saved: Path) -> None:
    for name, metadata, tensors in corrupted(saved):
        with pytest.raises(BundleError, match="changed-tiny") as raised:
            open_recognizer(changed(saved, metadata, tensors))
        assert "does not fit" in str(raised.value), name


def test_without_torch_it_reads_and_says_what_it_cannot() -> None:
    said = run_python("""
import sys
sys.modules["torch"] = None
from recognizers.bundle_file import BundleError
from recognizers.page.reader import load_reader
print(load_reader().read_page("docs/pictures/sign.png").text)
try:
    load_reader("protonet", is_one_glyph=True)
except BundleError as error:
    print(error)
""")
    assert said.startswith("WELCOME TO\nGERUDO VILLAGE\n")
    assert "holds no graph for ONNX Runtime, and there is no torch" in said


def test_as_many_threads_as_were_asked_for(monkeypatch: pytest.MonkeyPatch, saved: Path) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert usual_threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert usual_threads() >= 1
    with pytest.raises(ValueError, match="is not among its weights"):
        Session(Graph(b"", ("a",)), {})


def test_a_network_that_decides_by_its_input_has_no_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    network = tiny(load_script("digits"), "cnn")
    assert graph_of(network) is not None
    plain = type(network).forward

    def forward(self: Recognizer, images: torch.Tensor, widths: torch.Tensor) -> torch.Tensor:
        out = plain(self, images, widths)  # what is traced is an empty picture
        return out.flip(dims=[1]) if float(images.abs().max()) > 0 else out

    monkeypatch.setattr(type(network), "forward", forward)
    monkeypatch.setattr("recognizers.graph._graphs", {})
    assert graph_of(network) is None


@pytest.mark.parametrize("architecture", [a for a in ARCHITECTURES if network_class(a).fits_onnx])
def test_the_graph_of_an_untrained_network_serves_it_when_it_is_trained(
    architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights that are all alike before training are different ones afterwards, for the graph too."""
    monkeypatch.setattr("recognizers.graph._graphs", {})
    settings = OmegaConf.to_container(OmegaConf.load(CONF / f"model/{architecture}.yaml"))
    preprocess = bundle.make_preprocess(architecture, settings["preprocess"])
    network = bundle.build(architecture, load_script("digits"), preprocess, settings["arguments"]).eval()
    assert graph_of(network) is not None
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                tensor += 0.02 * torch.rand(tensor.shape, generator=generator)
            if name.endswith("running_var"):
                tensor *= 4
    theirs, rng = reading_form(network), np.random.default_rng(3)
    assert isinstance(theirs, OnnxFinder | OnnxRecognizer)
    if isinstance(network, Recognizer):
        size = network.preprocess.height_px
        images = rng.standard_normal((2, 1, size, 128 if network.unit == "line" else size), np.float32)
        widths = np.array([images.shape[-1]] * 2)
        assert np.allclose(theirs.session.run(images, widths), network.log_probs(images, widths), atol=1e-3)
    else:
        page = rng.integers(0, 255, (90, 130, 3), dtype=np.uint8)
        assert np.allclose(maps_of(page, theirs.session.run), maps_of(page, network.output), atol=1e-3)
