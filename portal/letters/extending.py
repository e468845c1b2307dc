"""More time for one district: to write and send its letter, or to change what staff sent back."""

from __future__ import annotations

from datetime import datetime

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.districts.models import District
from portal.districts.queries import leads_of
from portal.rounds.models import Extension, Round
from portal.rounds.queries import extensions_of, invitation_for
from portal.rounds.rules import end_for

from .deadlines import check_more_time, open_return
from .models import Letter, Return
from .queries import is_staff_member, letter_of, writers_of
from .rules import FOR_OTHERS, status_after


def extend(round: Round, district: District, until: datetime, reason: str, *, by: Doer | None) -> None:
    """Give one district until `until`, for a reason that stays on record and that the district reads; it is mailed.

    Before a letter exists, while it is written, after it was not submitted (then it can be written again), and for what
    staff sent back (then that date moves). The same asked for twice is given once. Raises RuleBroken for a round that
    has not opened, without a reason, and for a moment that is not later than what the district has already.
    """
    with transaction():
        # Round, then letter, as everywhere: the round's row is also the lock of what has no letter yet.
        _check_staff(lock(round), by)
        letter = letter_of(round.id, district.id)
        sent_back = open_return(lock(letter)) if letter is not None else None
        if sent_back is not None:
            _move_return(sent_back, until, reason, by)
        else:
            _add_extension(round, district, letter, until, reason, by)


def _move_return(sent_back: Return, until: datetime, reason: str, by: Doer | None) -> None:
    letter = sent_back.letter
    if sent_back.due_at == until:
        return
    check_more_time(letter.round, sent_back.due_at, until, reason, clock.now())
    before, sent_back.due_at = sent_back.due_at, until
    record(
        letter, "extend return", by, community_id=letter.community_id, note=reason.strip(),
        until=until.isoformat(), before=before.isoformat(),
    )  # fmt: skip
    _tell(letter.round, letter.district, letter, f"return-moved:{sent_back.id}:{until:%y%m%d%H%M}")


def _add_extension(
    round: Round, district: District, letter: Letter | None, until: datetime, reason: str, by: Doer | None
) -> None:
    given = extensions_of(round.id, district.id)
    if given and given[-1].until == until:
        return
    check_more_time(round, end_for(round, given), until, reason, clock.now())
    made = Extension(
        round_id=round.id, district_id=district.id, until=until, reason=reason.strip(), granted_at=clock.now(),
        granted_by_id=by.account_id if by else None,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    record(
        made, "extend", by, community_id=round.community_id, note=made.reason, district_id=district.id,
        until=until.isoformat(), before=end_for(round, given).isoformat(),
    )  # fmt: skip
    if letter is not None and letter.status == "not_submitted":
        letter.status = status_after("revive", letter)
        record(letter, "revive", by, community_id=round.community_id)
    _tell(round, district, letter, f"extension:{made.id}")


def _check_staff(round: Round, by: Doer | None) -> None:
    if by is not None and not is_staff_member(by, round.community_id):
        raise RuleBroken(FOR_OTHERS["staff"])


def _tell(round: Round, district: District, letter: Letter | None, once: str) -> None:
    for address in _addresses(round, district, letter):
        post(
            "more_time", to=address, community_id=round.community_id, once=f"{once}:{address}"[:120],
            round_id=round.id, district_id=district.id,
        )  # fmt: skip


def _addresses(round: Round, district: District, letter: Letter | None) -> list[str]:
    people = writers_of(letter) if letter is not None else leads_of(round.community_id, district.id)
    if people:
        return [person.email for person in people]
    # Nobody has taken the letter up yet: whom it was addressed to can still do so.
    invitation = invitation_for(round.id, district.id)
    return [invitation.to_email] if invitation is not None and invitation.sent_at is not None else []
