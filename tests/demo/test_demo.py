"""The demo world: what a newcomer finds."""

import json
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.agenda.models import Experience, Pool, Session
from portal.agenda.planning_models import ExperienceQuestion
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.demo.operations import load_demo
from portal.demo.world import read_world
from portal.districts.models import District
from portal.districts.queries import members_of
from portal.districts.rules import KIND_WORDS
from portal.enrollments.attending_models import EnrollmentAnswer
from portal.enrollments.models import Enrollment, EnrollmentTeam, Seat, SeatHold, SeatOffer
from portal.letters.models import Editor, Letter, SectionTask, Submission
from portal.letters.rules import missing_before_signature
from portal.letters.team_rules import is_overdue
from portal.rounds.models import AnswerRequest, AskedQuestion, InfoSession, InfoSignUp, Inquiry, Invitation, Round

COUNT_SEATS = select(func.count(Seat.id)).where(Seat.pool_id == Pool.id).scalar_subquery()


def communities() -> dict[str, Community]:
    return {community.slug: community for community in db.session.scalars(select(Community))}


def open_round() -> Round:
    return db.session.scalars(select(Round).where(Round.slug == "eclc-loi-2026")).one()


def stories() -> dict[str, str]:
    chosen = select(District.slug, Letter.status).join(Letter, Letter.district_id == District.id)
    rows = db.session.execute(chosen.where(Letter.round_id == open_round().id))
    return {row.slug: row.status for row in rows}


