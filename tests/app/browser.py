"""A real browser for tests: Debian's Chromium, driven by Playwright; screenshots are kept where
GLYPH_ARTIFACTS says.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARTIFACTS = os.environ.get("GLYPH_ARTIFACTS")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
]


def need_browser() -> None:
    """Skip where there is no browser; fail where there must be one."""
    if CHROMIUM is None:
        if os.environ.get("GLYPH_NEEDS_BROWSER"):
            pytest.fail("no browser: apt-get install chromium")
        pytest.skip("no browser here (Debian: apt-get install chromium)")


@contextmanager
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    need_browser()
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@contextmanager
def page_of(browser: Any, address: str, **options: Any) -> Iterator[Any]:
    """A page on which no script may fail."""
    context = browser.new_context(**options)
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    # Gradio puts the page together from scripts; a click or a file that comes before it listens may be lost
    page.goto(address, wait_until="networkidle")
    yield page
    context.close()
    assert failures == []


@contextmanager
def demo(lessons: Path, *arguments: str) -> Iterator[str]:
    """The demo as its users start it; gives its address."""
    command = [sys.executable, "-m", "app", "demo", "--no-browser", "--lessons", str(lessons), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        said = []
        for line in server.stderr:
            said.append(line)
            if line.startswith("open "):
                break
        else:
            pytest.fail("the demo did not start: " + "".join(said))
        try:
            yield line.split()[1]
        finally:
            server.terminate()
            server.wait(30)


def keep(page: Any, name: str) -> None:
    """Keep a screenshot to look at, if anybody wants to."""
    if ARTIFACTS:
        Path(ARTIFACTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(ARTIFACTS) / f"{name}.png"), full_page=True)


def draw(page: Any, drawing: dict[str, Any], at: float = 0.25, size: float = 1.0) -> None:
    """Draw strokes on the pad with the mouse, `at` a share of its width, at a share of its height."""
    page.locator("glyph-pad canvas").scroll_into_view_if_needed()
    area = page.locator("glyph-pad canvas").bounding_box()
    scale = size * area["height"] / drawing["size"][1]
    for stroke in drawing["strokes"]:
        points = [(area["x"] + at * area["width"] + x * scale, area["y"] + y * scale) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()
