"""Pages that are kept ready: visitors get the bytes of the last rendering while nothing shown has changed.

A kept page is known by its address, the version of what its community shows and the minute: a version is counted up
in the same transaction as the change, the minute bounds how old "in 3 days" and "open" can be. Requests with any cookie
neither read nor fill the store. The ETag is the hash of the bytes, so an unchanged page stays a 304.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

from flask import Flask, Response, current_app, g, make_response, render_template, request, session
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from . import clock
from .access import gate_of

PAGES = 512
FRAGMENTS = 256
# What htmx says of itself, and of what it asks for.
SENDERS: dict[str | None, set[str | None]] = {None: {None}, "true": {None, "partial", "full"}}
DRESS = ("Content-Type", "Content-Disposition")  # what a door says of its bytes
Version = Callable[[str | None], Hashable]
Kept = TypeVar("Kept")


# Kept in each process by itself: a store that processes share would have to be told of every change.
class Shelf(OrderedDict[Hashable, Any]):
    """The most recently kept things, at most `size` of them. One per process: nothing to invalidate."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def put(self, key: Hashable, value: object) -> None:
        self[key] = value
        while len(self) > self.size:
            self.popitem(last=False)


def install(app: Flask, version_of: Version) -> None:
    """Answer visitors from the shelf before anything else happens, and fill it with what was rendered."""
    app.extensions["kept_pages"] = Shelf(PAGES)
    app.extensions["kept_fragments"] = Shelf(FRAGMENTS)
    app.extensions["version_of"] = version_of
    app.before_request(_answer)
    app.after_request(_keep)


def fragment(
    name: Hashable, template: str, context: Callable[[], dict[str, object]], *, version: Hashable = None
) -> Markup:
    """A rendered part, kept under community, `name`, its version and the minute; `context` is asked only to render.

    With a `version` of its own the part stays until that changes, whatever else changes in the community.
    """
    return value(name, lambda: Markup(render_template(template, **context())), version=version)


def value(name: Hashable, make: Callable[[], Kept], *, version: Hashable = None) -> Kept:
    """The same for anything that does not change once it is made: what `make` gave, kept for everyone."""
    shelf: Shelf = current_app.extensions["kept_fragments"]
    key = (g.get("community_slug"), name, _version() if version is None else version, _minute())
    found = shelf.get(key)
    if found is None:
        found = make()
        shelf.put(key, found)
    return cast("Kept", found)


def keep_query(query: str) -> None:
    """Keep this answer under its query too, where that is written just so (“?kind=series”), one of a set with an end.

    Else only the bare address is kept: of queries without end each would push a page that many read off the shelf.
    """
    g.kept_query = query.removeprefix("?").encode()


def _answer() -> ResponseReturnValue | None:
    g.kept_key = _key() if _is_for_all() else None
    if g.kept_key is None:
        return None
    found = current_app.extensions["kept_pages"].get(g.kept_key)
    if found is None:
        return None
    g.kept_key = None
    response = make_response(found[0])
    response.set_etag(found[1])
    response.headers.update(found[2])
    response.make_conditional(request.environ)
    return response


def _keep(response: Response) -> Response:
    key = g.get("kept_key")
    # A page that opened a session carries its CSRF token: kept, it would hand one person's token to everybody.
    if key is None or response.status_code != 200 or session.modified or response.is_streamed or not _has_end():
        return response  # what opens a session is for one reader; its cookie is only set after this
    body = response.get_data()
    mark = hashlib.sha256(body).hexdigest()[:32]
    current_app.extensions["kept_pages"].put(
        key, (body, mark, {name: response.headers[name] for name in DRESS if name in response.headers})
    )
    response.set_etag(mark)
    response.make_conditional(request.environ)
    return response


def _is_for_all() -> bool:
    if request.method not in {"GET", "HEAD"} or request.cookies or request.endpoint is None:
        return False
    if request.headers.get("HX-Request-Type") not in SENDERS.get(request.headers.get("HX-Request"), set()):
        return False
    return gate_of(current_app, request.endpoint) == "kept"


def _has_end() -> bool:
    return request.query_string in {b"", g.get("kept_query", b"")}


def _key() -> Hashable:
    kind = (request.headers.get("HX-Request"), request.headers.get("HX-Request-Type"))
    return (request.full_path, kind, _version(), _minute())


def _version() -> Hashable:
    if "version" not in g:
        found = g.get("community")  # read by the gate already, its version with it
        slug = g.get("community_slug")
        g.version = current_app.extensions["version_of"](slug) if found is None else found.public_version
    version: Hashable = g.version
    return version


def _minute() -> int:
    return int(clock.now().timestamp() // 60)
