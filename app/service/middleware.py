"""What every request has to keep to, before anything is done for it; and how errors are answered over HTTP."""

from __future__ import annotations

from asyncio import wait_for
from time import monotonic
from typing import Any

from fastapi.responses import JSONResponse, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.concurrency import BusyError
from glyphgen.images import MAX_BYTES

ROOT = "/api/v1"
MAX_BODY = MAX_BYTES * 4 // 3 + 100_000  # base64 of the largest picture, and what stands around it
_MOST_BYTES_AT_ONCE = 3 * MAX_BODY  # of bodies that are read or wait: one of the largest is held several times over
_MOST_AT_ONCE = 36  # requests that are read or wait; fewer than the threads that there are for them
BODY_S = 60.0  # in which a body must have come
_HOSTS = ("127.0.0.1", "localhost", "[::1]")


def error_answer(code: str, message: str, status: int, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def too_large() -> JSONResponse:
    return error_answer(
        "too_large",
        f"the request is larger than {MAX_BYTES // 10**6} MB; crop or shrink the picture",
        413,
        {"Connection": "close"},
    )


def failed(code: str, message: str) -> JSONResponse:
    """Return the answer to a request that broke down. uvicorn closes the connection after it, so the client is told to
    open another: who does not know sends the next request into a connection that is being reset.
    """
    return error_answer(code, message, 500, {"Connection": "close"})


async def _is_own_host(scope: Scope) -> bool:
    """Return whether Starlette's TrustedHostMiddleware lets a request pass. Its own refusal is bare text, so it is not
    sent; ours is JSON, as all errors.
    """
    has_passed = False

    async def passed(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal has_passed
        has_passed = True

    async def nothing(*_: Any) -> Any:
        return None

    await TrustedHostMiddleware(passed, _HOSTS, www_redirect=False)(scope, nothing, nothing)
    return has_passed


def _with_headers(send: Send) -> Send:
    """Return a way to send that tells browsers never to show an answer in a frame of another page, which could lead
    clicks astray, nor to guess what kind of file it is, nor to tell other sites where somebody came from.
    """

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return told


_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",  # the same for browsers that do not know it
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_OTHER_SITE = error_answer("other_site", "this page may only be used from its own address, on this machine", 403)
_FAILED = failed("failed", "something went wrong here; it has been logged")


class Limits:
    """Middleware: only this machine's own names are answered to, and pages of other sites are not (one that is open in
    the same browser must neither read lessons nor teach); bodies of more than MAX_BODY bytes, or that take too long to
    come, are not read on; beyond _MOST_AT_ONCE requests, or so many bytes of them, the next are asked to come again.
    Files are never uploaded: pictures come in the body of a request. No other page may show these in a frame.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app, self.n_now, self.bytes_now = app, 0, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        send = _with_headers(send)
        headers = Headers(scope=scope)
        refused = self._refused(scope, headers) if await _is_own_host(scope) else _OTHER_SITE
        if refused is not None:
            await refused(scope, receive, send)
            return
        seen, end = 0, monotonic() + BODY_S
        is_whole = False

        async def counted() -> Message:
            nonlocal seen, is_whole
            try:
                message = await (receive() if is_whole else wait_for(receive(), max(end - monotonic(), 0.01)))
            except TimeoutError as error:
                raise HTTPException(408) from error
            size = len(message.get("body", b""))
            seen, self.bytes_now = seen + size, self.bytes_now + size
            is_whole = is_whole or not message.get("more_body", False)
            if seen > MAX_BODY:
                raise HTTPException(413)
            if self.bytes_now > _MOST_BYTES_AT_ONCE:
                raise BusyError("too much is sent at once; try again in a few seconds")
            return message

        counts = scope["method"] == "POST" and scope["path"].startswith(ROOT)
        self.n_now += counts
        is_pages = not scope["path"].startswith(ROOT)
        has_failed = False

        async def told(message: Message) -> None:  # the page's own failures come as bare text
            nonlocal has_failed
            if is_pages and message["type"] == "http.response.start" and message["status"] == 500:
                has_failed = True
                await _FAILED(scope, receive, send)
            elif not has_failed:
                await send(message)

        try:
            await self.app(scope, counted, told)
        finally:
            self.n_now -= counts
            self.bytes_now -= seen

    def _refused(self, scope: Scope, headers: Headers) -> Response | None:
        host, origin = headers.get("host", ""), headers.get("origin", "")
        is_own = origin.split("://", 1)[-1] == host or scope["method"] in ("GET", "HEAD", "OPTIONS") or not origin
        if not is_own:
            return _OTHER_SITE
        if scope["path"].endswith("/gradio_api/upload"):
            return error_answer("not_found", "files are not uploaded here; send pictures in the body of a request", 404)
        if scope["path"] in ("/openapi.json", "/zh/openapi.json"):  # of Gradio's inner addresses
            return error_answer("not_found", f"what programs may use is described by {ROOT}/openapi.json", 404)
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > MAX_BODY:
            return too_large()
        if scope["method"] == "POST" and scope["path"].startswith(ROOT) and self.n_now >= _MOST_AT_ONCE:
            return error_answer(
                "busy", "too many are reading at once; try again in a few seconds", 503, {"Retry-After": "5"}
            )
        return None
