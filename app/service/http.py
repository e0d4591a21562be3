"""The app's functions for programs: plain HTTP with JSON under /api/v1, described by /api/v1/openapi.json.

A picture comes as base64 (or a data URL) in JSON, or as a file of a form. What cannot be answered gets a JSON error
with a code and a sentence, never a stack, never a path of this machine. Nothing that is sent is kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from app.answers import data_url, decoded, picture_of, read_drawing, read_glyph, read_picture
from app.concurrency import GATE, BusyError
from app.errors import AnswerError
from app.lessons import Lessons
from app.registry import READERS
from app.service.middleware import BODY_S, MAX_BODY, ROOT, Limits, error_answer, failed, too_large
from app.writing import MOST_LETTERS, MOST_SEED, STYLES, Writing, write_svg, write_text
from recognizers.bundle import BundleError

_STATUS = {
    "too_large": 413,
    "too_many_pixels": 413,
    "not_a_picture": 415,
    "unknown_script": 422,
    "no_glyphs": 422,
    "bad_text": 422,
    "bad_field": 422,
}
_LOG = logging.getLogger("app")

_PICTURE = {
    "type": "string",
    "minLength": 1,
    "description": "the picture as base64, or as a data URL; PNG, JPEG, WebP, AVIF, GIF, TIFF and others",
}
_SCRIPT = {"type": "string", "default": "hylian"}  # which there are: see _name_scripts
_COLOR = {"type": "string", "description": "a color of CSS, such as #20242c"}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1, "default": 0}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}


def _described(summary: str, fields: dict[str, Any], required: list[str], has_form: bool) -> dict[str, Any]:
    schema = {"type": "object", "required": required, "properties": fields, "additionalProperties": False}
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if has_form:
        form = {**fields, "image": {"type": "string", "format": "binary"}}
        content["multipart/form-data"] = {"schema": {**schema, "properties": form}}
    error = {"description": "an error with a code and a sentence", "content": {"application/json": {"schema": _ERROR}}}
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": content},
        "responses": {
            "200": {"description": "the answer", "content": {"application/json": {"schema": {"type": "object"}}}},
            **{str(code): error for code in (400, 403, 408, 413, 415, 422, 503)},
        },
    }


def make_service(lessons: Lessons | None = None) -> FastAPI:
    """Return the HTTP interface alone; the page is mounted on it."""
    service = FastAPI(
        title="Glyph toolkit",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{ROOT}/openapi.json",
        description="Reads Hylian and other scripts in pictures.",
    )
    service.add_middleware(Limits)
    service.add_exception_handler(AnswerError, _on_answer_error)  # type: ignore[arg-type]
    service.add_exception_handler(
        BusyError, lambda _, error: error_answer("busy", str(error), 503, {"Retry-After": "5"})
    )
    service.add_exception_handler(HTTPException, _on_http_error)  # type: ignore[arg-type]
    service.add_exception_handler(
        RequestValidationError, lambda _, error: error_answer("bad_field", "a field has the wrong form", 422)
    )
    service.add_exception_handler(Exception, _on_failure)
    image = {"image": _PICTURE}

    @service.get(f"{ROOT}/scripts", summary="What can be read: lines, and single glyphs")
    def scripts() -> dict[str, Any]:
        return {"read": READERS.names(), "glyph": READERS.names(of_glyphs=True)}

    @service.post(
        f"{ROOT}/read",
        openapi_extra=_described(
            "Read a picture with any number of lines",
            {
                **image,
                "script": _SCRIPT,
                "pictures": {"type": "boolean", "default": False, "description": "with boxes, and as seen"},
            },
            ["image"],
            has_form=True,
        ),
    )
    async def read(request: Request) -> Response:
        return await _answered(request, answer_read)

    @service.post(
        f"{ROOT}/glyph",
        openapi_extra=_described(
            "Read a picture of one glyph; or a drawing, on which several may stand in a row",
            {**image, "script": _SCRIPT, "is_drawing": {"type": "boolean", "default": False}},
            ["image"],
            has_form=True,
        ),
    )
    async def glyph(request: Request) -> Response:
        return await _answered(request, answer_glyph)

    @service.post(
        f"{ROOT}/write",
        openapi_extra=_described(
            "Write a text in Hylian",
            {
                "text": {"type": "string", "minLength": 1, "maxLength": MOST_LETTERS},
                "look": {"type": "string", "enum": list(STYLES), "default": "plain"},
                "ink": _COLOR,
                "paper": _COLOR,
                "material": _SHARE,
                "degradation": _SHARE,
                "slant": _SHARE,
                "perspective": _SHARE,
                "seed": {"type": "integer", "minimum": 0, "maximum": MOST_SEED, "default": 0},
            },
            ["text"],
            has_form=False,
        ),
    )
    async def write(request: Request) -> Response:
        return await _answered(request, answer_write)

    @service.get(f"{ROOT}/lessons/{{script}}.zip", include_in_schema=False)
    def lessons_zip(script: str) -> Response:
        if lessons is None or script not in READERS.names():
            raise HTTPException(404)
        name = f'attachment; filename="{lessons.folder(script).name}.zip"'
        return Response(lessons.as_zip(script), media_type="application/zip", headers={"Content-Disposition": name})

    for method in (
        "GET",
        "POST",
        "PUT",
        "DELETE",
        "PATCH",
        "HEAD",
        "OPTIONS",
    ):  # before the page, which answers to all that is left
        for path in (ROOT, ROOT + "/{rest:path}"):
            service.add_api_route(path, _no_such_address, methods=[method], include_in_schema=False)
    describe = service.openapi
    service.openapi = lambda: _name_scripts(describe())  # type: ignore[method-assign]
    return service


def _name_scripts(description: dict[str, Any]) -> dict[str, Any]:
    """Say in the description which scripts there are now: bundles are offered, uploaded and learned
    while the app runs.
    """
    for path, of_glyphs in (("read", False), ("glyph", True)):
        for content in description["paths"][f"{ROOT}/{path}"]["post"]["requestBody"]["content"].values():
            content["schema"]["properties"]["script"] = {**_SCRIPT, "enum": READERS.names(of_glyphs)}
    return description


async def _no_such_address(request: Request, rest: str = "") -> Response:
    raise HTTPException(405 if rest in ("read", "glyph", "write", "scripts", "openapi.json") else 404)


async def _answered(request: Request, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> Response:
    fields = await _fields(request)

    def waited() -> dict[str, Any]:
        with GATE:  # pictures are decoded within it too, for that takes memory
            return answer(fields)

    return JSONResponse(await run_in_threadpool(waited))


async def _fields(request: Request) -> dict[str, Any]:
    """Return the fields of a JSON body or of a form; a picture as bytes. Raises AnswerError."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "multipart/form-data":
        try:
            form = await request.form(max_files=1, max_fields=8, max_part_size=MAX_BODY)
        except (MultiPartException, HTTPException, KeyError, ValueError) as error:
            if isinstance(error, HTTPException) and error.status_code in (408, 413):
                raise
            raise AnswerError("bad_form", "the form cannot be read") from error
        fields: dict[str, Any] = {}
        for key, value in form.items():
            fields[key] = value if isinstance(value, str) else await value.read()
        await form.close()
        for key in ("pictures", "is_drawing"):
            if fields.get(key) in ("true", "false"):
                fields[key] = fields[key] == "true"
    elif kind == "application/json":
        try:
            fields = json.loads(await request.body())
        except (ValueError, RecursionError) as error:
            raise AnswerError("bad_json", "the body is not valid JSON") from error
        if not isinstance(fields, dict):
            raise AnswerError("bad_json", "the body is not a JSON object")
    else:
        raise AnswerError(
            "bad_content_type", 'send JSON ("Content-Type: application/json") or a form ("multipart/form-data")'
        )
    return fields


