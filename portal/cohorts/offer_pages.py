"""What the pages about the offers of a round show staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for

from portal.communities.queries import today_in
from portal.core import clock
from portal.core.access import me
from portal.districts.models import Membership
from portal.letters.models import Letter
from portal.reviews.queries import decisions_of
from portal.rounds.models import Round
from portal.rounds.rules import stage_of

from .line_queries import unreached
from .models import PlaceOffer
from .offer_forms import PlacesForm
from .offer_queries import deferred_to, next_in_line, offers_of, waiting_of
from .offer_rules import STATES, may, may_offer_again, may_remind, reminder_at, state_at
from .queries import cohort_of_round, places_left


@dataclass(frozen=True)
class OfferRow:
    """An offer as the list shows it: where it stands, and what staff can do with it."""

    offer: PlaceOffer
    state: tuple[str, str, str]
    is_open: bool
    may_change: bool
    may_offer_again: bool


def offers_page(round: Round) -> dict[str, Any]:
    """The offers of a round that this member of staff may know of, who waits, and who asked for the next round."""
    offers, line, left = offers_of(me(), round), waiting_of(me(), round), places_left(round)
    stage, decided = stage_of(round, clock.now()), decisions_of(offer.letter_id for offer in offers)
    may_again = left > 0 and next_in_line(round) is None
    rows = [_row(offer, may_again and may_offer_again(offer, decided.get(offer.letter_id), stage)) for offer in offers]
    may_next = left > 0 and bool(line) and stage == "closed"
    return {
        "round": round, "stage": stage, "cohort": cohort_of_round(round.id), "rows": rows, "line": line, "left": left,
        "counts": _counts(rows), "silent": sum(may_remind(row.offer, clock.now()) for row in rows),
        # Who is next may be a district about which this person decides nothing: then a colleague presses.
        "may_offer_next": may_next, "is_next_known": may_next and line[0][0] == 1,
        "unreached": unreached(letter for _, letter in line), "deferred": deferred_to(round, me()),
        "may_change_places": stage == "closed", "may_invite": stage in ("draft", "upcoming", "open"),
    }  # fmt: skip


def after_acceptance(letter: Letter, membership: Membership) -> tuple[str, str]:
    """Where a press of “Accept the place” leads, and what is said: home, while the district belongs to the community.

    An old page may be pressed long after the membership that came of the place has ended.
    """
    if membership.to_date is not None and membership.to_date < today_in(letter.community_id):
        return url_for("cohorts.standing", letter_id=letter.id), "Your district accepted this place already."
    said = "The place is yours. Colleagues on the roster who have an address get a mail."
    return url_for("cohorts.district", district=letter.district_id), said


def reminders_page(round: Round) -> dict[str, Any]:
    """Whom a reminder goes to, and who was reminded within a day or answered and is left out."""
    now = clock.now()
    offers = [offer for offer in offers_of(me(), round) if state_at(offer, now) == "open"]
    return {
        "round": round, "offers": [offer for offer in offers if may_remind(offer, now)],
        "left_out": [offer for offer in offers if not may_remind(offer, now)],
        "by_itself": {offer.id: reminder_at(offer) for offer in offers if offer.reminded_at is None},
    }  # fmt: skip


def places_page(round: Round, form: PlacesForm | None = None) -> dict[str, Any]:
    """How many places a round has, how many are taken, and who would be served by more."""
    return {
        "round": round, "left": places_left(round), "line": waiting_of(me(), round),
        "form": form or PlacesForm(formdata=None, places=round.capacity, seen=round.capacity),
    }  # fmt: skip


def _row(offer: PlaceOffer, may_again: bool) -> OfferRow:
    state = state_at(offer, clock.now())
    return OfferRow(offer, STATES[state], state == "open", may("take_back", offer), may_again)


def _counts(rows: list[OfferRow]) -> dict[str, int]:
    words = [row.state[1] for row in rows]
    return {word: words.count(word) for _, word, _ in STATES.values() if word in words}
