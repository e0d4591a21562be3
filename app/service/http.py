"""The app's functions for programs: plain HTTP with JSON under /api/v1, described by /api/v1/openapi.json.

A picture comes as base64 (or a data URL) in JSON, or as a file of a form. What cannot be answered gets a JSON error
with a code and a sentence, never a stack, never a path of this machine. Nothing that is sent is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from app.bodies import (
    Body,
    ErrorAnswer,
    GlyphBody,
    GlyphForm,
    GlyphResult,
    ReadBody,
    ReadForm,
    ScriptsResult,
    WriteBody,
    WriteResult,
    answer_glyph,
    answer_read,
    answer_write,
)
from app.concurrency import READING_LIMITER, BusyError
from app.errors import AnswerError
from app.lessons import Lessons
from app.registry import AUTO, READERS
from app.service.middleware import BODY_S, ROOT, Limits, error_answer, failed, too_large
from app.service.parsing import parsed
from recognizers.bundle_file import BundleError

_STATUS = {
    "too_large": 413,
    "too_many_pixels": 413,
    "not_a_picture": 415,
    "unknown_script": 422,
    "no_glyphs": 422,
    "bad_text": 422,
    "bad_field": 422,
}
_ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": ErrorAnswer} for code in (400, 403, 408, 413, 415, 422, 503)
}
_BODIES: dict[str, dict[str, type[Body]]] = {
    "read": {"application/json": ReadBody, "multipart/form-data": ReadForm},
    "glyph": {"application/json": GlyphBody, "multipart/form-data": GlyphForm},
    "write": {"application/json": WriteBody},
}
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_LOG = logging.getLogger("app")


class Service(FastAPI):
    """FastAPI, described anew each time: bundles are offered, uploaded and learned while the app runs."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description, with the bodies of requests and the scripts there are now."""
        self.openapi_schema = None
        description = super().openapi()
        for name, bodies in _BODIES.items():
            content = {kind: {"schema": model.model_json_schema()} for kind, model in bodies.items()}
            description["paths"][f"{ROOT}/{name}"]["post"]["requestBody"] = {"required": True, "content": content}
        return description


def make_service(lessons: Lessons | None = None) -> FastAPI:
    """Return the HTTP interface alone; the page is mounted on it."""
    service = Service(
        title="Glyph toolkit",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{ROOT}/openapi.json",
        description="Reads Hylian and other scripts in pictures.",
    )
    service.add_middleware(Limits)
    _handle_errors(service)

    @service.get(f"{ROOT}/scripts", summary="What can be read: lines, and single glyphs", response_model=ScriptsResult)
    def scripts() -> dict[str, Any]:
        return {"read": [AUTO, *READERS.names()], "glyph": READERS.names(of_glyphs=True)}

    @service.post(f"{ROOT}/read", summary="Read a picture with any number of lines", responses=_ERRORS)
    async def read(request: Request) -> dict[str, Any]:
        async with parsed(request, ReadBody, ReadForm) as body:
            return await _limited(answer_read, body, await _image(body.image))

    @service.post(
        f"{ROOT}/glyph",
        summary="Read a picture of one glyph; or a drawing, on which several may stand in a row",
        responses=_ERRORS,
        response_model=GlyphResult,
    )
    async def glyph(request: Request) -> dict[str, Any]:
        async with parsed(request, GlyphBody, GlyphForm) as body:
            return await _limited(answer_glyph, body, await _image(body.image))

    @service.post(f"{ROOT}/write", summary="Write a text in Hylian", responses=_ERRORS, response_model=WriteResult)
    async def write(request: Request) -> dict[str, Any]:
        async with parsed(request, WriteBody) as body:
            return await _limited(answer_write, body)

    @service.get(f"{ROOT}/lessons/{{script}}.zip", include_in_schema=False)
    def lessons_zip(script: str) -> Response:
        if lessons is None or script not in READERS.names():
            raise HTTPException(404)
        name = f'attachment; filename="{lessons.folder(script).name}.zip"'
        return Response(lessons.as_zip(script), media_type="application/zip", headers={"Content-Disposition": name})

    for path in (ROOT, ROOT + "/{rest:path}"):  # before the page, which answers to all that is left
        service.add_api_route(path, _no_such_address, methods=list(_METHODS), include_in_schema=False)
    return service


async def _no_such_address(request: Request, rest: str = "") -> Response:
    allowed = "POST" if rest in _BODIES else "GET" if rest in ("scripts", "openapi.json") else None
    raise HTTPException(405, headers={"Allow": allowed}) if allowed else HTTPException(404)


async def _image(given: str | UploadFile) -> str | bytes:
    return given if isinstance(given, str) else await given.read()


async def _limited(answer: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    """Return an answer of a thread, no more than so many at once; pictures are decoded within it too, for that takes
    memory.
    """

    def limited() -> dict[str, Any]:
        with READING_LIMITER:
            return answer(*given)

    return await run_in_threadpool(limited)


def _handle_errors(service: FastAPI) -> None:
    service.add_exception_handler(AnswerError, _on_answer_error)  # type: ignore[arg-type]  # handlers of a subclass
    service.add_exception_handler(
        BusyError, lambda _, error: error_answer("busy", str(error), 503, {"Retry-After": "5"})
    )
    service.add_exception_handler(HTTPException, _on_http_error)  # type: ignore[arg-type]  # handlers of a subclass
    service.add_exception_handler(
        RequestValidationError, lambda _, error: error_answer("bad_field", "a field has the wrong form", 422)
    )
    service.add_exception_handler(Exception, _on_failure)


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
    headers = dict(error.headers or {})
    codes = {
        404: ("not_found", "there is nothing at this address"),
        405: ("bad_method", f"{request.method} is not for this address; it takes {headers.get('Allow', 'another')}"),
    }
    code, message = codes.get(error.status_code, ("bad_request", "the request cannot be understood"))
    return error_answer(code, message, error.status_code, headers)


async def _on_failure(request: Request, error: Exception) -> Response:
    if isinstance(error, BundleError):
        return failed("bad_weights", "the weights of this script cannot be read")
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return failed("failed", "something went wrong here; it has been logged")
