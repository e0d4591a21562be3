"""The body of a request, JSON or a form, as a model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from app.bodies import Body, checked
from app.errors import AnswerError
from app.service.middleware import MAX_BODY

_MOST_FIELDS = 8
_KINDS = 'send JSON ("Content-Type: application/json") or a form ("multipart/form-data")'
_Body = TypeVar("_Body", bound=Body)


@asynccontextmanager
async def parsed(request: Request, body: type[_Body], form: type[_Body] | None = None) -> AsyncIterator[_Body]:
    """Yield the body of a request, JSON or a form, whose files are closed afterwards. Raises AnswerError,
    HTTPException.
    """
    try:
        yield await _parse(request, body, form)
    finally:
        await request.close()


async def _parse(request: Request, body: type[_Body], form: type[_Body] | None) -> _Body:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "multipart/form-data" and form is not None:
        return await _parse_form(request, form)
    if kind != "application/json":
        raise AnswerError("bad_content_type", _KINDS if form else _KINDS.partition(" or ")[0])
    return checked(body, partial(body.model_validate_json, await request.body()))


async def _parse_form(request: Request, form: type[_Body]) -> _Body:
    try:
        fields = await request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=MAX_BODY)
    except (MultiPartException, HTTPException, KeyError, ValueError) as error:
        if isinstance(error, HTTPException) and error.status_code in (408, 413):
            raise
        raise AnswerError("bad_form", "the form cannot be read") from error
    return checked(form, partial(form.model_validate, dict(fields)))
