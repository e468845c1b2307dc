"""What the pages about a round's invitations show, gathered for their doors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request, url_for

from portal.core import clock
from portal.core.access import community
from portal.core.exports import Cell, Table
from portal.core.web import page_of
from portal.rounds.models import Invitation, Round
from portal.rounds.rules import may

from .invited import SHOWN, Row, cards_of, counts_by_state, invitations_shown, rows_of
from .invited_forms import SaidForm

ALWAYS = ("prepared", "silent", "interested", "not-this-year")  # tabs that stand there even without anybody in them
WORDS = {
    "prepared": "Prepared", "sent": "Sent", "opened": "Opened", "asked": "Asked a question", "passed_on": "Passed on",
    "bounced": "Came back", "interested": "Interested", "not_this_year": "Not this year",
}  # fmt: skip
WORKS = {
    "draft": "being written", "endorsing": "waits for signature", "submitted": "submitted", "returned": "returned",
    "withdrawn": "withdrawn", "not_submitted": "not submitted",
}  # fmt: skip
COLUMNS = (
    "District", "Town", "State", "NCES", "Phone", "Addressed to", "E-mail", "Invitation", "Reason", "Prepared", "Sent",
    "Mail sent", "Opened", "Answered", "Reminded", "Mail came back", "What the mail system said", "Letter",
)  # fmt: skip


def list_page(round: Round, endpoint: str, /, **values: Any) -> dict[str, Any]:
    """The invitations that the URL asks for, with tabs that count the others; `endpoint` is the page they stand on."""
    shown, counts = shown_key(), counts_by_state(round)
    page = page_of(invitations_shown(round, shown))
    return {
        "round": round,
        "shown": shown,
        "states": counts,
        "tabs": list(_tabs(counts, shown, endpoint, values)),
        "page": page,
        "rows": rows_of(round, page.items),
        "state_words": WORDS,
        "works": WORKS,
        "may_send": may("send", round, clock.now()),
        "may_invite": may("invite", round, clock.now()),
    }


def shown_key() -> str:
    """Which invitations the URL asks for, a key of SHOWN; "" for all."""
    asked = request.args.get("show", "")
    return asked if asked in SHOWN else ""


def card_page(invitation: Invitation, **forms: SaidForm) -> dict[str, Any]:
    """One invitation with all that happened to it; `forms` are those that came back with a slip."""
    return {
        "here": "staff",
        "round": invitation.round,
        "card": cards_of(invitation.round, [invitation])[0],
        "said": {verb: forms.get(verb) or SaidForm(None) for verb in ("call", "decline", "bounce")},
        "state_words": WORDS,
        "works": WORKS,
    }


def table_of(round: Round, shown: str, rows: list[Row]) -> Table:
    """The list as a table, exactly as narrowed by `shown`."""
    title = SHOWN[shown][0] if shown else "Invitations"
    return Table(title, COLUMNS, [_cells(row) for row in rows], zone=community().time_zone)


def _tabs(counts: dict[str, int], shown: str, endpoint: str, values: Any) -> Iterator[tuple[str, str, int, bool]]:
    yield url_for(endpoint, **values), "All", sum(counts.values()), shown == ""
    for key, (words, states) in SHOWN.items():
        count = sum(counts.get(state, 0) for state in states)
        if count or key in (shown, *ALWAYS):
            yield url_for(endpoint, **values, show=key), words, count, shown == key


def _cells(row: Row) -> list[Cell]:
    one, district = row.invitation, row.invitation.district
    return [
        district.name, district.city, district.state, district.leaid, district.phone, one.to_name, one.to_email,
        WORDS[row.state], one.reason, one.prepared_at, one.sent_at, one.mailed_at, one.opened_at, one.answered_at,
        one.reminded_at, one.bounced_at, one.bounce_note, WORKS[row.letter.status] if row.letter else "none",
    ]  # fmt: skip
