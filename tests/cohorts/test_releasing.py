from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.cohorts.models import PlaceOffer
from portal.cohorts.release_queries import outgoings, progress_of
from portal.cohorts.release_rules import digest, state_of
from portal.cohorts.releasing import ask_release, carry_out_releases
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.core.outbox import Outgoing
from portal.districts.operations import affiliate
from portal.letters.models import Letter
from portal.reviews.models import Decision, Release
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import decision_of
from portal.reviews.rules import stamp_of
from portal.rounds.models import Round
from tests.cohorts.builders import (
    a_closing_round,
    a_community,
    a_district,
    a_lead,
    a_led_letter,
    a_letter,
    a_staff_member,
    everything,
    owed,
)
from tests.postbox import Mail

At = Callable[[str], Any]
PLAN = {"Harbor": "decline", "River": "waitlist", "Hill": "accept", "Cove": "waitlist", "Dune": "accept"}


@pytest.fixture
def round(community: Community) -> Round:
    return a_closing_round(community, capacity=2)


@pytest.fixture
def letters(round: Round, staff: Account) -> dict[str, Letter]:
    """Five letters, each with a prepared decision."""
    made = {name: a_led_letter(round, name) for name in PLAN}
    for name, letter in made.items():
        prepare_decision(letter, PLAN[name], "", staff)
    return made


def seen_by(round: Round, account: Account | None) -> str:
    return digest(outgoings(round, account.id if account else None))


def released(round: Round, staff: Account, **more: Any) -> Release:
    release = ask_release(round, seen_by(round, staff), by=staff, **more)
    carry_out_releases()
    db.session.expire_all()
    return release


def kill(address: str) -> None:
    """A mail to this address was given up."""
    with transaction():
        db.session.add(
            Outgoing(template="x", to_address=address, message_id="m", posted_at=clock.now(), due_at=clock.now(),
                     dead_at=clock.now())
        )  # fmt: skip


def test_a_release_sends_all_decisions_at_one_moment_in_the_order_of_the_waitlist(
    round: Round, staff: Account, letters: dict[str, Letter]
) -> None:
    release = released(round, staff)
    assert (state_of(release), release.total) == ("done", 5)
    rows = db.session.query(Decision).order_by(Decision.id).all()
    assert {(row.status, row.released_at, row.released_by_id, row.release_id) for row in rows} == {
        ("released", clock.now(), staff.id, release.id)
    }
    assert owed() == [
        ("decision_accept", "lead.dune@example.org"), ("decision_accept", "lead.hill@example.org"),
        ("decision_waitlist", "lead.river@example.org"), ("decision_waitlist", "lead.cove@example.org"),
        ("decision_decline", "lead.harbor@example.org"),
    ]  # fmt: skip
    assert db.session.query(PlaceOffer).filter_by(status="open").count() == 2
    assert [row.verb for row in history_of(release)] == ["ask", "carry out"]


def test_every_district_gets_exactly_one_mail_and_progress_counts_them(
    round: Round, staff: Account, letters: dict[str, Letter], mailbox: Callable[[], list[Mail]]
) -> None:
    release = released(round, staff)
    assert tuple(progress_of(release, ())) == (5, 5, 0, 0, 0)
    assert sorted(mail.to for mail in mailbox()) == sorted(f"lead.{name.lower()}@example.org" for name in PLAN)
    assert tuple(progress_of(release, ())) == (5, 5, 5, 0, 0)


def test_nothing_is_sent_before_the_worker_comes(round: Round, staff: Account, letters: dict[str, Letter]) -> None:
    ask_release(round, seen_by(round, staff), by=staff)
    assert (owed(), db.session.query(Decision).filter_by(status="released").count()) == ([], 0)


def test_pressing_twice_asks_once_and_a_worker_that_comes_twice_sends_once(
    round: Round, staff: Account, letters: dict[str, Letter]
) -> None:
    seen = seen_by(round, staff)
    first = ask_release(round, seen, by=staff).id
    assert ask_release(round, seen, by=staff).id == first
    assert (carry_out_releases(), carry_out_releases()) == (5, 0)


def test_a_colleague_who_releases_at_the_same_time_is_told(
    round: Round, staff: Account, letters: dict[str, Letter], community: Community
) -> None:
    other = a_staff_member(community, "admin")
    ask_release(round, seen_by(round, staff), by=staff)
    before = everything()
    with pytest.raises(RuleBroken, match="Program staff sends the decisions of this round just now"):
        ask_release(round, seen_by(round, other), by=other)
    assert everything() == before


def change_outcome(letters: dict[str, Letter], staff: Account) -> None:
    prepare_decision(letters["Harbor"], "waitlist", "", staff, seen=_stamp(letters["Harbor"]))


def change_text(letters: dict[str, Letter], staff: Account) -> None:
    with transaction():
        letters["Hill"].round.decision_texts = {"accept": {"subject": "Yes", "text": "Welcome."}}


def change_words_of_one(letters: dict[str, Letter], staff: Account) -> None:
    with transaction():
        decision = decision_of(letters["Hill"])
        assert decision is not None
        decision.mail_text = "Welcome."


