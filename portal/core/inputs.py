"""What no door has to think about: signs that no database holds, and numbers that no row has."""

from __future__ import annotations

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, UnicodeConverter

UNREADABLE = "Some signs in what was sent cannot be read. Go back: your text is there. Type it again without them."
LARGEST = 2**63 - 1


class IdConverter(IntegerConverter):
    """The number of a row: 1 to 2^63-1 in plain digits; anything else is an address that does not exist."""

    regex = "[0-9]{1,19}"

    def __init__(self, map: object) -> None:
        super().__init__(map, min=1, max=LARGEST)  # type: ignore[arg-type]


class SlugConverter(UnicodeConverter):
    """The short name of a community or an experience."""

    regex = "[a-z0-9][a-z0-9-]{0,79}"


def install(app: Flask) -> None:
    """Make the converters known and look at everything that was typed."""
    app.url_map.converters.update(id=IdConverter, slug=SlugConverter)
    app.before_request(_check_signs)


def _check_signs() -> None:
    texts = [request.path, *request.args, *(value for values in request.args.listvalues() for value in values)]
    if request.method not in {"GET", "HEAD"}:
        texts += [*request.form, *(value for values in request.form.listvalues() for value in values)]
    if any("\x00" in text or "\ufffd" in text for text in texts):
        abort(400, UNREADABLE)
