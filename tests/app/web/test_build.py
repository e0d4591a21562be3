"""The page without a server: what it prepares, reads and shows, in a real browser, against Python."""

import base64
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from app.__main__ import main
from app.web.build import DECODING, GLYPHS, LANGUAGE, LINES, RUNTIME_FILES, build
from glyphgen.datasets.folder import FolderSet
from glyphgen.files import DataError
from glyphgen.shapes.pen import Drawing, load_drawing
from recognizers import bundle, interpret
from recognizers.language import language
from recognizers.page.reader import load_reader
from tests.app.browser import draw, keep, need_browser, page_of
from tests.conftest import clean_picture
from tests.recognizers.test_mouse import PATHS, canvas

READ = """async ([url, name, script]) => {
    const image = new Image();
    await new Promise((done) => { image.onload = done; image.src = url; });
    const picture = glyphs.pictureOf(image);
    if (name) {
        const make = glyphs[name === "crnn_hylian" ? "linesTensor" : "glyphTensor"];
        const {tensor} = make(picture, glyphs.models[name].preprocess);
        return [tensor.width, tensor.height, [...tensor.data]];
    }
    const reading = await glyphs.readPicture(picture, script || "hylian");
    return [reading.text, reading.english.letters, ...(script ? [reading.script] : [])];
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_browser()
    out = tmp_path_factory.mktemp("site") / "web"
    try:
        size = build(out)
    except DataError as error:
        if "npm" in str(error) and not os.environ.get("GLYPH_NEEDS_BROWSER"):
            pytest.skip(f"no npm registry: {error}")
        raise
    files = re.search(r'FILES = "([^"]*)"', (out / "sw.js").read_text())[1].split()
    at_once = sum((out / name).stat().st_size for name in files if name != "./" and not name.startswith("runtime/"))
    assert at_once < 7_000_000, "what is loaded with the page"
    assert size < at_once + 3_000_000 * len(set(LINES) - {"hylian"}), "and one more for each other script"
    return out


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[Any]:
    command = [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(site)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"PYTHONUNBUFFERED": "1"}
    ) as process:
        assert process.stdout is not None
        process.address = re.search(r"http://\S+/", process.stdout.readline().decode())[0]
        yield process
        process.terminate()


@pytest.fixture(scope="module")
def page(server: Any, browser: Any) -> Iterator[Any]:
    with page_of(browser, server.address, viewport={"width": 1000, "height": 900}, locale="en-US") as page:
        page.wait_for_selector("html[data-ready]", timeout=120_000)
        yield page


def url_of(picture: Any) -> str:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def test_pictures_are_prepared_as_in_python(page: Any, hylian: Drawing) -> None:
    """To within 1/255, where 1 is the spread of the picture."""
    rng = np.random.default_rng(0)
    line = clean_picture(hylian, ["GERUDO"])
    noisy = np.clip(line.astype(int) + rng.integers(-40, 40, line.shape), 0, 255).astype(np.uint8)
    lines = [line, 255 - line, noisy, cv2.resize(noisy, None, fx=6, fy=6), cv2.resize(noisy, (60, 14)), noisy[:, :30]]
    glyphs = [canvas(drawing, 14) for drawing in PATHS[::9]] + [line[:, : line.shape[0]], cv2.resize(noisy, (20, 20))]
    for name, pictures in (("crnn_hylian", lines), (GLYPHS["hylian"], glyphs), ("cnn_mnist", glyphs)):
        preprocess = bundle.load(name).preprocess
        for picture in pictures:
            width, height, data = page.evaluate(READ, [url_of(picture), name])
            ours = preprocess(picture).tensor[0]
            assert ours.shape == (height, width)
            assert np.abs(ours - np.array(data).reshape(height, width)).max() <= 1 / 255


def test_lines_of_our_own_are_read_as_in_python(page: Any, hylian: Drawing) -> None:
    reader = load_reader("crnn_hylian")
    for text in ("TAKE THIS WITH YOU", "GERUDOVILLAGE", "HYRULE CASTLE"):
        picture = clean_picture(hylian, [text])
        reading = reader.read(picture)
        assert page.evaluate(READ, [url_of(picture), ""]) == [reading.text, reading.letters]


@pytest.mark.parametrize("script", sorted(set(LINES) - {"hylian"}))
def test_other_scripts_are_read_as_in_python_and_told_apart(page: Any, script: str) -> None:
    drawing, reader = load_drawing(script), load_reader(LINES[script])
    for text in ("LINK", "TAKE THIS WITH YOU"):
        picture = clean_picture(drawing, [text])
        reading = reader.read(picture)
        expected = [reading.text, str(reading), script]
        assert page.evaluate(READ, [url_of(picture), "", script]) == expected
        assert page.evaluate(READ, [url_of(picture), "", "auto"]) == expected
    assert drawing.script.canonical("TAKE THIS WITH YOU") == reading.text


def test_dev_lines_are_read_as_in_python(page: Any, real_data: Path) -> None:
    reader = load_reader("crnn_hylian")
    same: dict[str, list[bool]] = {}
    english: dict[str, list[bool]] = {}
    for folder in sorted((real_data / "hylian_lines_dev").glob("*/labels.tsv")):
        crops = FolderSet(folder.parent)
        for k in range(len(crops)):
            reading = reader.recognizer.read(crops[k].image)
            shapes, letters = page.evaluate(READ, [url_of(crops[k].image), ""])
            same.setdefault(folder.parent.name, []).append(shapes == reading.text)
            english.setdefault(folder.parent.name, []).append(letters == str(reader.spell(reading)))
    for alike in (same, english):  # shapes; and what the compact language makes of them, against the whole one
        every = [one for those in alike.values() for one in those]
        assert len(every) >= 300
        assert all(alike["clean"])
        assert np.mean(every) >= 0.99


def test_a_picture_and_a_drawing(page: Any, hylian: Drawing, tmp_path: Path) -> None:
    assert page.locator("#read-script option").all_inner_texts()[:3] == ["Find out (any of these)", "Hylian", "Sheikah"]
    assert page.locator("#script option").count() == len(GLYPHS)
    Image.fromarray(clean_picture(load_drawing("sheikah"), ["TOWER"])).save(tmp_path / "tower.png")
    page.set_input_files("glyph-picture input[type=file]", str(tmp_path / "tower.png"))
    page.wait_for_function("document.querySelector('#corrected').value === 'TOWER'")
    assert "This looks like Sheikah." in page.inner_text("#card")
    Image.fromarray(clean_picture(hylian, ["GERUDO", "VILLAGE"])).save(tmp_path / "sign.png")
    page.check("#several")
    page.set_input_files("glyph-picture input[type=file]", str(tmp_path / "sign.png"))
    page.wait_for_function("document.querySelector('#corrected').value === 'GERUDO\\nVILLAGE'")
    page.locator(".reading .letter").first.click()
    page.locator(".glyph-menu button", has_text="D").click()
    page.wait_for_function("document.querySelector('#corrected').value === 'DERUDO\\nVILLAGE'")
    for letter in "AHS":
        draw(page, next(d for d in PATHS if (d["letter"], d["manner"]) == (letter, "slow")))
        page.wait_for_function("(letter) => document.querySelector('#letters b')?.textContent === letter", arg=letter)
        if letter == "S":
            keep(page, "static")
        page.click("glyph-pad .glyph-clear")
    (tmp_path / "notes.png").write_text("no picture")
    page.set_input_files("glyph-picture input[type=file]", str(tmp_path / "notes.png"))
    page.wait_for_selector("#card [role=alert]")
    assert "not a picture" in page.inner_text("#card")
    assert page.input_value("#corrected") == ""


def test_two_tabs_and_a_pasted_picture(server: Any, browser: Any, hylian: Drawing) -> None:
    paste = """async (url) => {
        const items = new DataTransfer();
        items.items.add(new File([await (await fetch(url)).blob()], "pasted.png", {type: "image/png"}));
        document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: items, bubbles: true}));
    }"""
    with page_of(browser, server.address) as a, page_of(browser, server.address) as b:
        for page in (a, b):
            page.wait_for_selector("html[data-ready]", timeout=120_000)
        for page, text in ((a, "KOROK"), (b, "STABLE")):
            page.evaluate(paste, url_of(clean_picture(hylian, [text])))
        for page, text in ((a, "KOROK"), (b, "STABLE")):
            page.wait_for_function("(text) => document.querySelector('#corrected').value === text", arg=text)
        assert [page.inner_text("#english").strip() for page in (a, b)] == ["KOROK", "STABLE"]


def test_it_works_on_a_phone_in_chinese_and_without_a_network(
    server: Any, browser: Any, hylian: Drawing, tmp_path: Path
) -> None:
    Image.fromarray(clean_picture(hylian, ["KOROK"])).save(tmp_path / "sign.png")
    phone: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark", "locale": "zh-CN"}
    with page_of(browser, server.address, **phone) as page:
        page.wait_for_selector("html[data-ready]", timeout=120_000)
        page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
        page.context.set_offline(True)
        page.reload()
        page.wait_for_selector("html[data-ready]", timeout=120_000)
        page.set_input_files("glyph-picture input[type=file]", str(tmp_path / "sign.png"))
        page.wait_for_function("document.querySelector('#corrected').value === 'KOROK'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert "手写" in page.inner_text("main")
        keep(page, "static-phone")


def test_a_folder_that_is_not_empty_is_refused_before_anything_is_announced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "picture.png").write_bytes(b"x")
    assert main(["web", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "is not empty; choose another folder" in said
    assert "exporting" not in said


def test_a_runtime_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=RUNTIME_FILES[0]):
        build(tmp_path / "web", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    page_before = tmp_path / "before"
    page_before.mkdir()
    for name in ("sw.js", "models.json"):
        (page_before / name).write_text("the page from before")
    with pytest.raises(DataError, match="npm is not installed"):
        build(page_before)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["before"]
    assert len(list(page_before.iterdir())) == 2, "stays until the new one is whole"
    with pytest.raises(DataError, match="npm is not installed"):
        build(tmp_path / "web")
    assert not (tmp_path / "web").exists()


def test_the_page_has_the_numbers_of_python_and_none_of_its_own() -> None:
    """Every number that a script asks for by name is in models.json, and every one there is asked for."""
    folder = Path(build.__code__.co_filename).parent
    asked = {"decode.js": r"decoding\.(\w+)", "language.js": r"this\.numbers\.(\w+)"}
    for (name, pattern), numbers in zip(asked.items(), (DECODING, LANGUAGE), strict=True):
        script = (folder / name).read_text()
        assert set(re.findall(pattern, script)) == set(numbers)
        assert not re.search(r"^(const|let) .*[A-Z_]{3,} = [\d.]", script, re.M), "a constant in capitals"
    assert DECODING["min_mean_confidence"] == interpret.MIN_MEAN_CONFIDENCE
    assert LANGUAGE["spoken"] == language.SPOKEN