def change_places(letters: dict[str, Letter], staff: Account) -> None:
    with transaction():
        letters["Hill"].round.capacity = 9


def change_address(letters: dict[str, Letter], staff: Account) -> None:
    a_lead(letters["Hill"].round.community, letters["Hill"].district, "new.hill@example.org")


def change_letter(letters: dict[str, Letter], staff: Account) -> None:
    with transaction():
        letters["Hill"].status = "withdrawn"


CHANGES = [change_outcome, change_text, change_words_of_one, change_places, change_address, change_letter]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_changed_after_the_look_is_refused_when_asked(
    round: Round, staff: Account, letters: dict[str, Letter], change: Callable[..., None]
) -> None:
    seen = seen_by(round, staff)
    change(letters, staff)
    before = everything()
    with pytest.raises(RuleBroken, match="Something changed after you looked"):
        ask_release(round, seen, by=staff)
    assert everything() == before


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_changed_before_the_worker_came_is_refused_whole(
    round: Round, staff: Account, letters: dict[str, Letter], change: Callable[..., None]
) -> None:
    release = ask_release(round, seen_by(round, staff), by=staff)
    change(letters, staff)
    assert carry_out_releases() == 0
    db.session.expire_all()
    assert (state_of(release), "Nothing was sent" in release.note) == ("refused", True)
    assert (owed(), db.session.query(PlaceOffer).count(), carry_out_releases()) == ([], 0, 0)
    assert ask_release(round, seen_by(round, staff), by=staff, without_mail=True).id != release.id


def test_more_places_than_there_are_are_not_offered(round: Round, staff: Account, letters: dict[str, Letter]) -> None:
    prepare_decision(letters["Harbor"], "accept", "", staff, seen=_stamp(letters["Harbor"]))
    before = everything()
    with pytest.raises(RuleBroken, match="You mean to offer 3.places, and 2.are left"):
        ask_release(round, seen_by(round, staff), by=staff)
    assert everything() == before


def test_a_round_that_is_open_or_without_prepared_decisions_releases_nothing(
    round: Round, staff: Account, at: At
) -> None:
    with pytest.raises(RuleBroken, match="No decision of this round waits"):
        ask_release(round, seen_by(round, staff), by=staff)
    at("2026-10-01 10:00")
    with pytest.raises(RuleBroken, match="after the round has closed"):
        ask_release(round, seen_by(round, staff), by=staff)


@pytest.mark.parametrize("why", ["nobody", "dead"])
def test_a_district_whom_no_mail_reaches_stops_the_release_until_somebody_agrees(
    round: Round, staff: Account, why: str
) -> None:
    if why == "dead":
        letter = a_led_letter(round, "Harbor")
        kill("lead.harbor@example.org")
    else:
        letter = a_letter(round, a_district())
    prepare_decision(letter, "decline", "", staff)
    before = everything()
    with pytest.raises(RuleBroken, match="1.district has nobody whom a mail reaches"):
        ask_release(round, seen_by(round, staff), by=staff)
    assert everything() == before
    assert state_of(released(round, staff, without_mail=True)) == "done"
    assert (owed("decision_decline"), decision_of(letter).status) == ([], "released")  # type: ignore[union-attr]


def test_who_became_unreachable_after_the_agreement_was_not_agreed_to(round: Round, staff: Account) -> None:
    prepare_decision(a_letter(round, a_district("Hill")), "decline", "", staff)
    prepare_decision(a_led_letter(round, "Harbor"), "decline", "", staff)
    release = ask_release(round, seen_by(round, staff), by=staff, without_mail=True)
    kill("lead.harbor@example.org")
    assert (carry_out_releases(), state_of(db.session.get_one(Release, release.id))) == (0, "refused")


def test_the_second_lead_gets_the_mail_where_the_first_address_is_dead(round: Round, staff: Account) -> None:
    letter = a_led_letter(round, "Harbor")
    a_lead(round.community, letter.district, "second.harbor@example.org")
    kill("lead.harbor@example.org")
    prepare_decision(letter, "decline", "", staff)
    released(round, staff)
    assert owed("decision_decline") == [("decision_decline", "second.harbor@example.org")]


def test_what_the_sender_must_not_know_is_left_for_somebody_else(
    round: Round, staff: Account, letters: dict[str, Letter], community: Community
) -> None:
    other = a_staff_member(community, "admin")
    affiliate(other, community.id, letters["Hill"].district, "teacher-sped", clock.now().date(), None)
    assert released(round, other).total == 4
    assert decision_of(letters["Hill"]).status == "prepared"  # type: ignore[union-attr]
    assert released(round, staff).total == 1


def test_another_round_and_another_community_are_not_touched(
    round: Round, staff: Account, letters: dict[str, Letter]
) -> None:
    elsewhere = a_community("other")
    theirs = a_led_letter(a_closing_round(elsewhere), "Far")
    prepare_decision(theirs, "accept", "", a_staff_member(elsewhere, email="far@example.org"))
    released(round, staff)
    assert decision_of(theirs).status == "prepared"  # type: ignore[union-attr]
    assert len(owed()) == 5


def _stamp(letter: Letter) -> str:
    return stamp_of(decision_of(letter))
