"""The demo: its answers as functions, and the page in a real browser."""

import base64
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.answers import READERS, decoded, read_picture, write_text
from app.demo import on_draw, on_read, on_write
from glyphgen.drawing import Drawing
from recognizers.pictures import PictureError, load_picture
from tests.conftest import clean_picture
from tests.recognizers.test_mouse import PATHS, canvas

ROOT = Path(__file__).parent.parent.parent
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync",
         "--disable-component-update"]  # fmt: skip


def data_url(picture: Any) -> str:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture
def sign(hylian: Drawing, tmp_path: Path) -> Path:
    Image.fromarray(clean_picture(hylian, ["GERUDO", "VILLAGE"])).save(tmp_path / "sign.png")
    return tmp_path / "sign.png"


def test_a_picture_is_read_with_its_choices_marked(sign: Path) -> None:
    html, shapes, said, boxes, file = on_read(str(sign), "Hylian")
    answer = read_picture(sign)
    assert answer.text == "GERUDO\nVILLAGE"
    assert answer.graphemes.replace("\n", "<br>") in shapes
    assert "".join(c for c in html if c.isupper()).count("G") >= 2
    assert 'class="choice" title="' in html, "G shares its shape with D"
    assert "% sure" in said
    assert boxes["value"].size == load_picture(sign).shape[1::-1]
    assert json.loads(Path(file["value"]).read_text())["text"] == answer.text


def test_what_is_no_picture_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    said = on_read(str(tmp_path / "notes.txt"), "Hylian")[2]
    assert "not a picture" in said
    assert str(tmp_path) not in said
    Image.fromarray(np.full((90, 200, 3), 90, np.uint8)).save(tmp_path / "empty.png")
    assert "No Hylian found" in on_read(str(tmp_path / "empty.png"), "Hylian")[2]
    assert "Upload" in on_read(None, "Hylian")[2]
    assert set(READERS) == {"Hylian"}


def test_a_drawing_gets_five_letters_and_what_was_seen() -> None:
    drawing = next(d for d in PATHS if (d["letter"], d["manner"]) == ("A", "slow"))
    letters, seen = on_draw(data_url(canvas(drawing, 14)), "Hylian")
    assert letters is not None
    assert len(letters) == 5
    assert max(letters, key=lambda letter: letters[letter]) == "A"
    assert seen.size == (224, 224)
    assert on_draw("", "Hylian") == (None, None)
    assert on_draw(data_url(np.full((50, 50, 3), 255, np.uint8)), "digits") == ({}, None)


@pytest.mark.parametrize("wrong", ["data:image/png;base64,*", "aGVsbG8=", data_url(np.zeros((3, 3, 3), np.uint8))])
def test_bad_drawings_are_named(wrong: str) -> None:
    with pytest.raises(PictureError):
        decoded(wrong)
    assert on_draw(wrong, "Hylian") == (None, None)


def test_a_text_is_written_and_read_again() -> None:
    image, wrong = on_write("Gerudo Village", "none", 0)
    assert wrong == ""
    assert read_picture(image).text == "GERUDO VILLAGE"
    assert write_text("link", "screenshot", 1).tobytes() != write_text("link", "screenshot", 2).tobytes()
    for text, said in (("ζ", "cannot write"), ("a" * 49, "1 to 48")):
        image, wrong = on_write(text, "none", 0)
        assert image is None
        assert said in wrong


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if BROWSER is None:
        if os.environ.get("GLYPH_NEEDS_BROWSER"):
            pytest.fail("no browser: apt-get install chromium")
        pytest.skip("no browser here (Debian: apt-get install chromium)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "app", "demo", "--no-browser", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        for line in server.stderr:
            if line.startswith("open "):
                break
        else:
            pytest.fail("the demo did not start")
        yield f"http://127.0.0.1:{port}"
        server.send_signal(signal.SIGINT)
        server.wait(30)


@pytest.fixture
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield opened
        opened.close()


def test_the_page_reads_draws_and_writes(address: str, browser: Any, sign: Path, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(address)
    page.set_input_files("#picture input[type=file]", str(sign))
    page.wait_for_selector("#english", timeout=60_000)
    assert page.inner_text("#english").split() == ["GERUDO", "VILLAGE"]
    page.get_by_role("tab", name="Draw").click()
    area = page.locator("#pad canvas").bounding_box()
    for letter in "AHS":
        drawing = next(d for d in PATHS if (d["letter"], d["manner"]) == (letter, "slow"))
        scale = area["width"] / drawing["size"][0]
        for stroke in drawing["strokes"]:
            x, y = stroke[0]
            page.mouse.move(area["x"] + x * scale, area["y"] + y * scale)
            page.mouse.down()
            for x, y in stroke[1:]:
                page.mouse.move(area["x"] + x * scale, area["y"] + y * scale)
            page.mouse.up()
        page.wait_for_function(f"document.querySelector('#letters h2, #letters .output-class')?.innerText.trim() === '{letter}'")
        assert page.locator("#pad canvas").bounding_box() == area, "nothing moves under the pen"
        page.click("#clear")
        page.wait_for_function("!document.querySelector('#letters').innerText.includes('%')")
    page.get_by_role("tab", name="Write").click()
    page.fill("#text input, #text textarea", "Kakariko")
    page.keyboard.press("Enter")
    page.wait_for_selector("#written img", timeout=30_000)
    assert failures == []


def test_the_page_fits_a_phone_and_a_text_file_gets_a_sentence(address: str, browser: Any, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740}, has_touch=True)
    page.goto(address)
    page.wait_for_selector("#picture")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    (tmp_path / "notes.png").write_text("no picture at all")
    page.set_input_files("#picture input[type=file]", str(tmp_path / "notes.png"))
    page.wait_for_function("document.querySelector('#said')?.innerText.includes('not a picture')", timeout=60_000)
    assert "Traceback" not in page.content()
