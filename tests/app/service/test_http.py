"""The HTTP interface: answers, errors with a code, limits; the README's examples; fuzzing."""

import base64
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import schemathesis
from fastapi.testclient import TestClient
from PIL import Image

from app import answers
from app.bodies import GlyphBody, GlyphForm, ReadBody, ReadForm, WriteBody
from app.lessons import Lessons
from app.registry import READERS
from app.service.http import make_service
from glyphgen.shapes.pen import Drawing
from recognizers import bundle, bundle_file
from tests.app.browser import ROOT, demo
from tests.conftest import clean_picture, tiny
from tests.recognizers.test_mouse import PATHS, canvas


def png(picture: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def base64_of(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(make_service(), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def sign() -> bytes:
    from glyphgen.shapes.pen import load_drawing

    return png(clean_picture(load_drawing("hylian"), ["GERUDO", "VILLAGE"]))


def test_a_picture_is_read_as_base64_as_a_data_url_and_as_a_file(client: TestClient, sign: bytes) -> None:
    given = [
        client.post("/api/v1/read", json={"image": base64_of(sign)}),
        client.post(
            "/api/v1/read",
            json={"image": "data:image/png;base64," + base64_of(sign), "script": "hylian", "pictures": True},
        ),
        client.post("/api/v1/read", files={"image": ("sign.png", sign)}, data={"script": "hylian"}),
    ]
    for answer in given:
        assert answer.status_code == 200
        assert answer.json()["text"] == "GERUDO\nVILLAGE"
        assert 0.5 < answer.json()["confidence"] <= 1
        assert len(answer.json()["lines"]) == 2
    assert [len(picture) > 100 for picture in given[1].json()["seen"]] == [True, True]
    shown, own = (answers.picture_of(raw).shape for raw in (answers.decoded(given[1].json()["annotated"]), sign))
    assert shown[1] == 700, "a small picture is shown larger, so that the letters have room"
    assert abs(shown[0] / shown[1] - own[0] / own[1]) < 0.01


def test_glyphs_and_words_that_were_drawn(client: TestClient) -> None:
    drawing = next(d for d in PATHS if (d["letter"], d["manner"]) == ("A", "slow"))
    raw = png(canvas(drawing, 14))
    for is_drawing in (True, False):
        answer = client.post("/api/v1/glyph", json={"image": base64_of(raw), "is_drawing": is_drawing}).json()
        assert answer["letter"] == "A"
        assert len(answer["letters"]) == 5
        assert answers.picture_of(answers.decoded(answer["seen"])).shape == (28, 28, 3)
    word = np.hstack([canvas(next(d for d in PATHS if (d["letter"], d["manner"]) == (c, "slow")), 14) for c in "HAL"])
    assert (
        client.post("/api/v1/glyph", json={"image": base64_of(png(word)), "is_drawing": True}).json()["word"] == "HAL"
    )


def test_what_is_written_is_read_again(client: TestClient) -> None:
    made = client.post("/api/v1/write", json={"text": "Korok Forest", "look": "shadow", "seed": 4}).json()
    assert client.post("/api/v1/read", json={"image": made["image"]}).json()["text"] == "KOROK FOREST"


def small(width: int, height: int) -> str:
    return base64_of(png(np.zeros((height, width, 3), np.uint8)))


@pytest.mark.parametrize(
    ("path", "given", "status", "code"),
    [
        ("read", {"json": {"image": "%%%"}}, 400, "bad_base64"),
        ("read", {"json": {"image": ""}}, 400, "empty_picture"),
        ("read", {"files": {"image": ("a.png", b"")}}, 400, "empty_picture"),
        ("read", {"json": {"image": base64_of(b"a text, no picture")}}, 415, "not_a_picture"),
        ("read", {"json": {"image": small(3, 3)}}, 400, "bad_picture"),
        ("read", {"json": {"image": small(40, 20), "script": "klingon"}}, 422, "unknown_script"),
        ("read", {"json": {"image": small(40, 20), "sript": "hylian"}}, 422, "bad_field"),
        ("read", {"json": {"image": 7}}, 422, "bad_field"),
        ("read", {"json": {}}, 422, "bad_field"),
        ("read", {"json": [1]}, 400, "bad_json"),
        ("read", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 400, "bad_json"),
        ("read", {"content": b"x", "headers": {"Content-Type": "text/plain"}}, 400, "bad_content_type"),
        ("read", {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=q"}}, 400, "bad_form"),
        (
            "read",
            {"json": {"image": small(30, 20)}, "headers": {"Origin": "http://elsewhere.example"}},
            403,
            "other_site",
        ),
        ("read", {"json": {"image": small(30, 20)}, "headers": {"Origin": "http://["}}, 403, "other_site"),
        ("read", {"json": {"image": small(30, 20)}, "headers": {"Host": "elsewhere.example:7860"}}, 403, "other_site"),
        ("glyph", {"json": {"image": small(8, 9000), "is_drawing": True}}, 400, "bad_picture"),
        ("read", {"json": {"image": small(31_000, 300)}}, 400, "bad_picture"),
        ("glyph", {"json": {"image": small(40, 20), "script": "chinese"}}, 422, "no_glyphs"),
        ("write", {"json": {"text": "ζ"}}, 422, "bad_text"),
        ("write", {"json": {"text": "A", "seed": -1}}, 422, "bad_field"),
        ("nothing", {"json": {}}, 404, "not_found"),
    ],
)
def test_what_is_wrong_is_said_with_a_code(
    client: TestClient, path: str, given: dict[str, Any], status: int, code: str
) -> None:
    answer = client.post(f"/api/v1/{path}", **given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert len(answer.json()["error"]["message"]) > 10
    assert str(ROOT) not in answer.text


def test_another_method_and_address_are_refused_with_a_code(client: TestClient) -> None:
    for method, path, allowed in (("GET", "read", "POST"), ("DELETE", "write", "POST"), ("POST", "scripts", "GET")):
        answer = client.request(method, f"/api/v1/{path}")
        assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
        message = f"{method} is not for this address; it takes {allowed}"
        assert answer.json()["error"] == {"code": "bad_method", "message": message}
    assert client.get("/api/v1/nothing").json()["error"]["code"] == "not_found"


def test_no_other_page_may_frame_what_is_answered(client: TestClient) -> None:
    answers = [
        client.get("/api/v1/scripts"),
        client.get("/api/v1/nothing"),
        client.get("/api/v1/scripts", headers={"Host": "evil.example"}),
        client.post("/api/v1/read", json={"image": ""}),
    ]
    assert [answer.status_code for answer in answers[:3]] == [200, 404, 403]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'", answer.url
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_what_is_no_picture_is_called_a_file(client: TestClient) -> None:
    error = client.post("/api/v1/read", json={"image": base64_of(b"a text")}).json()["error"]
    assert error["message"].startswith("the file is not a picture (")


def test_base64_with_line_breaks_is_fine(client: TestClient, sign: bytes) -> None:
    answer = client.post("/api/v1/read", json={"image": base64.encodebytes(sign).decode()})
    assert answer.json()["text"] == "GERUDO\nVILLAGE"


def test_what_is_too_large_is_refused(client: TestClient, sign: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.service.middleware.MAX_BODY", 26_000_000)

    def stream() -> Iterator[bytes]:  # whose length no header tells
        for _ in range(50):
            yield b"x" * 1_000_000

    answer = client.post("/api/v1/read", content=stream(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    answer = client.post("/api/v1/read", files={"image": ("large.png", b"x" * 50_000_000)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    huge = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(huge, "PNG")
    answer = client.post("/api/v1/read", json={"image": base64_of(huge.getvalue())})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_many_pixels")


def test_no_more_is_held_at_once_than_there_is_room_for(
    client: TestClient, sign: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.service.middleware._MOST_BYTES_AT_ONCE", 1000)
    answer = client.post("/api/v1/read", json={"image": base64_of(sign)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "busy")
    monkeypatch.undo()
    assert client.post("/api/v1/read", json={"image": base64_of(sign)}).status_code == 200


def test_cut_and_mangled_pictures_are_refused_not_crashed_on(client: TestClient, sign: bytes) -> None:
    rng = np.random.default_rng(0)
    for k in range(30):
        raw = bytearray(sign)
        if k % 2:
            raw = raw[: int(rng.integers(8, len(raw)))]
        for at in rng.integers(8, len(raw), 4):
            raw[at] = int(rng.integers(256))
        assert client.post("/api/v1/read", json={"image": base64_of(bytes(raw))}).status_code in (200, 400, 415)


def test_pictures_of_odd_shapes_and_kinds_are_answered_or_refused(client: TestClient, sign: bytes) -> None:
    rng = np.random.default_rng(1)
    for k in range(24):
        width, height = (int(v) for v in np.exp(rng.uniform(0, np.log(600), 2)).round())
        mode = ["RGB", "RGBA", "L", "LA", "1", "P", "I;16", "CMYK"][k % 8]
        picture = Image.fromarray(rng.integers(0, 255, (height, width, 3)).astype(np.uint8)).convert(
            "L" if mode == "I;16" else mode
        )
        buffer = io.BytesIO()
        picture.save(buffer, "TIFF" if mode == "CMYK" else "PNG")
        for path, more in (("read", {}), ("glyph", {}), ("glyph", {"is_drawing": True})):
            answer = client.post(f"/api/v1/{path}", json={"image": base64_of(buffer.getvalue()), **more})
            assert answer.status_code in (200, 400), (mode, width, height, answer.text)


def test_nothing_is_uploaded_to_files_and_no_path_is_told(tmp_path: Path, sign: bytes) -> None:
    with demo(tmp_path / "lessons") as address, httpx.Client(base_url=address) as client:
        answer = client.post("/gradio_api/upload", files={"files": ("sign.png", sign)})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        config = client.get("/config").text
        assert str(ROOT) not in config
        assert str(tmp_path) not in config
        assert "<html" in client.get("/zh/").text
        assert client.get("/api/v1/nothing").json()["error"]["code"] == "not_found"
        assert client.get("/api/v1/read").json()["error"]["code"] == "bad_method"
        answer = client.post("/gradio_api/queue/join", json={"data": [], "fn_index": 9999, "session_hash": "x"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "failed")
        assert answer.headers["connection"] == "close", "the server closes it, and resets what is sent there next"
        assert client.get("/openapi.json").status_code == 404


def test_after_a_failure_the_client_is_told_to_connect_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.service.http.answer_read", lambda *_, **__: 1 / 0)
    with TestClient(make_service(), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        answer = client.post("/api/v1/read", json={"image": small(40, 20)})
    assert (answer.status_code, answer.json()["error"]["code"], answer.headers["connection"]) == (
        500,
        "failed",
        "close",
    )


def test_what_was_learned_is_there_after_a_restart(tmp_path: Path, sign: bytes) -> None:
    lessons = Lessons(tmp_path / "lessons")
    lessons.save(np.asarray(Image.open(io.BytesIO(sign))), "GERUDO", "", "hylian")
    learned = lessons.root / "readers/hylian-20260101-000000-1.safetensors"
    learned.parent.mkdir()
    learned.write_bytes(bundle_file.find("crnn_hylian").read_bytes())
    with demo(lessons.root) as address, httpx.Client(base_url=address, timeout=60) as client:
        assert learned.stem in client.get("/api/v1/scripts").json()["read"]
        answer = client.post("/api/v1/read", json={"image": base64_of(sign), "script": learned.stem})
        assert answer.json()["text"] == "GERUDO\nVILLAGE"
        kept = zipfile.ZipFile(io.BytesIO(client.get(f"/api/v1/lessons/{learned.stem}.zip").content)).namelist()
        assert "labels.tsv" in kept
        assert len(kept) == 2


def test_lessons_come_as_a_zip(tmp_path: Path, hylian: Drawing) -> None:
    lessons = Lessons(tmp_path)
    lessons.save(clean_picture(hylian, ["KOROK"]), "korok", "KOROK", "hylian")
    with TestClient(make_service(lessons), base_url="http://127.0.0.1") as client:
        assert client.get("/api/v1/lessons/hylian.zip").content[:2] == b"PK"
        assert client.get("/api/v1/lessons/..%2f..%2fetc.zip").status_code == 404


def random_picture(seed: int, is_text: bool) -> Any:
    """A small picture of some kind, now and then with a few bytes changed: what random strings never are."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 90, 2).tolist()
    picture = Image.fromarray(rng.integers(0, 255, (height, width, 3)).astype(np.uint8)).convert(
        ["RGB", "L", "RGBA", "P"][seed % 4]
    )
    buffer = io.BytesIO()
    picture.save(buffer, ["PNG", "GIF", "TIFF", "WEBP"][seed // 2 % 4])
    raw = bytearray(buffer.getvalue())
    if seed % 3 == 0:
        raw[int(rng.integers(len(raw)))] ^= 255
    return base64_of(bytes(raw)) if is_text else bytes(raw)


def _fuzz(n: int) -> None:
    """Send what the schema allows and what it does not; a 500 fails."""
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", make_service(), headers={"Host": "127.0.0.1"})
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) == 4
    for operation in operations:
        _send(operation, is_right=True, n=n // 8)
        if operation.method.upper() == "POST":  # there is no wrong way to ask for the list
            _send(operation, is_right=False, n=n // 8)


def _send(operation: Any, is_right: bool, n: int) -> None:
    """Send n requests that the schema allows, or n that it does not."""
    from hypothesis import HealthCheck, Phase, given, settings

    mode = schemathesis.GenerationMode.POSITIVE if is_right else schemathesis.GenerationMode.NEGATIVE

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=max(1, n),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def send(case: Any) -> None:
        takes_picture = isinstance(case.body, dict) and isinstance(case.body.get("image"), (str, bytes))
        if takes_picture and (is_right or len(sent) % 2):
            case.body["image"] = random_picture(len(sent), is_text=isinstance(case.body["image"], str))
        answer = case.call(headers={**(case.headers or {}), "Host": "127.0.0.1"})
        sent.append(answer.status_code)
        assert answer.status_code < 500, (answer.status_code, answer.text, case)
        if answer.status_code >= 400:
            error = json.loads(answer.content)["error"]
            assert set(error) == {"code", "message"}
            if is_right:  # what the description allows has no field of a wrong name or type
                assert error["code"] not in ("bad_json", "bad_content_type", "bad_form"), (answer.text, case)
                assert "there is no field" not in error["message"], (answer.text, case)

    send()


sent: list[int] = []


def test_fuzzing_finds_no_500() -> None:
    sent.clear()
    _fuzz(160)
    assert len(sent) > 60
    assert sent.count(200) >= 15, "some are answered"


@pytest.mark.slow
def test_fuzzing_for_long_finds_no_500() -> None:
    sent.clear()
    _fuzz(3200)
    assert len(sent) >= 2000


def test_the_documentation_tells_programs_what_works(tmp_path: Path, sign: bytes) -> None:
    text = (ROOT / "docs/http.md").read_text(encoding="utf-8")
    examples = re.search(r"<!-- api: begin[^>]*-->(.*?)<!-- api: end -->", text, re.S)
    assert examples
    shell = re.findall(r"```sh\n(.*?)```", examples[1], re.S)
    python = re.findall(r"```python\n(.*?)```", examples[1], re.S)
    assert shell
    assert python
    (tmp_path / "sign.png").write_bytes(sign)
    drawing = next(d for d in PATHS if (d["letter"], d["manner"]) == ("A", "slow"))
    (tmp_path / "drawing.png").write_bytes(png(canvas(drawing, 14)))
    with demo(tmp_path / "lessons") as address:
        for command in [line for block in shell for line in block.splitlines()]:
            done = subprocess.run(
                ["bash", "-ec", command.replace("http://127.0.0.1:7860", address)],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert any(part in done.stdout for part in ('"GERUDO', '"letters"', '"svg"', '"read"', '"openapi"'))
            assert not done.stdout.startswith('{"error"')
        for program in python:
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", program.replace("http://127.0.0.1:7860", address)],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert "GERUDO" in done.stdout


def test_the_description_names_the_scripts_there_are_now(tmp_path: Path, hylian: Drawing) -> None:
    def named(path: str) -> list[str]:
        body = service.openapi()["paths"][f"/api/v1/{path}"]["post"]["requestBody"]["content"]["application/json"]
        return list(body["schema"]["properties"]["script"]["enum"])

    service = make_service()
    assert "hylian" in named("read")
    bundle.save(tiny(hylian.script, "cnn"), tmp_path / "later.safetensors", {})
    bundle.save(tiny(hylian.script), tmp_path / "later-lines.safetensors", {})
    later, lines = READERS.offer(tmp_path / "later.safetensors"), READERS.offer(tmp_path / "later-lines.safetensors")
    assert {later, lines} <= set(named("read"))
    assert later in named("glyph")
    assert lines not in named("glyph")


def test_the_description_is_made_of_what_checks_requests(client: TestClient) -> None:
    """A field that is described is accepted, with its default; one that is not is refused."""
    described = client.get("/api/v1/openapi.json").json()
    for path, bodies in (("read", (ReadBody, ReadForm)), ("glyph", (GlyphBody, GlyphForm)), ("write", (WriteBody,))):
        operation = described["paths"][f"/api/v1/{path}"]["post"]
        for content, model in zip(operation["requestBody"]["content"].values(), bodies, strict=True):
            assert set(content["schema"]["properties"]) == set(model.model_fields)
            assert content["schema"]["additionalProperties"] is False
        assert operation["responses"]["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorAnswer")
    shares = described["paths"]["/api/v1/write"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert shares["properties"]["degradation"]["maximum"] == 1
    answer = client.post("/api/v1/write", json={"text": "A", "degradation": 1.5})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_field")
    assert "'degradation'" in answer.json()["error"]["message"]


@pytest.mark.parametrize("value", ["true", 1, None, "yes"])
def test_a_claim_is_true_or_false(client: TestClient, value: Any) -> None:
    answer = client.post("/api/v1/read", json={"image": small(40, 20), "pictures": value})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_field")


def test_a_form_spells_claims_out(client: TestClient, sign: bytes) -> None:
    files = {"image": ("sign.png", sign)}
    assert "seen" in client.post("/api/v1/read", files=files, data={"pictures": "true"}).json()
    assert "seen" not in client.post("/api/v1/read", files=files, data={"pictures": "false"}).json()
    answer = client.post("/api/v1/read", files=files, data={"pictures": "yes"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_field")
    assert client.post("/api/v1/read", files={"a": ("x", b"x")}).json()["error"]["code"] == "bad_field"


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "[::1]:7860", "LOCALHOST:80"])
def test_every_name_of_this_machine_is_answered_to(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/scripts", headers={"Host": host}).status_code == 200
    assert client.get("/api/v1/scripts", headers={"Host": f"x{host}"}).status_code == 403