def _take(fields: dict[str, Any], **kinds: tuple[type | tuple[type, ...], Any]) -> list[Any]:
    """Return the values of fields in the order of `kinds`, name=(type, default); None as the default: it
    must be there.
    """
    unknown = sorted(set(fields) - set(kinds))
    if unknown:
        raise AnswerError("bad_field", f"there is no field {unknown[0][:40]!r}; there are {', '.join(kinds)}")
    values = []
    for name, (kind, default) in kinds.items():
        value = fields.get(name, default)
        if value is None:
            raise AnswerError(
                "bad_field", f"the field {name!r} is missing" if name not in fields else f"the field {name!r} is null"
            )
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise AnswerError("bad_field", f"the field {name!r} has the wrong type")
        values.append(value)
    return values


def _picture(value: str | bytes) -> Any:
    return picture_of(decoded(value) if isinstance(value, str) else value)


def answer_read(fields: dict[str, Any]) -> dict[str, Any]:
    image, script, with_pictures = _take(
        fields, image=((str, bytes), None), script=(str, "hylian"), pictures=(bool, False)
    )
    answer = read_picture(_picture(image), script)
    data = {**answer.page.to_dict(), "script": script, "confidence": round(answer.confidence, 4)}
    if with_pictures:
        data |= {"annotated": data_url(answer.annotated), "seen": [data_url(one) for one in answer.seen]}
    return data


