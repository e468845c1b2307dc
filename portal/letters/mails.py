"""What the worker needs to write the mails about letters."""

from __future__ import annotations

from typing import Any

from flask import url_for

from portal.core.clock import now
from portal.core.db import db
from portal.core.history import history_of
from portal.core.mail import writes
from portal.core.tokens import token_of
from portal.districts.models import District
from portal.rounds.models import Round
from portal.rounds.queries import extensions_of
from portal.rounds.rules import end_for, is_in_time

from .content import content_of
from .deadlines import ends_at, is_open, open_return, time_of, withdraw_until
from .models import Endorsement, Letter, Return, Submission
from .queries import PURPOSE, last_submission, letter_of, role_words
from .rules import is_waiting, sections_of


@writes("endorsement_request")
def endorsement_request(endorsement_id: int) -> dict[str, Any] | None:
    """The private link to sign; nothing when it was answered, taken back or too late before the mail could leave."""
    endorsement = db.session.get_one(Endorsement, endorsement_id)
    letter = endorsement.letter
    if not is_waiting(endorsement) or not is_open(letter, now()):
        return None
    token = token_of(endorsement, PURPOSE)
    url = url_for("letters.endorsement", community=letter.round.community.slug, token=token, _external=True)
    time, until = time_of(letter, now()), ends_at(letter)
    return {**_about(letter), "endorsement": endorsement, "url": url, "time": time, "until": until}


@writes("endorsement_signed")
def endorsement_signed(endorsement_id: int) -> dict[str, Any] | None:
    """The news that the letter is signed and can be submitted; nothing when it was submitted already."""
    endorsement = db.session.get_one(Endorsement, endorsement_id)
    letter = endorsement.letter
    if letter.status == "submitted":
        return None
    return {**_about(letter), "endorsement": endorsement, "until": time_of(letter, now()).until}


@writes("endorsement_declined")
def endorsement_declined(endorsement_id: int) -> dict[str, Any] | None:
    """The reason why the letter was not signed."""
    endorsement = db.session.get_one(Endorsement, endorsement_id)
    return {**_about(endorsement.letter), "endorsement": endorsement}


@writes("letter_submitted")
def letter_submitted(submission_id: int) -> dict[str, Any] | None:
    """The receipt, word for word what the database holds."""
    submission = db.session.get_one(Submission, submission_id)
    return {**_about(submission.letter), "submission": submission}


@writes("letter_not_submitted")
def letter_not_submitted(letter_id: int) -> dict[str, Any] | None:
    """The text of a letter that was not sent in time, so that nothing written is lost."""
    letter = db.session.get_one(Letter, letter_id)
    return {**_about(letter), "content": content_of(letter), "roles": role_words(letter)}


@writes("letter_stands")
def letter_stands(letter_id: int) -> dict[str, Any] | None:
    """The news that the time is over and that the version sent last is the one that is read."""
    letter = db.session.get_one(Letter, letter_id)
    return {**_about(letter), "submission": last_submission(letter)}


@writes("letter_withdrawn")
def letter_withdrawn(letter_id: int) -> dict[str, Any] | None:
    """The news for those who write the letter that it was withdrawn; nothing when that was undone meanwhile."""
    letter = db.session.get_one(Letter, letter_id)
    return {**_about(letter), **_withdrawal(letter)} if letter.status == "withdrawn" else None


@writes("letter_withdrawn_staff")
def letter_withdrawn_staff(letter_id: int) -> dict[str, Any] | None:
    """The same for staff, with the reason if one was given."""
    return letter_withdrawn(letter_id)


@writes("withdrawal_undone")
def withdrawal_undone(letter_id: int) -> dict[str, Any] | None:
    """The news that a letter counts again; nothing when it was withdrawn once more."""
    letter = db.session.get_one(Letter, letter_id)
    if letter.status == "withdrawn":
        return None
    return {**_about(letter), "submission": last_submission(letter)}


@writes("withdrawal_undone_staff")
def withdrawal_undone_staff(letter_id: int) -> dict[str, Any] | None:
    """The same for staff."""
    return withdrawal_undone(letter_id)


@writes("letter_returned")
def letter_returned(return_id: int) -> dict[str, Any] | None:
    """What staff want changed, where and by when; nothing when that is done already."""
    sent_back = db.session.get_one(Return, return_id)
    if sent_back.ended_at is not None:
        return None
    return {**_about(sent_back.letter), "sent_back": sent_back, "sections": sections_of(sent_back)}


@writes("return_over")
def return_over(return_id: int) -> dict[str, Any]:
    """The news for staff that the date of a return passed, and which version of the letter stands."""
    letter = db.session.get_one(Return, return_id).letter
    return {**_about(letter), "submission": last_submission(letter)}


@writes("more_time")
def more_time(round_id: int, district_id: int) -> dict[str, Any] | None:
    """Until when a district has time now, and why; nothing once that is over, or what was sent back has come again."""
    round, letter = db.session.get_one(Round, round_id), letter_of(round_id, district_id)
    given = extensions_of(round_id, district_id)
    until = ends_at(letter) if letter else end_for(round, given)
    is_back = letter is not None and open_return(letter) is not None
    moved = [row.note for row in history_of(letter) if row.verb == "extend return"] if letter and is_back else []
    reasons = moved or [one.reason for one in given]
    if not reasons or not is_in_time(now(), until):
        return None
    about = _about(letter) if letter else _about_round(round, district_id)
    return {**about, "until": until, "reason": reasons[-1]}


def _about_round(round: Round, district_id: int) -> dict[str, Any]:
    return {
        "community": round.community, "zone": round.community.time_zone, "round": round, "letter_url": "",
        "district": db.session.get_one(District, district_id),
        "round_url": url_for("rounds.letter", community=round.community.slug, _external=True),
    }  # fmt: skip


def _withdrawal(letter: Letter) -> dict[str, Any]:
    withdrawals = [row for row in history_of(letter) if row.verb == "withdraw"]
    last = withdrawals[-1]
    return {"by_name": last.by_name, "reason": last.note, "until": withdraw_until(letter)}


def _about(letter: Letter) -> dict[str, Any]:
    community = letter.round.community
    url = url_for("letters.show", community=community.slug, letter_id=letter.id, _external=True)
    staff_url = url_for("reviews.letter", community=community.slug, letter_id=letter.id, _external=True)
    return {
        "community": community, "zone": community.time_zone, "letter": letter, "round": letter.round,
        "district": letter.district, "letter_url": url, "staff_url": staff_url,
    }  # fmt: skip
