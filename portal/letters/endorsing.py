"""The superintendent's signature: asked for by private link, signed or declined without an account, or taken back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from portal.accounts.rules import normal_address
from portal.accounts.throttle import TOO_MANY_MAILS, check_often
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.core.text import one_line
from portal.core.tokens import issue
from portal.districts.queries import leads_of

from .content import content_hash, content_of
from .models import Endorsement, Letter
from .queries import PURPOSE, roles_for
from .rules import (
    OPEN,
    check,
    check_ready,
    check_signature,
    is_waiting,
    missing_before_signature,
    open_endorsement,
    status_after,
    valid_endorsement,
)

OVER = "This request was answered or taken back. If the district asks again, a new link comes by mail."


@dataclass(frozen=True)
class Signature:
    """What the signer types: every commitment accepted, name, title, date."""

    accepted: Collection[str]
    name: str
    title: str
    day: date | None


@dataclass(frozen=True)
class Signer:
    """Somebody who answers by a private link: named, not signed in."""

    name: str
    account_id: int | None = None


def ask_endorsement(letter: Letter, *, name: str, email: str, by: Doer | None) -> Endorsement:
    """Mail the superintendent a private link to sign the letter; the answers lock until it is answered or taken back.

    Raises RuleBroken while another section needs something, when name or address is missing, or it is too late;
    TooManyTries after ten mails to one address within an hour.
    """
    address, to_name = normal_address(email), one_line(name)
    with transaction():
        lock(letter)
        check("ask", letter, roles_for(by, letter), clock.now())
        if not to_name:
            raise RuleBroken("Give the name of the superintendent or head of school.")
        _check_complete(letter)
        check_often("mail", address, TOO_MANY_MAILS)
        endorsement = _asked(letter, to_name, address, by)
        issue(endorsement, PURPOSE)
        letter.status = status_after("ask", letter)
        post(
            "endorsement_request", to=address, community_id=letter.community_id,
            once=f"endorsement:{endorsement.id}", endorsement_id=endorsement.id,
        )  # fmt: skip
        record(letter, "ask for endorsement", by, community_id=letter.community_id, endorsement_id=endorsement.id)
    return endorsement


def sign_endorsement(endorsement: Endorsement, signature: Signature) -> None:
    """Sign the letter by private link; its leads are told. Signing twice changes nothing.

    Raises RuleBroken when a commitment is not accepted, something is not typed, or the request is no longer open.
    """
    with transaction():
        letter = _lock(endorsement)
        if endorsement.signed_at is not None:
            return
        _check_waiting(endorsement, "sign")
        _sign(letter, endorsement, signature)
        letter.status = status_after("sign", letter)
        record(letter, "sign", Signer(endorsement.typed_name), community_id=letter.community_id)
        _tell_leads("endorsement_signed", letter, endorsement)


def decline_endorsement(endorsement: Endorsement, reason: str) -> None:
    """Decline to sign, with a reason that goes to the district's leads; the answers unlock. Twice changes nothing.

    Raises RuleBroken without a reason, or when the request is no longer open.
    """
    with transaction():
        letter = _lock(endorsement)
        if endorsement.declined_at is not None:
            return
        _check_waiting(endorsement, "decline")
        if not reason.strip():
            raise RuleBroken("Say what would have to change. The district reads it and can ask you again.")
        endorsement.declined_at, endorsement.decline_reason = clock.now(), reason.strip()
        letter.status = status_after("decline", letter)
        by = Signer(endorsement.to_name)
        record(letter, "decline to sign", by, community_id=letter.community_id, note=reason.strip())
        _tell_leads("endorsement_declined", letter, endorsement)


def take_back_endorsement(letter: Letter, *, by: Doer | None) -> None:
    """Take the request to sign back, so that answers can be changed: the old link dies. Twice changes nothing."""
    with transaction():
        lock(letter)
        if letter.status in OPEN:
            return
        check("take back", letter, roles_for(by, letter), clock.now())
        endorsement = open_endorsement(letter)
        if endorsement is not None:
            endorsement.taken_back_at = clock.now()
        letter.status = status_after("take back", letter)
        record(letter, "take back request to sign", by, community_id=letter.community_id)


def endorse_directly(letter: Letter, signature: Signature, *, by: Doer) -> Endorsement:
    """Sign as the superintendent who is signed in and leads the district. Signing the same text twice changes nothing.

    Raises RuleBroken for anybody else, while another section needs something, or when something is not typed.
    """
    with transaction():
        lock(letter)
        check("endorse", letter, roles_for(by, letter), clock.now())
        found = valid_endorsement(letter)
        if found is not None:
            return found
        _check_complete(letter)
        endorsement = _asked(letter, signature.name, getattr(by, "email", ""), by)
        _sign(letter, endorsement, signature)
        record(letter, "sign", by, community_id=letter.community_id)
    return endorsement


def _asked(letter: Letter, name: str, address: str, by: Doer | None) -> Endorsement:
    endorsement = Endorsement(
        letter=letter, to_name=name, to_email=address, content_hash=content_hash(content_of(letter)),
        asked_at=clock.now(), asked_by_id=by.account_id if by else None,
    )  # fmt: skip
    db.session.add(endorsement)
    db.session.flush()
    return endorsement


def _sign(letter: Letter, endorsement: Endorsement, signature: Signature) -> None:
    name, title = one_line(signature.name), one_line(signature.title)
    codes = [one.code for one in letter.round.commitments]
    today = clock.local(clock.now(), letter.round.community.time_zone).date()
    check_signature(name, title, signature.day, signature.accepted, codes, today)
    endorsement.signed_at = clock.now()
    endorsement.typed_name, endorsement.typed_title, endorsement.typed_date = name, title, signature.day


def _lock(endorsement: Endorsement) -> Letter:
    """The letter under its lock; the request is read anew, for it was read to find the letter."""
    # The letter is the lock, not the request: whoever takes the request back, or writes, locks the letter too.
    letter = lock(endorsement.letter)
    db.session.refresh(endorsement)
    return letter


def _check_waiting(endorsement: Endorsement, verb: str) -> None:
    if not is_waiting(endorsement):
        raise RuleBroken(OVER)
    check(verb, endorsement.letter, {"signer"}, clock.now())


def _check_complete(letter: Letter) -> None:
    check_ready(missing_before_signature(letter), "signed")


def _tell_leads(template: str, letter: Letter, endorsement: Endorsement) -> None:
    for lead in leads_of(letter.community_id, letter.district_id):
        post(
            template, to=lead.email, community_id=letter.community_id,
            once=f"{template}:{endorsement.id}:{lead.id}", endorsement_id=endorsement.id,
        )  # fmt: skip