def answer_glyph(fields: dict[str, Any]) -> dict[str, Any]:
    image, script, is_drawing = _take(
        fields, image=((str, bytes), None), script=(str, "hylian"), is_drawing=(bool, False)
    )
    answer = (read_drawing if is_drawing else read_glyph)(_picture(image), script)
    return {
        "script": script,
        "letter": answer.letters[0][0] if answer.letters else "",
        "letters": [{"letter": letter, "probability": round(p, 4)} for letter, p in answer.letters],
        "word": answer.word,
        "word_confidence": round(answer.word_confidence, 4),
        "seen": data_url(answer.seen) if answer.seen else None,
    }


def answer_write(fields: dict[str, Any]) -> dict[str, Any]:
    number = ((int, float), 0.0)
    text, look, ink, paper, material, degradation, slant, perspective, seed = _take(
        fields,
        text=(str, None),
        look=(str, Writing.look),
        ink=(str, Writing.ink),
        paper=(str, Writing.paper),
        material=number,
        degradation=number,
        slant=number,
        perspective=number,
        seed=(int, 0),
    )
    if not 0 <= seed <= MOST_SEED:
        raise AnswerError("bad_field", f"the seed lies between 0 and {MOST_SEED}")
    writing = Writing(
        text,
        look=look,
        ink=ink,
        paper=paper,
        material=material,
        degradation=degradation,
        slant=slant,
        perspective=perspective,
        seed=seed,
    )
    return {"image": data_url(write_text(writing)), "svg": write_svg(writing)}


async def _on_answer_error(request: Request, error: AnswerError) -> Response:
    return error_answer(error.code, str(error), _STATUS.get(error.code, 400))


async def _on_http_error(request: Request, error: HTTPException) -> Response:
    if error.status_code == 413:
        return too_large()
    if error.status_code == 408:
        return error_answer(
            "too_slow",
            f"the request took more than {BODY_S:.0f} s to come; send a smaller picture",
            408,
            {"Connection": "close"},
        )
    codes = {
        404: ("not_found", "there is nothing at this address"),
        405: ("bad_method", "this address takes another method"),
    }
    code, message = codes.get(error.status_code, ("bad_request", "the request cannot be understood"))
    return error_answer(code, message, error.status_code, dict(error.headers or {}))


async def _on_failure(request: Request, error: Exception) -> Response:
    if isinstance(error, BundleError):
        return failed("bad_weights", "the weights of this script cannot be read")
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return failed("failed", "something went wrong here; it has been logged")