@pytest.mark.usefixtures("demo")
class TestLoaded:
    def test_sixteen_districts_are_members_and_the_teacher_network_has_none(self) -> None:
        found = communities()
        assert len(members_of(found["eclc"].id)) == 16
        assert members_of(found["ecet2"].id) == []

    def test_every_district_is_of_a_kind_that_the_portal_has_words_for(self) -> None:
        kinds = set(db.session.scalars(select(District.kind).distinct().order_by(District.kind)))
        assert kinds - set(KIND_WORDS) == set()

    def test_the_round_is_open_and_closes_in_about_four_weeks_on_a_friday_at_five(self) -> None:
        round = open_round()
        closes = clock.local(round.closes_at, "America/New_York")
        assert round.opens_at < clock.now() < round.closes_at
        assert 24 <= (closes.date() - clock.now().date()).days <= 32
        assert (closes.strftime("%A"), closes.hour, closes.minute) == ("Friday", 17, 0)

    def test_each_applicant_stands_where_the_story_says(self) -> None:
        assert stories() == {
            "example-harbor": "submitted",
            "sample-river": "submitted",
            "demo-hill": "draft",
            "test-cove": "draft",
        }

    def test_two_letters_are_frozen_before_the_deadline_and_one_of_them_was_sent_twice(self) -> None:
        sent = select(District.slug, Submission.number, Submission.is_late).join(
            Letter, Letter.id == Submission.letter_id
        )
        sent = sent.where(Letter.round_id == open_round().id).order_by(Submission.id)
        rows = db.session.execute(sent.join(District, District.id == Letter.district_id))
        assert [tuple(row) for row in rows] == [
            ("example-harbor", 1, False),
            ("sample-river", 1, False),
            ("sample-river", 2, False),
        ]

    def test_the_second_version_reads_otherwise_than_the_first(self) -> None:
        chosen = select(Submission).join(Letter, Letter.id == Submission.letter_id).join(District)
        first, second = db.session.scalars(chosen.where(District.slug == "sample-river").order_by(Submission.number))
        assert first.content_hash != second.content_hash
        assert second.content["endorsement"] is not None

    def test_one_district_says_not_this_year_and_one_letter_is_unopened(self) -> None:
        rows = db.session.execute(select(District.slug, Invitation.answer, Invitation.opened_at).join(District))
        found = {slug: (answer, opened is not None) for slug, answer, opened in rows}
        assert found["placeholder-valley"] == ("not_this_year", True)
        assert found["trial-meadow"] == ("", False)

    def test_two_colleagues_write_with_the_lead_of_demo_hill_and_test_cove_waits_for_one(self) -> None:
        chosen = select(District.slug, Editor.joined_at).join(Letter, Letter.id == Editor.letter_id)
        rows = db.session.execute(chosen.join(District, District.id == Letter.district_id).order_by(Editor.id))
        found = [(slug, joined is not None) for slug, joined in rows]
        assert found == [("demo-hill", True), ("demo-hill", True), ("test-cove", False)]

    def test_demo_hill_has_called_three_sections_done_and_test_cove_is_late_with_one(self) -> None:
        today = clock.local(clock.now(), "America/New_York").date()
        chosen = select(District.slug, SectionTask).join(Letter, Letter.id == SectionTask.letter_id)
        rows = db.session.execute(chosen.join(District, District.id == Letter.district_id).order_by(SectionTask.id))
        tasks = [(slug, task) for slug, task in rows]
        assert [slug for slug, task in tasks if task.done_at] == ["demo-hill"] * 3
        assert [slug for slug, task in tasks if is_overdue(task, today)] == ["test-cove"]

    def test_demo_hill_is_complete_but_for_the_signature(self) -> None:
        letter = db.session.scalars(select(Letter).join(District).where(District.slug == "demo-hill")).one()
        assert (missing_before_signature(letter), letter.endorsements) == ([], [])

    def test_visitors_read_three_answers_and_staff_find_four_things_on_their_desk(self) -> None:
        questions = db.session.scalars(select(AskedQuestion).order_by(AskedQuestion.id)).all()
        assert [one.published_at is not None for one in questions] == [True, True, True, False]
        assert [one.text for one in questions if one.answered_at is None] == [questions[-1].text]
        assert db.session.scalars(select(Inquiry.state).order_by(Inquiry.id)).all() == ["open", "open"]
        [request] = db.session.scalars(select(AnswerRequest))
        assert (request.fits, request.outcome, request.confirmed_at is not None) == (False, "", True)

    def test_info_sessions_say_where_they_are_and_have_guests(self) -> None:
        taken = select(func.count(InfoSignUp.id)).where(InfoSignUp.info_session_id == InfoSession.id).scalar_subquery()
        chosen = select(InfoSession.place, InfoSession.join_link, taken).order_by(InfoSession.at)
        rows = db.session.execute(chosen.where(InfoSession.round_id == open_round().id))
        assert [tuple(row) for row in rows] == [
            ("", "https://meet.example.org/cohort-4", 5),
            ("Community Hub, Beverly, Massachusetts", "", 3),
        ]

    def test_one_info_session_lies_ahead(self) -> None:
        chosen = select(InfoSession.at).where(InfoSession.round_id == open_round().id).order_by(InfoSession.at)
        past, coming = db.session.scalars(chosen)
        assert past < clock.now() < coming

    def test_only_invented_districts_have_acted(self) -> None:
        acted = (Invitation.district_id, Letter.district_id, AnswerRequest.district_id, AskedQuestion.district_id)
        found = {number for column in acted for number in db.session.scalars(select(column).distinct()) if number}
        invented = set(db.session.scalars(select(District.id).where(District.is_fictitious)))
        assert found - invented == set()

    def test_everybody_has_an_address_that_belongs_to_nobody(self) -> None:
        named = (Account.email, Editor.email, InfoSignUp.email, AskedQuestion.email, Inquiry.email, AnswerRequest.email)
        found = {address for column in named for address in db.session.scalars(select(column).distinct()) if address}
        assert [address for address in found if not address.endswith("@example.org")] == []

    def test_nothing_was_done_in_the_future(self) -> None:
        assert db.session.scalar(select(func.max(History.at))) <= clock.now()

    def test_invented_districts_have_no_number_of_a_real_one(self) -> None:
        numbers = select(District.leaid, District.state_code).where(District.is_fictitious)
        assert set(map(tuple, db.session.execute(numbers))) == {(None, None)}
        real = select(func.count()).select_from(District).where(~District.is_fictitious, District.state_code.is_(None))
        assert db.session.scalar(real) == 0

    def test_the_next_big_gathering_has_one_seat_left(self) -> None:
        chosen = select(Pool.capacity - Pool.taken).join(Experience, Experience.id == Pool.experience_id)
        assert db.session.scalars(chosen.where(Experience.slug == "fall-gathering-2026")).all() == [1]

    def test_one_meeting_of_a_space_is_full_with_three_in_line(self) -> None:
        waiting = (
            select(Enrollment.session_id, func.count())
            .where(Enrollment.state == "waiting", Enrollment.session_id.is_not(None))
            .group_by(Enrollment.session_id)
        )
        [(session_id, count)] = db.session.execute(waiting).all()
        [pool] = db.session.scalars(select(Pool).where(Pool.session_id == session_id))
        assert (count, pool.taken) == (3, pool.capacity)

    def test_what_is_taken_is_what_is_counted(self) -> None:
        assert db.session.scalars(select(Pool.id).where(Pool.taken != COUNT_SEATS)).all() == []

    def test_weekdays_stay_what_they_were(self) -> None:
        chosen = select(Session.starts_at).join(Experience).where(Experience.slug == "winter-gathering-2027")
        assert f"{clock.local(db.session.scalars(chosen).one(), 'America/New_York'):%A %H:%M}" == "Wednesday 08:30"

    def test_a_snow_day_has_another_date_and_a_way_to_go_online(self) -> None:
        winter = db.session.scalars(select(Experience).filter_by(slug="winter-gathering-2027")).one()
        assert (winter.fallback_capacity, winter.fallback_minutes) == (500, 240)
        [session], decided = winter.sessions, clock.local(winter.decide_by, "America/New_York")
        assert winter.snow_date == clock.local(session.starts_at, "America/New_York").date() + timedelta(days=7)
        assert (f"{decided:%H:%M}", session.starts_at - winter.decide_by) == ("20:30", timedelta(hours=12))

    def test_every_online_session_can_be_joined_and_no_other(self) -> None:
        chosen = select(Session.mode, Session.join_url.like("https://meet.example.org/%")).distinct()
        found = {(mode, has_link) for mode, has_link in db.session.execute(chosen.order_by(Session.mode))}
        assert found == {("online", True), ("in_person", False)}

    def test_a_freed_seat_is_offered_in_time_and_a_team_waits_behind(self) -> None:
        [offer] = db.session.scalars(select(SeatOffer))
        assert (offer.status, offer.enrollment.account.email) == ("open", "teacher-general.beverly@example.org")
        assert clock.now() < offer.until < offer.enrollment.experience.sessions[0].starts_at
        [team] = db.session.scalars(select(EnrollmentTeam))
        chosen = select(Account.email).join(Enrollment, Enrollment.account_id == Account.id)
        waiting = db.session.scalars(chosen.where(Enrollment.team_id == team.id).order_by(Account.id)).all()
        assert waiting == ["sped-director.danvers@example.org", "principal.danvers@example.org"]

    def test_leads_are_asked_and_keep_seats(self) -> None:
        chosen = select(Account.email, Enrollment.state).join(Enrollment, Enrollment.account_id == Account.id)
        rows = chosen.join(Experience).where(Experience.slug == "popup-visit").order_by(Enrollment.queue_number)
        found = [(email.partition("@")[0], state) for email, state in db.session.execute(rows)]
        assert found == [
            ("teacher-general.beverly", "pending"),
            ("principal.beverly", "seated"),
            ("teacher-general.danvers", "pending"),
        ]
        kept = select(SeatHold.kind, SeatHold.seats, SeatHold.remaining).order_by(SeatHold.id)
        assert [tuple(row) for row in db.session.execute(kept)] == [
            ("role", 12, 12),
            ("district", 8, 8),
            ("lead", 4, 3),
        ]

    def test_the_winter_gathering_asks_three_things_and_some_have_answered(self) -> None:
        rows = db.session.scalars(select(ExperienceQuestion).order_by(ExperienceQuestion.position)).all()
        assert [row.kind for row in rows] == ["dietary", "access", "choice"]
        assert db.session.scalar(select(func.count(EnrollmentAnswer.id))) == 8

    def test_a_loaded_portal_refuses_to_load_again_and_stays_as_it_is(self) -> None:
        before = db.session.scalar(select(func.count()).select_from(Enrollment))
        with pytest.raises(RuleBroken, match="already"):
            load_demo("learning-together")
        assert db.session.scalar(select(func.count()).select_from(Enrollment)) == before


