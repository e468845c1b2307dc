"""What staff do with invitations: prepare many, write again, remind, change the contact, note what they hear."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from portal.accounts.rules import normal_address
from portal.core import clock
from portal.core.db import db, lock, number_of, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, History, record
from portal.core.text import one_line
from portal.core.tokens import issue
from portal.districts.models import District

from .inviting_rules import check_move, check_there, checked_note, why_left_out
from .models import Handover, Inquiry, Invitation, Round
from .operations import invite
from .posting import post_letter
from .queries import PURPOSE, extensions_of, invited_in
from .rules import check_move as check_round
from .rules import may_answer, may_press

OVER = "The time for letters is over for this district. Nothing was sent."
DOUBLE_PRESS = timedelta(minutes=1)  # within it the same note by the same person is the same note


@dataclass(frozen=True)
class Contact:
    """Whom a letter is addressed to."""

    name: str
    email: str


def invite_all(round: Round, people: Sequence[tuple[District, Contact]], *, by: Doer) -> int:
    """Prepare the letter to several districts, all or none; says how many. Who has one already keeps it as it is.

    Raises RuleBroken when the round has closed, or an address or name is none.
    """
    with transaction():
        check_round("invite", lock(round), clock.now())
        # The round's lock is held: nobody can invite one of them between the look and the write.
        there = invited_in(round, [district.id for district, _ in people])
        new = [(district, contact) for district, contact in people if district.id not in there]
        for district, contact in new:
            _check_name(contact.name)
            invite(round, district, to_name=contact.name, to_email=contact.email, by=by)
    return len(new)


def withdraw_invitation(invitation: Invitation, *, by: Doer) -> None:
    """Take back an invitation that has not left. An inquiry that it came from lies on the desk again. Twice is once.

    Raises RuleBroken when the letter has left.
    """
    with transaction():
        if lock(invitation).withdrawn_at is not None:
            return
        check_move("withdraw", invitation)
        invitation.withdrawn_at = clock.now()
        for inquiry in db.session.scalars(select(Inquiry).filter_by(invitation_id=invitation.id).order_by(Inquiry.id)):
            inquiry.state, inquiry.invitation_id, inquiry.settled_at, inquiry.settled_by_id = "open", None, None, None
            record(inquiry, "reopen", by, community_id=inquiry.community_id)
        record(invitation, "withdraw", by, community_id=invitation.community_id)


def resend(invitation: Invitation, *, by: Doer) -> bool:
    """Mail the letter once more, with the same private link. False when somebody did within the last minute.

    Raises RuleBroken when it has not left yet, or when the time for letters is over.
    """
    with transaction():
        _check_time(lock(invitation))
        check_move("resend", invitation)
        if _just_did(invitation, "resend"):
            return False
        post_letter(invitation)
        record(invitation, "resend", by, community_id=invitation.community_id, to_email=invitation.to_email)
    return True


def remind(invitations: Iterable[Invitation], *, waiting: Collection[int] = (), by: Doer) -> int:
    """Mail a reminder to those of them who are silent; says how many. Nobody is reminded twice within three days.

    `waiting` are numbers of invitations that wait for us, because of an open question, or that have begun a letter.
    """
    with transaction():
        # In the order of ids, as every lock of several rows: two who press at once take turns, and the second finds all
        # reminded.
        return sum(_remind(one, waiting, by) for one in sorted(invitations, key=number_of))


def readdress(invitation: Invitation, to: Contact, *, by: Doer) -> bool:
    """Address the invitation to somebody else. If the letter had left it goes out again with a new link, and the old
    one only tells that somebody else has it. The same address again corrects the name. False when nothing is different.

    Raises RuleBroken when the address or the name is none, or when the time for letters is over.
    """
    address, name = normal_address(to.email), _check_name(to.name)
    with transaction():
        check_there(lock(invitation))
        if (invitation.to_name, invitation.to_email) == (name, address):
            return False
        before = f"{invitation.to_name}, {invitation.to_email}"
        if address != invitation.to_email:
            _hand_over(invitation, Contact(name, address), by)
        invitation.to_name = name
        note = f"from {before} to {name}, {address}"
        record(invitation, "readdress", by, community_id=invitation.community_id, note=note)
    return True


def mark_bounced(invitation: Invitation, said: str, *, by: Doer) -> None:
    """Note that the letter came back later, with what the mail system said.

    Raises RuleBroken when nothing is said, or when the letter has not left or was answered.
    """
    note = checked_note(said, "Copy here what the mail system said. It tells whoever calls what to ask.")
    with transaction():
        check_move("bounce", lock(invitation))
        if invitation.bounce_note != note:
            invitation.bounced_at, invitation.bounce_note = clock.now(), note
            record(invitation, "bounce", by, community_id=invitation.community_id, note=note)


def note_call(invitation: Invitation, said: str, *, by: Doer) -> None:
    """Keep what was said on the phone; the same words within a minute are one note. Raises RuleBroken for none."""
    note = checked_note(said, "Write what was said, in a few words.")
    with transaction():
        check_there(lock(invitation))
        if not _just_did(invitation, "call", note):
            record(invitation, "call", by, community_id=invitation.community_id, note=note)


def _remind(invitation: Invitation, waiting: Collection[int], by: Doer) -> bool:
    now = clock.now()
    lock(invitation)
    times = extensions_of(invitation.round_id, invitation.district_id)
    if not may_answer(invitation.round, times, now):
        raise RuleBroken("Reminders go out while a round is open. This one takes no answers now.")
    if why_left_out(invitation, now, waits_for_us=invitation.id in waiting):
        return False
    invitation.reminded_at = now
    post_letter(invitation, "invitation_reminder")
    record(invitation, "remind", by, community_id=invitation.community_id, to_email=invitation.to_email)
    return True


def _hand_over(invitation: Invitation, to: Contact, by: Doer) -> None:
    now, has_left = clock.now(), invitation.sent_at is not None
    if has_left:
        _check_time(invitation)
    db.session.add(
        Handover(
            invitation=invitation, kind="readdressed", old_token_hash=invitation.token_hash, at=now,
            from_name=invitation.to_name, from_email=invitation.to_email, to_name=to.name, to_email=to.email,
            by_account_id=by.account_id,
        )
    )  # fmt: skip
    invitation.to_email = to.email
    if has_left:
        _start_anew(invitation)


def _start_anew(invitation: Invitation) -> None:
    # What the person before did or was sent says nothing of the new one. An answer is the district's, and stays.
    invitation.sent_at, invitation.passed_on_at, invitation.reminded_at = clock.now(), None, None
    if not invitation.answer:
        invitation.opened_at = None
    issue(invitation, PURPOSE)
    post_letter(invitation)


def _check_time(invitation: Invitation) -> None:
    times = extensions_of(invitation.round_id, invitation.district_id)
    if not may_press(invitation.round, times, clock.now()):
        raise RuleBroken(OVER)


def _check_name(typed: str) -> str:
    name = one_line(typed)
    if not name:
        raise RuleBroken("Give the name of the person whom the letter is addressed to.")
    if len(name) > 120:
        raise RuleBroken("Shorten the name to 120 characters.")
    return name


def _just_did(invitation: Invitation, verb: str, note: str | None = None) -> bool:
    """Whether this happened within the last minute: a second press of the same button is the same press."""
    chosen = select(History.id).where(
        History.subject_table == invitation.__tablename__, History.subject_id == invitation.id,
        History.verb == verb, History.at > clock.now() - DOUBLE_PRESS,
    )  # fmt: skip
    if note is not None:
        chosen = chosen.where(History.note == note)
    return db.session.scalar(chosen.limit(1)) is not None
