"""Many users at once, and many readings after each other, on this machine."""

import base64
import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
from PIL import Image

from app.concurrency import BusyError, ReadingLimiter
from glyphgen.shapes.pen import Drawing
from tests.app.browser import demo, page_of
from tests.conftest import clean_picture
from tests.recognizers.test_mouse import PATHS, canvas

WORDS = ["KOROK", "STABLE", "GERUDO", "HATENO", "LURELIN"]


def crops(hylian: Drawing) -> dict[str, str]:
    """Pictures of 400×200 with a word each, as base64."""
    made = {}
    for word in WORDS:
        picture = Image.fromarray(clean_picture(hylian, [word]))
        scale = min(360 / picture.width, 160 / picture.height)
        picture = picture.resize(
            (round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS
        )
        sheet = Image.new("RGB", (400, 200), picture.getpixel((0, 0)))
        sheet.paste(picture, (20, 20))
        buffer = io.BytesIO()
        sheet.save(buffer, "PNG")
        made[word] = base64.b64encode(buffer.getvalue()).decode()
    return made


def _visit(address: str, pictures: dict[str, str], user: int, end: float) -> list[tuple[float, bool]]:
    """One user, who waits a moment between two readings; returns seconds and whether the answer was right."""
    rng, seen = np.random.default_rng(user), []
    with httpx.Client(timeout=60) as client:
        while time.monotonic() < end:
            word = WORDS[int(rng.integers(len(WORDS)))]
            start = time.monotonic()
            answer = client.post(f"{address}/api/v1/read", json={"image": pictures[word]})
            seen.append((time.monotonic() - start, answer.status_code == 200 and answer.json()["text"] == word))
            time.sleep(float(rng.uniform(0, 0.5)))
    return seen


def visited(address: str, pictures: dict[str, str], n_users: int, seconds: float) -> list[tuple[float, bool]]:
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(n_users) as pool:
        return [
            one for seen in pool.map(lambda user: _visit(address, pictures, user, end), range(n_users)) for one in seen
        ]


def report(seen: list[tuple[float, bool]]) -> dict[str, Any]:
    waits = np.array([wait for wait, _ in seen])
    return {
        "n": len(seen),
        "wrong": sum(not right for _, right in seen),
        "p50": np.percentile(waits, 50),
        "p95": np.percentile(waits, 95),
    }


def test_twenty_users_at_once_get_right_answers(hylian: Drawing, tmp_path: Path) -> None:
    with demo(tmp_path) as address:
        found = report(visited(address, crops(hylian), 20, 4))
    assert found["n"] >= 20
    assert found["wrong"] == 0


@pytest.mark.slow
def test_twenty_users_for_a_minute_wait_less_than_three_seconds_and_memory_stays(
    hylian: Drawing, tmp_path: Path
) -> None:
    pictures = crops(hylian)
    with demo(tmp_path) as address:
        port = int(address.rpartition(":")[2])
        server = next(
            p
            for p in psutil.process_iter()
            if any(c.laddr.port == port and c.status == "LISTEN" for c in _connections(p))
        )
        visited(address, pictures, 20, 5)
        before = server.memory_info().rss
        found = report(visited(address, pictures, 20, 60))
        print(found)
        n = found["n"]
        while n < 2000:
            n += len(visited(address, pictures, 4, 10))
        after = server.memory_info().rss
        print(f"memory {before / 1e6:.0f} MB, after {n} readings {after / 1e6:.0f} MB")
    assert found["wrong"] == 0
    assert found["p95"] <= 3
    assert abs(after / before - 1) <= 0.1


def _connections(process: Any) -> list[Any]:
    try:
        return list(process.net_connections("tcp"))
    except psutil.Error:
        return []


def test_a_limiter_lets_so_many_in_and_turns_the_rest_away() -> None:
    limiter, entered, leave = ReadingLimiter(1, 1, 0.2), threading.Event(), threading.Event()

    def hold() -> None:
        with limiter:
            entered.set()
            leave.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait(10)
    with pytest.raises(BusyError, match="half a minute"), limiter:
        pass

    def wait() -> None:
        with limiter, limiter:  # who is in may enter again
            pass

    waiter = threading.Thread(target=wait)
    limiter.wait_s = 10
    waiter.start()
    end = time.monotonic() + 10
    while time.monotonic() < end:  # until the waiter stands in line, there is room for one to wait, in vain
        limiter.wait_s = 0.01
        try:
            with limiter:
                pass
        except BusyError as error:
            if "too many" in str(error):
                break
    else:
        pytest.fail("the line never filled")
    leave.set()
    waiter.join(10)
    holder.join(10)
    with limiter:
        pass


@pytest.mark.slow
def test_how_long_a_person_waits(hylian: Drawing, tmp_path: Path, browser: Any) -> None:
    """Prints seconds from the command to the first reading on the page, and of the server for a drawn glyph; run it
    alone.
    """
    (tmp_path / "sign.png").write_bytes(base64.b64decode(crops(hylian)["KOROK"]))
    start = time.monotonic()
    with demo(tmp_path / "lessons") as address:
        ready = time.monotonic() - start
        with page_of(browser, address) as page:
            page.set_input_files("glyph-picture input[type=file]", str(tmp_path / "sign.png"))
            page.wait_for_function("document.querySelector('#corrected textarea')?.value === 'KOROK'", timeout=60_000)
            first = time.monotonic() - start
        drawing, waits = next(d for d in PATHS if d["letter"] == "A"), []
        buffer = io.BytesIO()
        Image.fromarray(canvas(drawing, 14)).save(buffer, "PNG")
        given = {"image": base64.b64encode(buffer.getvalue()).decode(), "is_drawing": True}
        for _ in range(40):
            start = time.monotonic()
            assert httpx.post(f"{address}/api/v1/glyph", json=given).json()["letter"] == "A"
            waits.append(time.monotonic() - start)
    print(
        f"ready after {ready:.1f} s, first reading after {first:.1f} s; a drawn glyph "
        f"{1000 * np.percentile(waits, 95):.0f} ms (p95 of 40)"
    )
    assert first <= 10, "asked for on two cores, alone"
    assert np.percentile(waits, 95) <= 0.15