def test_without_a_demo_password_nothing_is_loaded(app: Flask) -> None:
    with pytest.raises(RuleBroken, match="no demo password"):
        load_demo("")
    assert communities() == {}


def test_people_are_told_as_json_lines_with_what_they_need_to_sign_in(demo: Flask) -> None:
    lines = demo.test_cli_runner().invoke(args=["demo", "people"]).output.splitlines()
    people = [json.loads(line) for line in lines]
    [director] = [line for line in people if line["email"] == "director.hub@example.org"]
    assert {
        "password": "learning-together",
        "role": "community-director",
        "community": "eclc",
    }.items() <= director.items()
    permissions = {"admin", "staff", "reviewer", "lead", "editor", "member", "none"}
    assert {(line["permission"]) for line in people} == permissions


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2027, 3, 14), date(2027, 11, 7), date(2028, 2, 29)])
def test_dates_move_by_whole_weeks_whatever_the_day(today: date) -> None:
    world = read_world(today)
    assert world.shift % timedelta(weeks=1) == timedelta(0)
    assert abs(world.day("2026-10-30") - (today + timedelta(days=28))) <= timedelta(days=4)


def test_a_time_of_day_stays_across_a_change_of_clocks() -> None:
    world = read_world(date(2027, 2, 14))  # 2:30 PM in October becomes 2:30 PM in February
    moment = clock.local(world.moment_of("2026-10-06", "14:30"), "America/New_York")
    assert (moment.hour, moment.minute) == (14, 30)
