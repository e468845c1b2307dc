"""What no door has to think about: characters that no database holds, and numbers that no row has."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from flask import Flask, abort, current_app, request
from werkzeug.datastructures import MultiDict
from werkzeug.routing import BaseConverter, IntegerConverter

UNREADABLE = "Some characters in what was sent cannot be read. Go back: your text is there. Type it again without them."
LARGEST = 2**63 - 1


class IdConverter(IntegerConverter):
    """The number of a row: 1 to 2^63-1 in plain digits; anything else is an address that does not exist."""

    regex = "[0-9]{1,19}"

    def __init__(self, map: object) -> None:
        super().__init__(map, min=1, max=LARGEST)  # type: ignore[arg-type]


class SlugConverter(BaseConverter):
    """The short name of a community or an experience."""

    regex = "[a-z0-9][a-z0-9-]{0,79}"


def install(app: Flask) -> None:
    """Make the converters known and look at everything that was typed."""
    app.url_map.converters.update(id=IdConverter, slug=SlugConverter)
    app.before_request(_check_signs)


def _check_signs() -> None:
    if request.is_json:  # no door takes it, and form fields are not to be made from lists and numbers
        abort(400)
    if not _is_readable(request.query_string):  # first: to read it as fields would fail
        abort(400, UNREADABLE)
    texts = [request.path, *_texts(request.args)]
    sent: list[bytes] = []
    if request.method not in {"GET", "HEAD"}:
        if request.mimetype == "application/x-www-form-urlencoded":
            sent.append(_limited(request.get_data()))  # kept, so that the form is read from it
        texts += _texts(request.form)
    if any("\x00" in text or "\ufffd" in text for text in texts) or not all(map(_is_readable, sent)):
        abort(400, UNREADABLE)


def _limited(sent: bytes) -> bytes:
    """The body of a form within the limits that werkzeug holds only for the other kind: reading millions of fields
    would keep everybody else waiting for seconds."""
    limits = current_app.config
    if len(sent) > limits["MAX_FORM_MEMORY_SIZE"] or sent.count(b"&") >= limits["MAX_FORM_PARTS"]:
        abort(413)
    return sent


def _texts(typed: MultiDict[str, str]) -> list[str]:
    return [*typed, *(value for values in typed.listvalues() for value in values)]


def _is_readable(sent: bytes) -> bool:
    """Whether it is UTF-8. What is not would come through as text such as %FF, which nobody typed."""
    try:
        unquote_to_bytes(sent).decode()
    except UnicodeDecodeError:
        return False
    return True
