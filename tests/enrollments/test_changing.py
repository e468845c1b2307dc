"""A date moves, goes online or is cancelled: who is told, who is asked, what stays, what a refusal leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda.building import change_words
from portal.agenda.models import Experience
from portal.agenda.planning_models import SessionChange
from portal.agenda.school_days import note_day
from portal.communities.models import Community
from portal.communities.queries import public_version
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.enrollments.attending_models import Confirmation, Excuse
from portal.enrollments.change_queries import answers_to, asked_change, questions_of
from portal.enrollments.changing import cancel_experience, cancel_session, move_session, take_online
from portal.enrollments.closing import close_district
from portal.enrollments.confirming import answer_change
from portal.enrollments.models import Enrollment
from portal.enrollments.operations import give_up_seat
from portal.rounds.drafting import Typed
from tests.enrollments.builders import (
    FALL,
    a_district,
    a_person,
    a_question,
    an_experience,
    owed,
    people,
    seat,
    states,
    taken,
    weekly,
)
from tests.postbox import Mail

SNOW_DATE = FALL + timedelta(weeks=1)
WHY = "Snow is coming."


pytestmark = pytest.mark.usefixtures("in_october", "well_counted")


def move(experience: Experience, by: Account, to: datetime = SNOW_DATE, **more: object) -> SessionChange:
    return move_session(experience.sessions[0], to, to + timedelta(hours=6), reason=WHY, by=by, **more)  # type: ignore[arg-type]


def test_a_moved_session_keeps_its_seats_and_its_old_date(community: Community) -> None:
    experience, everyone = an_experience(community), people(community, 5)
    seat(experience, *everyone)
    before = public_version("example")
    change = move(experience, everyone[0])
    session = experience.sessions[0]
    assert (session.starts_at, session.ends_at, session.sequence) == (SNOW_DATE, SNOW_DATE + timedelta(hours=6), 1)
    assert (change.kind, change.old_starts_at, change.reason) == ("moved", FALL, WHY)
    assert (states(experience), taken(experience)) == (["seated"] * 3 + ["waiting"] * 2, [3])
    assert public_version("example") == before + 1
    noted = history_of(experience)[-1]
    assert (noted.verb, noted.note, noted.data["people"]) == ("move session", WHY, 5)


def test_everyone_with_a_seat_or_in_line_gets_one_mail_and_nobody_else(community: Community) -> None:
    experience, everyone = an_experience(community), people(community, 5)
    mine = seat(experience, *everyone)
    give_up_seat(mine[4], by=everyone[4])
    move(experience, everyone[0])
    move(experience, everyone[0])
    told = [address for template, address in owed() if template == "session_moved"]
    assert told == [one.email for one in everyone[:4]]


def test_moved_twice_before_a_mail_could_leave_one_mail_tells_both(
    community: Community, mailbox: Callable[[], list[Mail]]
) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    seat(experience, person)
    mailbox()
    move(experience, person)
    move(experience, person, to=SNOW_DATE + timedelta(days=1))
    [mail] = mailbox()
    assert "Before: Tue, Nov\xa03" in mail.text
    assert "New: Wed, Nov\xa011" in mail.text
    move(experience, person)
    [mail] = mailbox()
    assert "Before: Wed, Nov\xa011" in mail.text


def test_moved_there_and_back_before_a_mail_could_leave_nobody_is_told_of_a_change(
    community: Community, mailbox: Callable[[], list[Mail]]
) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    seat(experience, person)
    mailbox()
    move(experience, person)
    move(experience, person, to=FALL)
    assert mailbox() == []


def test_who_came_after_the_first_move_is_told_of_the_second_only(
    community: Community, mailbox: Callable[[], list[Mail]]
) -> None:
    experience, [person] = an_experience(community), people(community, 1)
    move(experience, person)
    seat(experience, person)
    mailbox()
    move(experience, person, to=SNOW_DATE + timedelta(days=1))
    [mail] = mailbox()
    assert "Before: Tue, Nov\xa010" in mail.text


def test_whoever_has_something_else_then_is_asked_and_all_others_carry_over(community: Community) -> None:
    experience, everyone = an_experience(community), people(community, 3)
    seat(experience, *everyone)
    other = an_experience(community, title="Book study", starts=[SNOW_DATE + timedelta(hours=1)])
    seat(other, everyone[1])
    change = move(experience, everyone[0])
    asked = answers_to(change.id)
    assert [(row.email, row.answer) for row in asked] == [(everyone[1].email, None)]
    assert asked[0].why == "You have a seat in “Book study” at that time."


def test_whoever_has_no_school_on_the_new_date_is_asked(community: Community) -> None:
    experience, here, there = an_experience(community), a_district(community), a_district(community)
    seat(experience, a_person(community, here), one := a_person(community, there))
    words = {"from_date": date(2026, 11, 10), "kind": "staff_day", "label": "Staff day"}
    note_day(community, {**words, "district_id": there.id})
    change = move(experience, one)
    asked = answers_to(change.id)
    assert [row.email for row in asked] == [one.email]
    assert asked[0].why == "Your district has no school on the new date: Staff day."


def test_a_seat_that_ends_before_or_begins_after_the_new_time_is_no_reason_to_ask(community: Community) -> None:
    experience, everyone = an_experience(community), people(community, 2)
    seat(experience, *everyone)
    seat(an_experience(community, starts=[SNOW_DATE - timedelta(hours=6)]), everyone[0])
    seat(an_experience(community, starts=[SNOW_DATE + timedelta(hours=6)]), everyone[1])
    assert answers_to(move(experience, everyone[0]).id) == []


def test_a_line_elsewhere_and_what_is_cancelled_are_no_reason_to_ask(community: Community) -> None:
    experience, everyone = an_experience(community), people(community, 2)
    seat(experience, *everyone)
    other = an_experience(community, starts=[SNOW_DATE], capacity=0)
    gone = an_experience(community, starts=[SNOW_DATE])
    seat(other, everyone[0])
    seat(gone, everyone[1])
    cancel_experience(gone, reason=WHY, by=everyone[0])
    assert answers_to(move(experience, everyone[0]).id) == []


@pytest.mark.parametrize(("asks", "count"), [("all", 3), ("none", 0)])
def test_staff_may_ask_everybody_or_nobody(community: Community, asks: str, count: int) -> None:
    experience, everyone = an_experience(community), people(community, 4)
    seat(experience, *everyone)
    seat(an_experience(community, starts=[SNOW_DATE]), everyone[0])
    assert len(answers_to(move(experience, everyone[0], asks=asks).id)) == count


def test_whoever_says_no_gives_the_seat_to_the_next_in_line(community: Community) -> None:
    experience, everyone = an_experience(community), people(community, 4)
    seat(experience, *everyone)
    move(experience, everyone[0], asks="all")
    question = the_question(everyone[1])
    assert answer_change(question, "no", by=everyone[1])
    assert states(experience) == ["seated", "given_up", "seated", "seated"]
    assert (question.answer, question.answered_at) == ("no", datetime(2026, 10, 1, 13, tzinfo=UTC))


def test_whoever_says_yes_or_nothing_keeps_the_seat(community: Community) -> None:
    experience, everyone = an_experience(community), people(community, 3)
    mine = seat(experience, *everyone)
    move(experience, everyone[0], asks="all")
    question = the_question(everyone[1])
    assert not answer_change(question, "yes", by=everyone[1])
    assert not answer_change(question, "yes", by=everyone[1])
    assert states(experience) == ["seated"] * 3
    assert [row.verb for row in history_of(mine[1])] == ["take seat", "answer yes"]
    assert questions_of(everyone[1].id, FALL - timedelta(days=20)) == []


def test_in_a_series_a_no_keeps_the_seat_and_is_known_to_staff(community: Community) -> None:
    experience, [one] = an_experience(community, kind="series", starts=weekly(3)), people(community, 1)
    seat(experience, one)
    change = move(experience, one, FALL + timedelta(days=1), asks="all")
    assert not answer_change(the_question(one), "no", by=one)
    assert states(experience) == ["seated"]
    assert [row.answer for row in answers_to(change.id)] == ["no"]


def test_answers_are_kept_as_long_after_the_new_date_as_after_the_old_one(community: Community) -> None:
    experience, [one] = an_experience(community), people(community, 1)
    near, far = [a_question(experience, erase_on=date(2026, 11, day)) for day in (4, 30)]
    gone = a_question(experience, erase_on=date(2026, 11, 4), erased_at=FALL)
    seat(experience, one)
    move(experience, one)
    assert [row.erase_on for row in (near, far, gone)] == [date(2026, 11, day) for day in (11, 30, 4)]


@pytest.mark.parametrize("is_moved_before", [False, True])
def test_a_move_that_changes_nothing_is_refused_and_tells_nobody(community: Community, is_moved_before: bool) -> None:
    experience, [one] = an_experience(community), people(community, 1)
    seat(experience, one)
    if is_moved_before:
        move(experience, one)
    session, before = experience.sessions[0], owed()
    with pytest.raises(RuleBroken, match="how it stands already"):
        move(experience, one, session.starts_at, place=f" {session.place} ", seen=session.sequence)
    assert (session.sequence, owed()) == (int(is_moved_before), before)


def test_another_place_alone_is_told_as_one_and_leaves_questions_excuses_and_dates(
    community: Community, mailbox: Callable[[], list[Mail]], client: FlaskClient
) -> None:
    experience, district = an_experience(community), a_district(community)
    one = a_person(community, district)
    seat(experience, one)
    close_district(community, district, FALL.date(), kind="closed", by=one)
    mailbox()
    change = move(experience, one, FALL, place="The town library", asks="all")
    [mail] = mailbox()
    assert mail.subject == f"New place: {experience.title}"
    assert "Place: The town library (before: A member high school)" in mail.text
    assert "new date" not in mail.text
    assert answers_to(change.id) == []
    assert len(db.session.scalars(select(Excuse)).all()) == 1
    assert experience.sessions[0].sequence == 1
    page = client.get(f"/example/agenda/{experience.slug}").text
    assert ("It is at another place now." in page, "Moved from" in page) == (True, False)
    assert "Moved" not in client.get("/example/agenda").text


def test_a_later_end_alone_is_told_as_one(community: Community, mailbox: Callable[[], list[Mail]]) -> None:
    leader, [one] = a_person(), people(community, 1)
    experience = an_experience(community, facilitator_id=leader.id)
    seat(experience, one)
    mailbox()
    move_session(experience.sessions[0], FALL, FALL + timedelta(hours=7), reason=WHY, by=one)
    mails = {mail.to: mail for mail in mailbox()}
    assert {mail.subject for mail in mails.values()} == {f"New end: {experience.title}"}
    assert "It ends: Tue" in mails[one.email].text
    assert "3:30" in mails[one.email].text
    assert set(mails) == {leader.email, one.email}


@pytest.mark.parametrize(("weeks", "is_kept"), [(0, True), (1, False), (4, False)])
def test_a_snow_date_is_kept_while_it_comes_after_the_first_date(
    community: Community, weeks: int, is_kept: bool
) -> None:
    experience, [one] = an_experience(community, snow_date=date(2026, 11, 10)), people(community, 1)
    seat(experience, one)
    move(experience, one, FALL + timedelta(weeks=weeks, hours=1))
    assert (experience.snow_date is not None) == is_kept
    change_words(experience, Typed({"note": "Bring a coat."}), by=one)
    assert experience.note == "Bring a coat."


@pytest.mark.parametrize("then", ["online", "place", "date", "cancelled"])
def test_only_another_date_or_a_cancellation_silences_what_was_said_and_asked_about_a_move(
    community: Community, mailbox: Callable[[], list[Mail]], then: str
) -> None:
    experience, [one, by] = an_experience(community, kind="series", starts=weekly(3)), people(community, 2)
    [mine] = seat(experience, one)
    mailbox()
    first = experience.sessions[0]
    to = FALL + timedelta(days=1)
    move_session(first, to, to + timedelta(hours=6), reason=WHY, by=by, asks="all")
    question = the_question(one)
    if then == "online":
        take_online(first, reason=WHY, by=by)
    elif then == "cancelled":
        cancel_session(first, reason=WHY, by=by)
    else:
        to += timedelta(days=1 if then == "date" else 0)
        move_session(first, to, to + timedelta(hours=6), reason=WHY, by=by, place="The town library", asks="none")
    stands = then in {"online", "place"}
    assert (question.id in [row.id for row in questions_of(one.id, clock.now())]) == stands
    assert (asked_change(first.id) == question.change_id) == stands
    assert len([mail for mail in mailbox() if "/dates/" in mail.text]) == int(stands)
    if stands:
        assert not answer_change(question, "yes", by=one)
    else:
        with pytest.raises(RuleBroken, match="The date changed again"):
            answer_change(question, "yes", by=one)
    assert mine.state == "seated"


def the_question(person: Account) -> Confirmation:
    mine = select(Confirmation).join(Enrollment).where(Enrollment.account_id == person.id)
    return db.session.scalars(mine.order_by(Confirmation.id.desc())).first()  # type: ignore[return-value]
