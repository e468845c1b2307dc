"""Every way of not getting through, in the product's own face and words."""

from __future__ import annotations

from errno import EDQUOT, ENOSPC
from io import BytesIO

from flask import Flask, current_app, flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException, SecurityError

from .access import forget_everyone
from .audit import audit, door
from .db import db
from .errors import CannotKeep, RuleBroken, TooManyTries
from .inputs import UNREADABLE
from .web import invalid, is_htmx, page_behind, safe_next

WORDS = {
    400: (
        "This could not be read",
        "Something in what was sent cannot be used. Go back and try again; your text is there.",
    ),
    401: ("Please sign in", "This page is for people who are signed in."),
    403: (
        "This page is for others",
        "Your sign-in works, but this page belongs to another role. If you need it, write to your community's staff.",
    ),
    404: ("There is no page here", "The address may be mistyped, or what it showed is not yours to see."),
    405: ("This page cannot do that", "Go back and use the buttons of the page."),
    409: ("This did not go through", "Something changed in the meantime."),
    413: ("This is too large", "The portal does not take that much at once. Send a smaller file or a shorter text."),
    422: ("Something needs another look", "Go back, and read the notes beside the fields."),
    429: ("Too many tries", "Wait a moment, then try again."),
    500: (
        "Something went wrong here",
        "It is our mistake, not yours. Nothing was saved. Try again, or write to your community's staff with the "
        "number below.",
    ),
    503: (
        "Back in a moment",
        "The portal cannot reach its database. Your text is still in this window: wait a moment, then send it again.",
    ),
}

PATIENCE = 64 * 1024 * 1024  # bytes
CHUNK = 64 * 1024


def install(app: Flask) -> None:
    """Answer refusals and mistakes."""
    app.register_error_handler(TooManyTries, _too_many)
    app.register_error_handler(RuleBroken, _refused)
    app.register_error_handler(CannotKeep, _no_room)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(SecurityError, _strange_host)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _no_database)
    app.register_error_handler(PoolExhausted, _no_database)
    app.register_error_handler(OSError, _full_or_mistake)
    app.register_error_handler(Exception, _mistake)


def show(code: int, sentence: str = "") -> ResponseReturnValue:
    """The page of an error, or the sentence alone for HTMX, put where the page shows refusals."""
    title, words = WORDS.get(code, WORDS[400 if code < 500 else 500])
    if is_htmx():
        return _sentence(sentence or words, code)
    page = render_template(
        "errors/show.html", code=code, title=title, words=sentence or words, number=g.get("request_id", "")
    )
    return page, code


def _sentence(sentence: str, code: int) -> ResponseReturnValue:
    part = render_template("components/_refusal.html", sentence=sentence)
    return part, code, {"HX-Retarget": "#refusal", "HX-Reswap": "outerHTML"}


def _refused(error: RuleBroken) -> ResponseReturnValue:
    db.session.rollback()
    audit("refused by rule", note=door(), sentence=error.sentence)
    # A view that remembered its form before it began: nothing that was typed is lost.
    if "again" in g:
        return invalid(409, refusal=error.sentence)
    if is_htmx():
        return _sentence(error.sentence, 409)
    flash(error.sentence, "refusal")
    return redirect(safe_next(page_behind()), 303)


def _too_many(error: TooManyTries) -> ResponseReturnValue:
    db.session.rollback()
    if error.is_news:
        audit("refused as too often", note=door())
    shown = invalid(429, refusal=error.sentence) if "again" in g else show(429, error.sentence)
    answer = current_app.make_response(shown)
    answer.headers["Retry-After"] = str(error.seconds)
    return answer


def _no_room(error: CannotKeep) -> ResponseReturnValue:
    current_app.logger.error("files cannot be kept: %s", error.__cause__ or error)
    db.session.rollback()
    shown = invalid(503, refusal=error.sentence) if "again" in g else show(503, error.sentence)
    answer = current_app.make_response(shown)
    answer.headers["Retry-After"] = "300"
    return answer


def _full_or_mistake(error: OSError) -> ResponseReturnValue:
    """A large body is put on the disk while it arrives, before any of our code runs: that can find it full too."""
    if error.errno not in {ENOSPC, EDQUOT}:
        return _mistake(error)
    full = CannotKeep()
    full.__cause__ = error
    return _no_room(full)


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    return show(
        400, "This form was opened under another sign-in, or long ago. Load the page again and send it once more."
    )


def _strange_host(error: SecurityError) -> ResponseReturnValue:
    """Without a page around it: under a host that is not ours no address can be written."""
    return "This portal is not served under that name.\n", 400, {"Content-Type": "text/plain; charset=utf-8"}


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code == 413:
        _let_it_finish()
    if code < 400 or error.response is not None:
        return error
    return show(code, UNREADABLE if error.description == UNREADABLE else "")


def _let_it_finish() -> None:
    """Take in what is still being sent, up to a limit: a browser that is cut off while it sends shows no page."""
    sent, most = request.environ.get("wsgi.input", BytesIO()), PATIENCE
    while most > 0 and (chunk := sent.read(min(CHUNK, most))):
        most -= len(chunk)


def _no_database(error: OperationalError | PoolExhausted) -> ResponseReturnValue:
    current_app.logger.error("database: %s", getattr(error, "orig", error))
    db.session.rollback()
    forget_everyone()
    answer = current_app.make_response(show(503))
    answer.headers["Retry-After"] = "10"
    return answer


def _mistake(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    current_app.logger.exception("request %s failed", g.get("request_id", ""))
    # In tests a bug must fail the test, not show a friendly page.
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    try:
        return show(500)
    except SQLAlchemyError:  # the page around the words asks the database too
        db.session.rollback()
        forget_everyone()
        return show(500)
