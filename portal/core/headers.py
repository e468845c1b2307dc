"""What every answer carries: the constant policy, and who may keep a copy."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request, session

HTMX_URL = "https://cdn.jsdelivr.net/npm/htmx.org@4.0.1/dist/htmx.min.js"
HTMX_INTEGRITY = "sha384-Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"
POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' {HTMX_URL}",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Cross-Origin-Opener-Policy": "same-origin",
}
VARY = ("Cookie", "HX-Request", "HX-Request-Type")


def install(app: Flask) -> None:
    """Number every request and dress every answer."""
    app.before_request(_number)
    app.after_request(dress)


def dress(response: Response) -> Response:
    """Put the headers on `response`."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static":
        if "v" in request.args and response.status_code in {200, 304}:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"  # its version is in the address
        return response
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.vary.update(VARY)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store" if _is_private() else "no-cache"
    return response


def _is_private() -> bool:
    """Whether the answer is for one reader: signed in, with a cookie or given one, or come by a private link."""
    actor = g.get("actor")
    is_known = (actor is not None and actor.is_signed_in) or bool(request.cookies) or session.modified
    return is_known or "token" in (request.view_args or {})


def _number() -> None:
    g.request_id = secrets.token_hex(8)
