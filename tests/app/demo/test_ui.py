"""The page in a real browser, as people use it."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Error as PlaywrightError

from app.answers import decoded, picture_of, read_picture
from app.demo.elements import example_urls
from glyphgen.datasets.folder import FolderSet
from glyphgen.shapes.pen import Drawing
from recognizers.released import WEIGHTS_DIR
from tests.app.browser import ROOT, demo, draw, keep, need_browser, page_of
from tests.conftest import clean_picture
from tests.recognizers.test_mouse import PATHS

CORRECTED = "#corrected textarea"


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page") / "lessons"


@pytest.fixture(scope="module")
def address(lessons: Path) -> Iterator[str]:
    need_browser()
    with demo(lessons) as address:
        yield address


@pytest.fixture
def sign(hylian: Drawing, tmp_path: Path) -> Path:
    Image.fromarray(clean_picture(hylian, ["GERUDO", "VILLAGE"])).save(tmp_path / "sign.png")
    return tmp_path / "sign.png"


def says(page: Any, text: str, box: str = CORRECTED) -> None:
    page.wait_for_function(
        "([box, text]) => document.querySelector(box)?.value === text", arg=[box, text], timeout=60_000
    )


def listens(page: Any) -> None:
    """Wait until Gradio has put the page together; what is pressed before may be lost."""
    page.wait_for_selector("#card[aria-live=polite]", state="attached", timeout=60_000)


def found_at_rest(page: Any, findings: str) -> Any:
    """Return what a script finds wrong once the page is at rest after a click: the first empty answer within ten
    seconds, else the last one.
    """
    try:
        page.wait_for_function(f"() => ({findings})().length === 0", timeout=10_000)
    except PlaywrightError:
        return page.evaluate(findings)
    return []


def path_of(letter: str) -> dict[str, Any]:
    return next(d for d in PATHS if (d["letter"], d["manner"]) == (letter, "slow"))


def test_a_picture_is_uploaded_cropped_corrected_and_taught(
    address: str, browser: Any, sign: Path, lessons: Path
) -> None:
    with page_of(browser, address, viewport={"width": 1100, "height": 900}) as page:
        page.set_input_files("glyph-picture input[type=file]", str(sign))
        says(page, "GERUDO\nVILLAGE")
        assert page.inner_text("#english").split() == ["GERUDO", "VILLAGE"]
        keep(page, "read")
        # the lower half alone
        area = page.locator("glyph-picture canvas").bounding_box()
        page.mouse.move(area["x"] + 2, area["y"] + 0.52 * area["height"])
        page.mouse.down()
        page.mouse.move(area["x"] + area["width"] - 2, area["y"] + area["height"] - 2)
        page.mouse.up()
        says(page, "VILLAGE")
        page.get_by_role("button", name="Whole picture").click()
        says(page, "GERUDO\nVILLAGE")
        page.locator("glyph-picture canvas").focus()
        for _ in range(24):  # the upper half, by keys
            page.keyboard.press("Shift+ArrowUp")
            if page.evaluate("(p => p.box[3] < 0.52 * p.canvas.height)(document.querySelector('glyph-picture'))"):
                break
        page.keyboard.press("Enter")
        says(page, "GERUDO")
        page.keyboard.press("Escape")
        says(page, "GERUDO\nVILLAGE")
        # G may be D: choose it
        letter = page.locator(".reading .letter", has_text="G").first
        letter.click()
        assert "G" in page.inner_text(".glyph-menu")
        keep(page, "choose")
        page.locator(".glyph-menu button", has_text="D").click()
        says(page, "DERUDO\nVILLAGE")
        page.locator(".reading .letter").first.click()
        page.keyboard.press("Escape")
        assert page.locator(".glyph-menu").count() == 0
        page.fill(CORRECTED, "GERUDO\nVILLAGE")
        with page.expect_download() as download:
            page.locator("a[data-text]").click()
        assert Path(download.value.path()).read_text() == "GERUDO\nVILLAGE"
        page.click("#lesson")
        page.wait_for_selector("#saved:has-text('Saved: 2')", timeout=30_000)
    crops = FolderSet(lessons / "hylian")
    assert [crop.text for crop in crops] == ["GERUDO", "VILLAGE"]
    assert all(crop.image.shape[0] >= 32 for crop in crops)


def test_every_example_is_read_as_it_is_named() -> None:
    for name, url in example_urls():
        answer = read_picture(picture_of(decoded(url)))
        assert answer.page.text == name.upper()


def test_a_picture_is_pasted(address: str, browser: Any, sign: Path) -> None:
    with page_of(browser, address) as page:
        page.wait_for_selector("glyph-picture input")
        data = base64.b64encode(sign.read_bytes()).decode()
        page.evaluate(
            """async (data) => {
                const blob = await (await fetch("data:image/png;base64," + data)).blob();
                const items = new DataTransfer();
                items.items.add(new File([blob], "pasted.png", {type: "image/png"}));
                document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: items, bubbles: true}));
            }""",
            data,
        )
        says(page, "GERUDO\nVILLAGE")
        assert page.inner_text("#english").split() == ["GERUDO", "VILLAGE"]
        assert page.locator("glyph-picture canvas").is_visible(), "what was pasted is shown"


def test_glyphs_are_drawn_with_the_mouse(address: str, browser: Any) -> None:
    with page_of(browser, address, viewport={"width": 1100, "height": 900}) as page:
        page.get_by_role("tab", name="Draw").click()
        page.wait_for_selector("glyph-pad canvas")
        listens(page)
        before = page.locator("glyph-pad canvas").bounding_box()
        for letter in "AHS":
            draw(page, path_of(letter))
            says(page, letter, "#drawn-text textarea, #drawn-text input")
            assert page.inner_text("#letters h2, #letters .output-class").strip() == letter
            assert page.inner_text("#letters").count("%") == 5
            if letter == "S":
                keep(page, "draw")
            page.click("glyph-pad .glyph-clear")
            page.wait_for_function("!document.querySelector('#letters').innerText.includes('%')")
        for k, letter in enumerate("HAL"):
            draw(page, path_of(letter), at=0.02 + 0.3 * k, size=0.6)
        says(page, "HAL", "#drawn-text textarea, #drawn-text input")
        keep(page, "word")
        for _ in path_of("L")["strokes"]:
            page.click("glyph-pad .glyph-undo")
        says(page, "HA", "#drawn-text textarea, #drawn-text input")
        assert page.locator("glyph-pad canvas").bounding_box() == before, "nothing moves under the pen"


def test_english_is_written(address: str, browser: Any) -> None:
    with page_of(browser, address, viewport={"width": 1100, "height": 900}) as page:
        page.get_by_role("tab", name="Write").click()
        page.fill("#text input, #text textarea", "Kakariko")
        page.keyboard.press("Enter")
        page.wait_for_selector("#written img", timeout=30_000)
        page.wait_for_function("document.querySelector('#written').innerText.includes('KAKARIKO')")
        keep(page, "write")
        assert "/tmp" not in page.content()
        with page.expect_download() as download:
            page.locator("a[download='writing.svg']").click()
        assert Path(download.value.path()).read_text().startswith("<svg")


def test_a_text_file_gets_a_sentence_and_a_phone_fits(address: str, browser: Any, tmp_path: Path, sign: Path) -> None:
    phone: dict[str, Any] = {
        "viewport": {"width": 360, "height": 740},
        "has_touch": True,
        "is_mobile": True,
        "color_scheme": "dark",
    }
    with page_of(browser, address + "/zh/?__theme=dark", **phone) as page:
        page.wait_for_function("document.documentElement.lang === 'zh'")
        (tmp_path / "notes.png").write_text("no picture at all")
        page.set_input_files("glyph-picture input[type=file]", str(tmp_path / "notes.png"))
        page.wait_for_selector("#card [role=alert]", timeout=60_000)
        assert "不是可以读取的图片" in page.inner_text("#card")
        assert "Traceback" not in page.content()
        Image.fromarray(np.full((90, 200, 3), 90, np.uint8)).save(tmp_path / "empty.png")
        page.set_input_files("glyph-picture input[type=file]", str(tmp_path / "empty.png"))
        page.wait_for_function("document.querySelector('#card').innerText.includes('没有找到')")
        page.set_input_files("glyph-picture input[type=file]", str(sign))
        says(page, "GERUDO\nVILLAGE")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        keep(page, "phone")
        for name in ("手写", "教学", "书写"):
            page.get_by_role("tab", name=name).click()
            page.wait_for_function("document.documentElement.scrollWidth <= 360")
            keep(page, f"phone-{name}")


def test_no_other_page_may_show_the_pages_in_a_frame(address: str) -> None:
    for path in ("/", "/zh/"):
        answer = httpx.get(address + path)
        assert answer.status_code == 200
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"


def test_another_script_and_a_bundle_of_ones_own(address: str, browser: Any, hylian: Drawing, sign: Path) -> None:
    with page_of(browser, address, viewport={"width": 1100, "height": 900}) as page:
        page.get_by_role("button", name="Your own model").click()
        page.set_input_files("glyph-file[for=own] input[type=file]", str(WEIGHTS_DIR / "crnn_hylian.safetensors"))
        page.wait_for_function("/hylian \\(/.test(document.querySelector('#script input').value)", timeout=60_000)
        page.set_input_files("glyph-picture input[type=file]", str(sign))
        says(page, "GERUDO\nVILLAGE")
        page.set_input_files("glyph-file[for=own] input[type=file]", str(sign))
        page.wait_for_selector("#own-said [role=alert]")
        assert "bundle" in page.inner_text("#own-said")
        assert page.input_value("#script input").startswith("hylian ("), "what was chosen before stays"
        page.get_by_role("tab", name="Draw").click()
        page.get_by_label("Script").locator("visible=true").click()
        page.get_by_role("option", name="Digits", exact=True).click()
        seven = {"size": [400, 400], "strokes": [[[110, 90], [200, 92], [290, 90], [250, 180], [200, 300]]]}
        draw(page, seven)
        says(page, "7", "#drawn-text textarea, #drawn-text input")
        assert page.inner_text("#letters h2, #letters .output-class").strip() == "7"


def test_lessons_are_listed_and_taken_back(address: str, browser: Any, lessons: Path, hylian: Drawing) -> None:
    from app.lessons import Lessons

    kept = Lessons(lessons)
    kept.save(clean_picture(hylian, ["TARREY"]), "TARREY", "TARREV", "hylian")
    n = len(kept.rows("hylian"))
    with page_of(browser, address, viewport={"width": 1100, "height": 900}) as page:
        page.get_by_role("tab", name="Teach").click()
        page.wait_for_selector("#lessons :text('TARREV') >> visible=true")  # the table has a copy that is not shown
        keep(page, "teach")
        if n < 4:
            page.click("#learn")
            page.wait_for_function("document.querySelector('#learned').innerText.includes('lessons')")
        page.click("#undo-lesson")
        page.wait_for_function("document.querySelector('#learned').innerText.includes('TARREY')")
    assert len(kept.rows("hylian")) == n - 1


def test_two_tabs_at_once_do_not_mix(address: str, browser: Any, hylian: Drawing, tmp_path: Path) -> None:
    words = {}
    for name, text in (("a", "KOROK"), ("b", "STABLE")):
        Image.fromarray(clean_picture(hylian, [text])).save(tmp_path / f"{name}.png")
        words[name] = text
    with page_of(browser, address) as a, page_of(browser, address) as b:
        for _ in range(2):
            for page, name in ((a, "a"), (b, "b")):
                page.set_input_files("glyph-picture input[type=file]", str(tmp_path / f"{name}.png"))
            for page, name in ((a, "a"), (b, "b")):
                says(page, words[name])
        assert [page.inner_text("#english").strip() for page in (a, b)] == [words["a"], words["b"]]


# of every visible text: its contrast to what is behind it, after WCAG 2; those below 4.5 to 1 are returned
FAINT = """() => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const part = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b) + 0.05;
    const behind = (node) => {
        for (; node; node = node.parentElement) {
            const color = numbers(getComputedStyle(node).backgroundColor);
            if (color.length < 4 || color[3] > 0.5) return color;
        }
        return [255, 255, 255];
    };
    const nodes = [...document.querySelectorAll("button, label, span, p, h1, a, summary")];
    return nodes.filter((n) => n.offsetParent && n.textContent.trim() && n.children.length < 2).map((n) => {
        const [a, b] = [light(numbers(getComputedStyle(n).color)), light(behind(n))];
        return [Math.max(a, b) / Math.min(a, b), n.textContent.trim().slice(0, 30)];
    }).filter(([contrast]) => contrast < 4.5);
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_stand_out_from_what_is_behind_them(address: str, browser: Any, theme: str) -> None:
    with page_of(browser, f"{address}/?__theme={theme}", color_scheme=theme) as page:
        for tab in ("Read", "Draw", "Teach", "Write"):
            page.get_by_role("tab", name=tab).click()
            assert found_at_rest(page, FAINT) == [], tab


