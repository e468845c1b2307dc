"""Who may answer an open round without an invitation, and what works for those who may not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from portal.core.clock import local
from portal.core.errors import RuleBroken
from portal.core.filters import moment_text
from portal.districts.models import District
from portal.districts.rules import is_free_mail, kind_words
from portal.rounds.models import AnswerRequest, Extension, Round
from portal.rounds.rules import end_for, may_answer, stage_of

NO_DISTRICT = ("service", "state", "federal", "other")  # kinds of agency that have no teachers of their own to send
WITHIN = timedelta(days=7)  # in which staff look at a request; what the page promises


def round_refusal(round: Round, extensions: Sequence[Extension], now: datetime, zone: str) -> str:
    """Why the round takes no answer now, with what would work; empty when it does."""
    if may_answer(round, extensions, now):
        return ""
    if stage_of(round, now) == "upcoming":
        return f"Letters open on {moment_text(round.opens_at, zone)}. Read the letter today, and answer from then on."
    ended = moment_text(end_for(round, extensions), zone)
    return f"Letters closed on {ended}. Write to us, and the next one goes to your district."


def district_refusal(district: District, *, is_member: bool) -> str:
    """Why the district does not answer this letter, with what would work; empty when it can."""
    if is_member:
        return f"{district.label} is a member already. The letter is for districts that are new; members sign in."
    if not district.is_open:
        return f"{district.label} is closed, says the directory. Look for the district that its schools went to."
    if district.kind in NO_DISTRICT:
        kind = kind_words(district.kind).lower()
        return f"{district.label} is a {kind}, which does not fill in this letter. Write to us about another way in."
    return ""


def unknown_words(address: str) -> str:
    """Why a mail address does not tell the district, and what to do instead."""
    if is_free_mail(address):
        return f"Anybody can have an address such as {address}, so it does not tell your district. Find it by name."
    return f"No district of the directory has the address of {address}. Find yours by name."


def check_refusal(sentence: str) -> None:
    """Raise RuleBroken with the sentence, if there is one."""
    if sentence:
        raise RuleBroken(sentence)


def standing_of(request: AnswerRequest, *, has_letter: bool) -> str:
    """Where a request stands for who made it: new, started, waiting (for staff), taken (colleagues write), approved or
    declined."""
    if request.outcome:
        return request.outcome
    if request.confirmed_at is None:
        return "new"
    return "taken" if request.fits or has_letter else "waiting"


def reply_day(asked_at: datetime, round: Round, zone: str) -> date:
    """The day by which staff look at a request: a week later, and not after the letters close."""
    today = local(asked_at, zone).date()
    return min(today + WITHIN, max(local(round.closes_at, zone).date(), today))
