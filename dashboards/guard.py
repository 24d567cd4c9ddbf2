"""Who may look: loopback only, or whoever carries the token. And nothing is loaded from elsewhere."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import ipaddress
from functools import lru_cache
from urllib.parse import urlencode

from flask import Flask, Request, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)
"""plotly draws by WebGL through functions made from text; nothing may come from, or go to, another place."""
SMALLEST_ZIPPED = 2000
SCRIPTS = "/_dash-component-suites/"
"""Megabytes that never change: zipped once."""
_DENIED = """<!doctype html><meta charset=utf-8><title>autotune: a token is needed</title>
<body style="font:16px/1.5 system-ui;max-width:34rem;margin:15vh auto;padding:0 1rem">
<h1 style="font-size:1.25rem">This dashboard needs its token</h1>
<p>Open the address that <code>autotune dashboard</code> printed; it ends on <code>?token=…</code>.
The browser keeps it from then on.</p>"""


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own, out of reach of others."""
    name = host.strip().strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def protect(server: Flask, token: str | None) -> None:
    """Refuse requests that do not carry the token; without one, those that do not name this machine.

    The token comes as ``?token=`` once and is kept in a cookie that no script can read. Without a token a page of
    another site, whose name was made to lead here, must not be able to read studies either: the name it asks for is
    looked at.
    """
    digest = hashlib.sha256((token or "").encode()).hexdigest()
    cookie = f"autotune-{digest[:8]}"

    @server.before_request
    def check() -> AnyResponse | None:
        if token is None:
            name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
            return None if is_loopback(name) else Response("this dashboard answers to localhost only\n", 403)
        if hmac.compare_digest(request.cookies.get(cookie, "").encode(), digest.encode()):
            return _without_token(request) if "token" in request.args else None
        given = request.args.get("token", "")
        if not hmac.compare_digest(hashlib.sha256(given.encode()).hexdigest(), digest):
            return Response(_DENIED, 401, content_type="text/html; charset=utf-8")
        answer = _without_token(request)
        answer.set_cookie(cookie, digest, httponly=True, samesite="Strict", secure=request.is_secure)
        return answer

    @server.after_request
    def finish(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CSP
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        return _zipped(response)


def _without_token(asked: Request) -> AnyResponse:
    """The same page, its token no longer in the address bar and in the history."""
    rest = urlencode([(k, v) for k, v in asked.args.items(multi=True) if k != "token"])
    return redirect(asked.path + (f"?{rest}" if rest else ""))


def _zipped(response: Response) -> Response:
    """Figures are numbers as text: a fifth of them is left when they are zipped."""
    wanted = "gzip" in request.headers.get("Accept-Encoding", "") and response.status_code == 200
    if not wanted or response.direct_passthrough or "Content-Encoding" in response.headers:
        return response
    data = response.get_data()
    if len(data) >= SMALLEST_ZIPPED:
        response.set_data(_zipped_script(data) if request.path.startswith(SCRIPTS) else gzip.compress(data, 5))
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
    return response


@lru_cache(maxsize=64)
def _zipped_script(data: bytes) -> bytes:
    return gzip.compress(data, 6)