def test_everything_has_a_name_for_a_screen_reader(address: str, browser: Any) -> None:
    with page_of(browser, address) as page:
        page.wait_for_selector("glyph-picture input")
        for tab in ("Read", "Draw", "Teach", "Write"):
            page.get_by_role("tab", name=tab).click()
            nameless = found_at_rest(
                page,
                """() => [...document.querySelectorAll("button, input, textarea, canvas, a")]
                .filter((e) => e.offsetParent !== null && !e.closest(".away") && e.type !== "hidden")
                .filter((e) => !(e.innerText?.trim() || e.getAttribute("aria-label") || e.title
                    || e.closest("label")?.innerText.trim() || document.querySelector(`label[for="${e.id}"]`)))
                .map((e) => e.outerHTML.slice(0, 160))""",
            )
            assert nameless == [], tab


@pytest.mark.slow
def test_what_was_taught_is_learned(browser: Any, hylian: Drawing, tmp_path: Path) -> None:
    from app.lessons import Lessons

    kept = Lessons(tmp_path / "lessons")
    for text in ("KAKARIKO", "HATENO", "LURELIN", "TARREY TOWN"):
        kept.save(clean_picture(hylian, [text]), text, text, "hylian")
    with demo(tmp_path / "lessons") as address, page_of(browser, address) as page:
        page.get_by_role("tab", name="Teach").click()
        listens(page)
        page.click("#learn")
        page.wait_for_function("/before|better/.test(document.querySelector('#learned').innerText)", timeout=300_000)
        keep(page, "learned")
        assert "%" in page.inner_text("#learned")
    assert len(kept.rows("hylian")) == 4, "learning takes no lesson away"


def test_a_taken_port_is_named() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as door:
        command = [sys.executable, "-m", "app", "demo", "--no-browser", "--port", str(door.getsockname()[1])]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--port" in done.stderr
