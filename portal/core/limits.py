"""How often one person may do what costs the machine much, or what a visitor may send without a sign-in.

At a door that only reads, or that saves as somebody types:

    @bp.get("/<slug:community>/staff/letters.csv")
    @staff
    @limited("exports")

At a form that a visitor fills in: call `count("public forms")` after `again(…)`, so that what was typed is shown again.

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
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from .access import me
from .errors import TooManyTries

log = logging.getLogger("portal.limits")
View = TypeVar("View", bound=Callable[..., Any])
MOST: dict[str, RateLimitItem] = {
    "searches": RateLimitItemPerMinute(120),
    "autosaves": RateLimitItemPerMinute(180),  # four fields saved each second and a half: nobody types like that
    "exports": RateLimitItemPerHour(60),
    "PDFs": RateLimitItemPerHour(60),
    "public forms": RateLimitItemPerHour(40),  # of one address, which may be that of a whole school
}


def limited(kind: str) -> Callable[[View], View]:
    """A door that counts under `kind`, one of MOST. It stands next to the view, below the gate."""

    def guard(view: View) -> View:
        @wraps(view)
        def counted(*args: Any, **values: Any) -> Any:
            count(kind)
            return view(*args, **values)

        return counted  # type: ignore[return-value]

    return guard


def count(kind: str) -> None:
    """Count one more of `kind` for whoever asks; raises TooManyTries when there were too many within its window."""
    wait = _seconds_to_wait(kind, _asker())
    if wait:
        raise TooManyTries(f"That was too much within a short time. Wait {_spoken(wait)}, then go on.", wait)


def install(app: Flask) -> None:
    """Begin to count, from nothing."""
    url = app.config["REDIS_URL"] or "memory://"
    app.extensions["limits"] = MovingWindowRateLimiter(storage_from_string(url, wrap_exceptions=True))


def _seconds_to_wait(kind: str, asker: str) -> int:
    limiter: MovingWindowRateLimiter = current_app.extensions["limits"]
    item = _allowed(MOST[kind])
    try:
        if limiter.hit(item, kind, asker):
            return 0
        return max(ceil(limiter.get_window_stats(item, kind, asker).reset_time - time()), 1)
    except Exception:
        log.exception("what is done too often cannot be counted")  # nobody waits because the counting fails
        return 0


def _allowed(item: RateLimitItem) -> RateLimitItem:
    """The share of one process where each counts for itself: together they never let more through than `item` says."""
    if current_app.config["REDIS_URL"]:
        return item
    share = max(item.amount // int(current_app.config["WEB_PROCESSES"]), 1)
    return type(item)(share)


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
        return "a moment" if seconds == 1 else f"{seconds} seconds"
    return f"{ceil(seconds / 60)} minutes"
