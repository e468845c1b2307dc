"""What is done with a round and its invitations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.accounts.rules import normal_address
from portal.communities.models import Community
from portal.communities.operations import refresh_public
from portal.core import clock
from portal.core.db import db, lock, number_of, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.text import one_line
from portal.core.tokens import issue
from portal.districts.models import District

from .chapters import check_complete
from .dates import check_dates
from .inviting_rules import check_there
from .models import Commitment, Criterion, Extension, InfoSession, Invitation, Question, Round, Section
from .posting import post_letter
from .queries import PURPOSE, any_invitation_for, extensions_of, find_round_by_slug
from .rules import NO_ANSWER, Unfit, check_closing, check_move, check_text, check_weights, may_answer, may_press

Rows = Sequence[Mapping[str, Any]]


def create_round(
    community: Community, *, fields: Mapping[str, Any], info_sessions: Rows = (), commitments: Rows = (),
    sections: Rows = (), criteria: Rows = (), by: Doer | None = None,
) -> Round:  # fmt: skip
    """Draft a Letter of Invitation: `fields` are the round's columns, the rest rows of its tables in their order.

    Each of `sections` holds its "questions". The letter's text begins after the salutation. Raises RuleBroken for dates
    out of order, an unknown merge field, weights that do not add to 100, or a short name that is taken.
    """
    with transaction():
        # Rounds of a community are begun one after the other, or two could be given the same short name.
        lock(db.session.get_one(Community, community.id))
        if find_round_by_slug(community.id, fields["slug"]):
            raise Unfit(f"There is already a round called “{fields['slug']}”. Choose another short name.", "slug")
        round = Round(community_id=community.id, **fields)
        _check(round, community.time_zone)
        round.info_sessions = [InfoSession(**row) for row in info_sessions]
        round.commitments = [Commitment(**_placed(row, n)) for n, row in enumerate(commitments, 1)]
        round.criteria = [Criterion(**_placed(row, n)) for n, row in enumerate(criteria, 1)]
        check_weights(round.criteria)
        db.session.add(round)
        db.session.flush()
        _add_sections(round, sections)
        record(round, "create", by, community_id=community.id)
    return round


def publish_round(round: Round, *, by: Doer | None = None) -> None:
    """Let visitors see the round; its dates then open and close it.

    Raises RuleBroken while something is missing (chapters.gaps_of), or when it is published already.
    """
    with transaction():
        now = clock.now()
        check_move("publish", lock(round), now)
        check_complete(round, now)
        round.published_at = now
        refresh_public(round.community_id)
        record(round, "publish", by, community_id=round.community_id)


def close_now(round: Round, *, reason: str, confirmation: str, by: Doer) -> None:
    """Close an open round at this moment, without grace minutes. Letters that were not sent become read-only.

    Raises RuleBroken when the round is not open, there is no reason, or its words were not typed.
    """
    with transaction():
        check_move("close", lock(round), clock.now())
        check_closing(round, reason, confirmation)
        round.closed_early_at = clock.now()
        round.closed_early_reason = reason.strip()
        refresh_public(round.community_id)
        record(round, "close early", by, community_id=round.community_id, note=reason.strip())


def invite(round: Round, district: District, *, to_name: str, to_email: str, by: Doer | None = None) -> Invitation:
    """Prepare the letter to one district. The same again gives the same invitation; nothing is mailed yet.

    Raises RuleBroken when the round has closed, the address is none, or somebody else of the district was invited.
    """
    address, name = normal_address(to_email), one_line(to_name)
    with transaction():
        # The round's row is the lock of its invitations: two who invite the same district take turns, and the second
        # gets what the first prepared.
        check_move("invite", lock(round), clock.now())
        found = any_invitation_for(round.id, district.id)
        if found is not None and found.withdrawn_at is None:
            _check_same(found, address)
            return found
        invitation = found or Invitation(community_id=round.community_id, round=round, district=district)
        invitation.to_name, invitation.to_email = name, address
        invitation.prepared_at, invitation.withdrawn_at = clock.now(), None
        db.session.add(invitation)
        db.session.flush()
        record(invitation, "prepare", by, community_id=round.community_id)
    return invitation


def send_invitation(invitation: Invitation, *, by: Doer | None = None) -> None:
    """Mail the letter with its private link. A letter that has left is not sent twice.

    Raises RuleBroken when the round is a draft or has closed.
    """
    with transaction():
        check_move("send", lock(invitation).round, clock.now())
        check_there(invitation)
        if invitation.sent_at is not None:
            return
        # The link is made when the letter leaves, not when it is prepared: what nobody was sent, nobody can open.
        issue(invitation, PURPOSE)
        invitation.sent_at = clock.now()
        post_letter(invitation)
        record(invitation, "send", by, community_id=invitation.community_id)


def send_invitations(invitations: Iterable[Invitation], *, by: Doer) -> int:
    """Mail several letters, all or none; says how many left. Those that had left before are not sent again."""
    with transaction():
        # In the order of ids, as every lock of several rows: two people who send the same list could else wait for each
        # other for good. Whether one has left is asked under its lock: the second finds all gone, and is told so.
        waiting = [one for one in sorted(invitations, key=number_of) if lock(one).sent_at is None]
        for invitation in waiting:
            send_invitation(invitation, by=by)
    return len(waiting)


def mark_opened(invitation: Invitation, *, by: Doer | None = None) -> None:
    """Note the first press of a button on the letter's page; later presses change nothing.

    Raises RuleBroken when the round is over for this district.
    """
    with transaction():
        if not may_press(lock(invitation).round, _extensions(invitation), clock.now()):
            raise RuleBroken(NO_ANSWER)
        if invitation.opened_at is None:
            invitation.opened_at = clock.now()
            record(invitation, "open", by, community_id=invitation.community_id)


def answer_interested(invitation: Invitation, *, name: str, by: Doer) -> bool:
    """Note that the district is interested, said by the person called `name`; False when it had said so before.

    Raises RuleBroken when the round takes no answers now.
    """
    return _answer(invitation, "interested", note=name, by=by)


def answer_not_this_year(invitation: Invitation, *, reason: str = "", by: Doer | None = None) -> bool:
    """Note that the district does not join this year, and why if it says so. It can change its mind until closing.

    Gives False when the very same had been said before. Raises RuleBroken when the round takes no answers now.
    """
    return _answer(invitation, "not_this_year", note=reason.strip(), by=by)


def join_after_all(invitation: Invitation, *, by: Doer | None) -> None:
    """Note that a district which had said "not this year" joins after all, because it goes on with its letter.

    Changes nothing for any other answer. Belongs inside a transaction that holds the letter only after the invitation.
    """
    if lock(invitation).answer != "not_this_year":
        return
    invitation.answer, invitation.reason, invitation.answered_at = "interested", "", clock.now()
    record(invitation, "interested after all", by, community_id=invitation.community_id)


def _answer(invitation: Invitation, answer: str, *, note: str, by: Doer | None) -> bool:
    now = clock.now()
    reason = note if answer == "not_this_year" else ""
    with transaction():
        if not may_answer(lock(invitation).round, _extensions(invitation), now):
            raise RuleBroken(NO_ANSWER)
        if (invitation.answer, invitation.reason) == (answer, reason):
            return False
        invitation.opened_at = invitation.opened_at or now
        invitation.answer, invitation.reason, invitation.answered_at = answer, reason, now
        record(invitation, answer.replace("_", " "), by, community_id=invitation.community_id, note=note)
    return True


def _extensions(invitation: Invitation) -> list[Extension]:
    return extensions_of(invitation.round_id, invitation.district_id)


def _check(round: Round, zone: str) -> None:
    check_dates(round, zone)
    check_text(round.letter_text or "")


def _check_same(found: Invitation, address: str) -> None:
    if found.to_email != address:
        raise RuleBroken(f"{found.district.label} has an invitation already, addressed to {found.to_name}.")


def _placed(row: Mapping[str, Any], position: int) -> dict[str, Any]:
    return {"position": position, **row}


def _add_sections(round: Round, sections: Rows) -> None:
    number = 0
    for position, row in enumerate(sections, 1):
        section = Section(round_id=round.id, **_placed({k: v for k, v in row.items() if k != "questions"}, position))
        for question in row.get("questions", ()):
            number += 1
            section.questions.append(Question(round_id=round.id, **_placed(question, number)))
        round.sections.append(section)
    db.session.flush()
