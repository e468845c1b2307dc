"""The private address of a person's calendar: whoever has it can read it, so it can be made anew."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.core import clock, tokens
from portal.core.db import db, lock, transaction
from portal.core.history import Doer, record

from .attending_models import CalendarFeed
from .calendar_queries import PURPOSE, feed_of


def make_feed(account_id: int, *, by: Doer) -> CalendarFeed:
    """Give the person's calendar an address. Asking twice gives the same one."""
    with transaction():
        # Under the person's lock, so that two presses at one instant make one address.
        lock(db.session.get_one(Account, account_id))
        found = feed_of(account_id)
        return found if found is not None else _issue(CalendarFeed(account_id=account_id), "make calendar", by)


def renew_feed(account_id: int, *, by: Doer) -> CalendarFeed:
    """Give it a new address; calendars that read the old one find nothing from now on."""
    with transaction():
        lock(db.session.get_one(Account, account_id))
        return _issue(feed_of(account_id) or CalendarFeed(account_id=account_id), "renew calendar", by)


def _issue(feed: CalendarFeed, verb: str, by: Doer) -> CalendarFeed:
    feed.made_at = clock.now()
    tokens.issue(feed, PURPOSE)
    record(feed, verb, by)
    return feed
