"""Take the pictures of a comparison in a browser: `python docs/make_compare_pictures.py PAGE.html DATA [--out DIR]`.

PAGE.html is what `python -m experiments.compare RUNS --html PAGE.html` wrote; compare.png shows what it begins with,
and compare-pictures.png on which pictures of the set DATA the first two runs disagree.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

_WIDTH_PX, _TOP_PX, _MOST_PX = 1100, 1000, 760


def take(page: Page, path: Path, top: float, height: float) -> None:
    """Save a strip of a page, `height` px from `top`."""
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": top, "width": _WIDTH_PX, "height": height})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("data", help="name of a data set, such as synthetic")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "pictures")
    parser.add_argument("--browser", help="the browser's file, where Playwright has none of its own")
    given = parser.parse_args()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=given.browser, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": _WIDTH_PX, "height": _TOP_PX})
        page.goto(given.page.absolute().as_uri())
        page.wait_for_timeout(1500)  # until the plots are drawn
        take(page, given.out / "compare.png", 0, _TOP_PX)
        title = page.locator("h3").filter(has_text=f"{given.data}:").first
        start = title.bounding_box()
        assert start is not None, f"nothing of {given.data} is compared picture by picture"
        take(page, given.out / "compare-pictures.png", start["y"] - 10, _MOST_PX)
        browser.close()


if __name__ == "__main__":
    main()
