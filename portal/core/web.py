"""How pages answer: the part or the page after a change, the form again after a slip, a sentence after a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, select
from werkzeug.urls import iri_to_uri

from .db import db

Item = TypeVar("Item")
SEAT = 10**17 + 7  # stands where a number will, in a pattern of addresses


def changed(
    part: str | None = None, *, to: str, said: str = "", fresh: Callable[[], dict[str, Any]] = dict, **context: Any
) -> ResponseReturnValue:
    """Answer a POST that changed something. `fresh` gives more context, read only where the part is drawn.

    For HTMX the part `part` (or a move to `to` where there is none) with `said` announced; for everyone else
    `said` on the next page, reached by 303, so that F5 does not do it twice.
    """
    if not is_htmx():
        if said:
            flash(said, "said")
        return redirect(to, 303)
    # HTMX would follow a 303 by itself and swap the whole next page into the part: so it is told to move there.
    if part is None:
        if said:
            flash(said, "said")
        return "", 200, {"HX-Redirect": iri_to_uri(to)}  # a header holds plain characters only
    shown = render_template(part, **context, **fresh())
    return shown + render_template("components/_said.html", said=said)


def again(template: str, part: str | None = None, **context: Any) -> None:
    """Remember which form to show again should it be incomplete or refused, so that nothing typed is lost."""
    g.again = (template, part, context)


def invalid(status: int = 422, **more: Any) -> ResponseReturnValue:
    """The remembered form again, as typed, with what is wrong: the part for HTMX, the page for everyone else."""
    template, part, context = g.again
    chosen = part if part and is_htmx() else template
    return render_template(chosen, **{**context, **more}), status


def is_htmx() -> bool:
    """Whether a part will do: asked by HTMX, and not by its Back button."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def page_behind() -> str:
    """The local URL of the page from which this request was sent; the front page when the browser does not say."""
    shown = request.referrer or ""
    return "/" + shown.removeprefix(request.host_url) if shown.startswith(request.host_url) else "/"


def safe_next(target: str | None, otherwise: str = "/") -> str:
    """`target` if it stays on this site, else `otherwise`. Only a plain local path is let through.

    A second slash, a backslash or a control character can make a browser leave the site: such targets are refused.
    """
    # Judged as a browser may read it, decoded; returned as it came.
    plain = unquote(target or "")
    path = plain.partition("?")[0]
    has_control = any(ord(sign) < 32 for sign in plain)
    if not path.startswith("/") or "//" in path or " " in path or "\\" in plain or has_control:
        return otherwise
    return target or otherwise


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list: its items, its number (from 1), the size of pages and how many items there are."""

    items: list[Item]
    number: int
    size: int
    total: int

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1 if self.total else 0

    @property
    def has_next(self) -> bool:
        return self.number * self.size < self.total


def page_of(chosen: Select[Any], size: int = 50) -> Page[Any]:
    """The page of `chosen` (an ordered select of one thing) that the URL asks for by ?page=N."""
    total = db.session.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0
    return page_read(
        lambda size, skipped: db.session.scalars(chosen.limit(size).offset(skipped)).unique().all(), total, size
    )


def page_read(read: Callable[[int, int], Sequence[Item]], total: int, size: int = 50) -> Page[Item]:
    """The same of `total` rows, where `read(size, skipped)` reads the rows of one page."""
    number = _within(asked_page(), size, total)
    return Page(list(read(size, (number - 1) * size)), number, size, total)


def addresses(endpoint: str, name: str, ids: Iterable[int]) -> dict[int, str]:
    """The address of each row of a list: `name` is what the door calls its number. Built once, not once a row."""
    values: dict[str, Any] = {name: SEAT}
    pattern = url_for(endpoint, **values)
    return {number: pattern.replace(str(SEAT), str(number)) for number in ids}


def page_in(items: Sequence[Item], number: int, size: int = 50) -> Page[Item]:
    """The page numbered `number` of `items` that are read already; the last one when there are not so many."""
    number = _within(number, size, len(items))
    return Page(list(items[(number - 1) * size : number * size]), number, size, len(items))


def last_page(total: int, size: int = 50) -> int:
    """The number of the last page of a list of so many items: one without any has one page, an empty one."""
    return max(1, -(-total // size))


def asked_page() -> int:
    """Which page of a list the URL asks for: ?page=N, from 1."""
    return request.args.get("page", 1, type=int)


def _within(number: int, size: int, total: int) -> int:
    return min(max(number, 1), last_page(total, size))
