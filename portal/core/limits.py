"""How often one person may do what costs the machine much, or what a visitor may send without a sign-in.

At a door that only reads, or that saves as somebody types, next to the view and below its gate:

    @bp.get("/<slug:community>/staff/letters.csv")
    @staff
    @limited("exports")

In the view of a form: `count("public forms")` after `again(…)`, so that what was typed is shown again.
A list that is a search only where something is asked: `@limited("searches", only_with="q")`.

Who is signed in counts by account, a visitor by address. The answer is 429 with the seconds to wait (core/failures).
Sign-in has exact limits of its own in the database; these here are counted in Redis, or by each process for itself.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable
from functools import wraps
from math import ceil
from time import time
from typing import Any, TypeVar

from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from .access import me
from .errors import TooManyTries

log = logging.getLogger("portal.limits")
View = TypeVar("View", bound=Callable[..., Any])
MOST: dict[str, RateLimitItem] = {
    "searches": RateLimitItemPerMinute(120),
    "autosaves": RateLimitItemPerMinute(180),  # a field saves itself 0.8 seconds after the last key: at most 75
    "uploads": RateLimitItemPerHour(60),
    "exports": RateLimitItemPerHour(60),
    "PDFs": RateLimitItemPerHour(60),
    "public forms": RateLimitItemPerHour(40),  # of one address, which may be that of a whole school
}
NEWS = RateLimitItemPerMinute(1)
PATIENCE = {"socket_timeout": 1, "socket_connect_timeout": 1}  # seconds, for Redis


def limited(kind: str, *, only_with: str = "") -> Callable[[View], View]:
    """A door that counts under `kind`, one of MOST; where `only_with` names a field of the address, only with that."""

    def guard(view: View) -> View:
        @wraps(view)
        def counted(*args: Any, **values: Any) -> Any:
            if not only_with or request.args.get(only_with):
                count(kind)
            return view(*args, **values)

        counted.counts = kind  # type: ignore[attr-defined]
        return counted  # type: ignore[return-value]

    return guard


def count(kind: str) -> None:
    """Count one more of `kind` for whoever asks; raises TooManyTries when there were too many within its window."""
    item, asker = _allowed(MOST[kind]), _asker()
    limiter: MovingWindowRateLimiter = current_app.extensions["limits"]
    try:
        if limiter.hit(item, kind, asker):
            return
        wait = max(ceil(limiter.get_window_stats(item, kind, asker).reset_time - time()), 1)
        is_news = limiter.hit(NEWS, "told", kind, asker)  # one line in the audit a minute, not one for each try
    except StorageError:
        log.exception("what is done too often cannot be counted")  # nobody is kept out because the counting fails
        return
    sentence = f"That was more than the portal takes at once. Wait {_spoken(wait)}, then go on."
    raise TooManyTries(sentence, wait, is_news=is_news)


def install(app: Flask) -> None:
    """Begin to count, from nothing."""
    url = app.config["REDIS_URL"]
    storage = storage_from_string(url or "memory://", wrap_exceptions=True, **(PATIENCE if url else {}))
    app.extensions["limits"] = MovingWindowRateLimiter(storage)


def _allowed(item: RateLimitItem) -> RateLimitItem:
    """The share of one process where each counts for itself: together they never let more through than `item` says."""
    if current_app.config["REDIS_URL"]:
        return item
    return type(item)(max(item.amount // int(current_app.config["WEB_PROCESSES"]), 1))


def _asker() -> str:
    """Who asks: the account, or the address. Of an IPv6 address the network, since one machine owns 2^64 of them."""
    if me().is_signed_in:
        return f"account {me().account_id}"
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "nobody knows"
    return str(ipaddress.ip_network((address, 64), strict=False) if address.version == 6 else address)


def _spoken(seconds: int) -> str:
    if seconds < 90:
        return "a second" if seconds == 1 else f"{seconds} seconds"
    return f"{ceil(seconds / 60)} minutes"
