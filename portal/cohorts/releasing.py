"""Decisions reach their districts: one letter's, or all that are prepared in a round at one moment."""

from __future__ import annotations

from collections.abc import Sequence

from portal.accounts.models import Account
from portal.core import clock
from portal.core.db import after_commit, db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.jobs import wake
from portal.core.outbox import post
from portal.letters.models import Letter
from portal.letters.queries import name_of
from portal.reviews.models import Decision, Release
from portal.reviews.queries import decider_of, decision_of
from portal.reviews.rules import check
from portal.rounds.models import Round
from portal.rounds.rules import stage_of

from .offering import offer_place
from .release_queries import leads_told, outgoings, running_release, waiting_releases
from .release_rules import (
    CHANGED,
    Item,
    Outgoings,
    check_asked,
    check_looked,
    check_release,
    digest,
    state_of,
)

NOBODY = "Nobody whom a mail reaches leads this district. Name a lead on the page of the decision first."


def release_decision(letter: Letter, by: Doer | None, *, seen: str | None = None) -> Decision:
    """Send the prepared decision: an offer when a place was meant, and one mail to the district, to all of its leads.

    `seen` is release_rules.mark_of the mail that the person looked at. The same person may press twice. Raises
    RuleBroken when no place is left, when nobody leads the district, when somebody else sent it, and when the mail is
    no longer the one that was looked at.
    """
    with transaction():
        round = lock(letter.round)
        letter, decision = lock(letter), decision_of(letter)
        # The second press of the same person is no conflict; that of somebody else is one, and says who was first.
        if decision is not None and decision.released_by_id and by and decision.released_by_id == by.account_id:
            return decision
        check("release", letter, decision, stage_of(round, clock.now()), decider_of(decision))
        assert decision is not None
        leads = leads_told(letter)
        if seen is not None:
            check_looked(Item(decision, leads), round, seen, decider_of(decision))
        if not leads:
            raise RuleBroken(NOBODY)
        publish(decision, round, by)
        tell(decision, leads, f"decision:{decision.id}:{decision.turn}")
    return decision


def ask_release(round: Round, seen: str, *, by: Doer | None, without_mail: bool = False) -> Release:
    """Ask that all prepared decisions of the round go out at one moment; the worker does it, whole or not at all.

    `seen` is release_rules.digest of what the person looked at; `without_mail` says that districts whom no mail reaches
    may be decided all the same. Pressing twice asks once. Raises RuleBroken when anything changed since, when there are
    not enough places, when a district would not hear of it, and while somebody else releases.
    """
    with transaction():
        round, account_id = lock(round), by.account_id if by else None
        running = running_release(round)
        check_asked(running, name_of(running.asked_by_id) if running else "", account_id)
        if running is not None:
            return running
        out = outgoings(round, account_id)
        check_release(out, seen, stage_of(round, clock.now()), without_mail=without_mail)
        release = Release(
            community_id=round.community_id, round_id=round.id, seen=digest(out, without_mail=without_mail),
            asked_at=clock.now(), asked_by_id=account_id, total=len(out.items),
        )  # fmt: skip
        db.session.add(release)
        db.session.flush()
        record(release, "ask", by, community_id=round.community_id, total=release.total)
        after_commit(wake)
    return release


def carry_out_releases() -> int:
    """Carry out every release that was asked for. Says how many decisions went out."""
    return sum(carry_out(number) for number in waiting_releases())


def carry_out(release_id: int) -> int:
    """Send all decisions of a release in one transaction, or none and note why. Says how many. Once, however often."""
    try:
        with transaction():
            return _carry_out(release_id)
    except RuleBroken as broken:
        _refuse(release_id, broken.sentence)
        return 0


def publish(decision: Decision, round: Round, by: Doer | None) -> None:
    """Make the decision known to its district, with an offer when a place was meant. Under the round's lock."""
    letter = decision.letter
    if decision.outcome == "accept":
        offer_place(letter, round, by)
    decision.status, decision.released_at = "released", clock.now()
    decision.released_by_id = by.account_id if by else None
    record(decision, "release", by, community_id=letter.community_id, outcome=decision.outcome)


def tell(decision: Decision, leads: Sequence[Account], once: str) -> None:
    """Owe the district its one mail: to the first of its leads, the others in copy."""
    post(
        f"decision_{decision.outcome}", to=leads[0].email, community_id=decision.letter.community_id, once=once,
        decision_id=decision.id, account_id=leads[0].id, turn=decision.turn,
    )  # fmt: skip


def _carry_out(release_id: int) -> int:
    release = db.session.get_one(Release, release_id)
    # Two workers may come at once: the second finds it done.
    round, release = lock(release.round), lock(release)
    if state_of(release) != "waits":
        return 0
    by = db.session.get(Account, release.asked_by_id) if release.asked_by_id else None
    out = outgoings(round, release.asked_by_id)
    _check_still(release, out)
    for letter_id in sorted(item.decision.letter_id for item in out.items):
        lock(db.session.get_one(Letter, letter_id))
    for item in out.items:
        item.decision.release_id = release.id
        publish(item.decision, round, by)
        if item.is_reachable:
            tell(item.decision, item.leads, f"release:{release.id}:{item.decision.id}")
    release.done_at, release.total = clock.now(), len(out.items)
    record(release, "carry out", by, community_id=round.community_id, total=release.total)
    return release.total


def _check_still(release: Release, out: Outgoings) -> None:
    without_mail = release.seen == digest(out, without_mail=True)
    if not without_mail and release.seen != digest(out):
        raise RuleBroken(CHANGED)
    check_release(out, digest(out), stage_of(out.round, clock.now()), without_mail=without_mail)


def _refuse(release_id: int, sentence: str) -> None:
    with transaction():
        release = db.session.get_one(Release, release_id)
        round, release = lock(release.round), lock(release)
        if state_of(release) == "waits":
            release.refused_at, release.note = clock.now(), sentence
            record(release, "refuse", None, community_id=round.community_id, note=sentence)
