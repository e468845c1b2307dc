"""What may become of a place that is offered, until when, and when its district is reminded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from portal.core.clock import local
from portal.core.errors import RuleBroken
from portal.core.filters import plural, until_text
from portal.letters.models import Letter
from portal.reviews.models import Decision
from portal.rounds.models import Round
from portal.rounds.rules import ARCHIVED, is_in_time, stage_of

from .models import PlaceOffer

CLOSING_TIME = time(17)  # of the community's day: when the time to answer ends
REMINDED_BEFORE = timedelta(days=3)
SETTLED_IN = timedelta(days=1)  # so long nobody is reminded of an offer that just came
LONGEST = timedelta(days=366)  # ahead: a later day is a slip of the keyboard
PAUSE = timedelta(days=1)  # within it staff remind nobody twice
ENDED = ("turned_down", "deferred", "expired", "taken_back")  # the place is free again

# verb: the states in which it is possible, and the state after it
MOVES = {
    "accept": (("open",), "accepted"),
    "turn_down": (("open",), "turned_down"),
    "defer": (("open",), "deferred"),
    "expire": (("open",), "expired"),
    "take_back": (("open",), "taken_back"),
    "extend": (("open",), "open"),
    "remind": (("open",), "open"),
}
ANSWERED = {
    "accepted": "Your district accepted this place already.",
    "turned_down": "Your district turned this place down. Write to the community’s staff if that has changed.",
    "deferred": "Your district asked to wait for the next round. Write to the community’s staff if that has changed.",
    "expired": "The time to answer this offer is over. Write to the community’s staff if you still want the place.",
    "taken_back": "The community took this offer back. Write to its staff if you have questions.",
}
SETTLED = {
    "accepted": "The district accepted this place. It is a member now.",
    "turned_down": "The district turned this place down meanwhile.",
    "deferred": "The district asked to wait for the next round meanwhile.",
    "expired": "The time to answer this offer is over. Offer the place again if one is free.",
    "taken_back": "This offer was taken back already.",
}
# state of an offer, for staff: icon, words, tone
STATES = {
    "open": ("clock", "Waits for an answer", "now"),
    "accepted": ("check", "Accepted", "good"),
    "turned_down": ("off", "Turned down", ""),
    "deferred": ("clock", "Waits for the next round", ""),
    "expired": ("clock", "Not answered in time", ""),
    "taken_back": ("undo", "Taken back", ""),
}
UNREACHED = (
    "No mail reaches anybody who leads the district that is to have this place, so nobody would hear of it. Name a "
    "lead first."
)
NO_PLACE_IN_LINE = "Nobody waits in line. Prepare another decision first, or keep the place."


def may(verb: str, offer: PlaceOffer | None) -> bool:
    """Whether `verb` is possible for the offer as it stands; buttons are drawn by it."""
    return offer is not None and offer.status in MOVES[verb][0]


def is_late(offer: PlaceOffer, now: datetime) -> bool:
    """Whether the time to answer is over, be that noted already or not. What happens within the last second counts."""
    return offer.reply_by is not None and not is_in_time(now, offer.reply_by)


def state_at(offer: PlaceOffer, now: datetime) -> str:
    """The state of the offer at `now`: an open one whose time is over has expired, even before the worker notes it."""
    return "expired" if offer.status == "open" and is_late(offer, now) else offer.status


def settled(offer: PlaceOffer, now: datetime) -> str:
    """Why the district has nothing to answer at `now`, in a sentence; empty while it has."""
    return ANSWERED.get(state_at(offer, now), "")


def check_answer(verb: str, offer: PlaceOffer, now: datetime) -> None:
    """Refuse to answer an offer twice in different ways, or after its time."""
    state = state_at(offer, now)
    if state not in MOVES[verb][0]:
        raise RuleBroken(ANSWERED[state])


def check_staff(verb: str, offer: PlaceOffer) -> None:
    """Refuse what staff do to an offer that has an answer, or that has ended."""
    if not may(verb, offer):
        raise RuleBroken(SETTLED[offer.status])


def may_expire(offer: PlaceOffer, now: datetime) -> bool:
    """Whether the offer is to be noted as not answered in time."""
    return may("expire", offer) and is_late(offer, now)


def reminder_at(offer: PlaceOffer) -> datetime | None:
    """When the district is reminded by itself: three days before its time ends, and not on the day of the offer."""
    if offer.reply_by is None:
        return None
    return max(offer.reply_by - REMINDED_BEFORE, offer.offered_at + SETTLED_IN)


def is_to_be_reminded(offer: PlaceOffer, now: datetime) -> bool:
    """Whether the one reminder goes out by itself now: nobody has answered, and nobody was reminded."""
    moment = reminder_at(offer)
    is_silent = offer.status == "open" and offer.reminded_at is None and not is_late(offer, now)
    return is_silent and moment is not None and moment <= now


def may_remind(offer: PlaceOffer, now: datetime) -> bool:
    """Whether staff can have the district reminded now."""
    is_rested = offer.reminded_at is None or offer.reminded_at <= now - PAUSE
    return may("remind", offer) and not is_late(offer, now) and is_rested


def check_more_time(offer: PlaceOffer, until: datetime, reason: str, zone: str, now: datetime) -> None:
    """Refuse more time without a reason, to a moment that is not later than what the district has and than now, and
    to one more than a year ahead."""
    check_staff("extend", offer)
    check_reason(reason, "Say why this district gets more time. The district reads it.")
    if offer.reply_by is not None and until <= offer.reply_by:
        raise RuleBroken(
            f"This district has until {until_text(offer.reply_by, zone)} already. Give a later day: time that was "
            "given stays given."
        )
    if until <= now:
        raise RuleBroken("Give a day that is still to come.")
    if until > now + LONGEST:
        raise RuleBroken("Give a day within a year from now. Look at the year that you typed.")


def check_reason(reason: str, sentence: str) -> None:
    """Refuse a reason without a word in it, with `sentence`."""
    if not reason.strip():
        raise RuleBroken(sentence)


def check_places_change(round: Round, seen: int, places: int, reason: str, now: datetime) -> None:
    """Refuse to change how many places a closed round has: before and after that stage, on an old page, unexplained."""
    stage = stage_of(round, now)
    if stage == "archived":
        raise RuleBroken(ARCHIVED)
    if stage != "closed":
        raise RuleBroken("Letters have not closed yet. Change the places among the dates and limits of the round.")
    if seen != round.capacity:
        raise RuleBroken(f"Somebody changed this meanwhile: the round has {plural(round.capacity, 'place')} now.")
    if places < 1:
        raise RuleBroken("A round has at least one place.")
    check_reason(reason, "Say why the number of places changes. It stands in the register of exceptions.")


def may_offer_again(offer: PlaceOffer, decision: Decision | None, stage: str) -> bool:
    """Whether a place can be offered once more after an offer that ended, as far as letter and round go."""
    holds = decision is not None and decision.status == "released" and decision.outcome != "decline"
    return offer.status in ENDED and holds and stage == "closed" and offer.letter.status == "submitted"


def check_again(offer: PlaceOffer, decision: Decision | None, stage: str) -> None:
    """Refuse to offer a place once more that the district has, and one that is no longer to be had."""
    if offer.status not in ENDED:
        raise RuleBroken("This district has an offer already.")
    if stage == "archived":
        raise RuleBroken(ARCHIVED)
    if not may_offer_again(offer, decision, stage):
        raise RuleBroken(
            "What was decided about this letter does not lead to a place any more. Turn the decision first."
        )


def check_next(letter: Letter | None, seen: int | None, own: Collection[int]) -> Letter:
    """Whom staff offer a free place: the next in line, if it is the letter that they looked at (`seen`), and of no
    district in `own`, about which they must decide nothing. What is refused names nobody.
    """
    if letter is None:
        raise RuleBroken(NO_PLACE_IN_LINE)
    if seen is not None and letter.id != seen:
        raise RuleBroken("The line changed meanwhile. Look who is next in it now; then offer the place.")
    if letter.district_id in own:
        raise RuleBroken("A colleague must offer this place: who is next in line is not yours to decide about.")
    return letter


def line_day(now: datetime, zone: str, days: int) -> date:
    """Until which day a district that gets a place from the waitlist may answer: so many of its own days later."""
    return local(now, zone).date() + timedelta(days=max(days, 1))
