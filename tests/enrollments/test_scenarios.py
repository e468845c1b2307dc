"""Four winters' tales from beginning to end: snow for all, snow for one district, a made-up school day, a long line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from portal.accounts.models import Account
from portal.accounts.operations import grant_permission
from portal.agenda.models import Experience
from portal.agenda.school_days import note_day
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.districts.models import District
from portal.districts.operations import grant_lead
from portal.enrollments.attending_models import Confirmation, Excuse, Reminder
from portal.enrollments.closing import close_district, reopen_day
from portal.enrollments.line import accept_seat, serve_waiting
from portal.enrollments.models import Enrollment, SeatOffer
from portal.enrollments.operations import give_up_seat
from portal.enrollments.reminding import remind
from portal.enrollments.running_out import end_what_ran_out
from tests.conftest import moment_of
from tests.enrollments.builders import (
    a_district,
    a_person,
    an_experience,
    miscounted,
    people,
    seat,
    states,
    taken,
    told,
)
from tests.postbox import Mail

GATHERING, SNOW_DAY = date(2027, 1, 27), date(2027, 2, 3)


def test_snow_on_the_winter_gathering(
    community: Community, sign_in: Callable[..., FlaskClient], client: FlaskClient, app: Flask,
    at: Callable[[str], datetime], mailbox: Callable[[], list[Mail]],
) -> None:  # fmt: skip
    at("2027-01-10 09:00")
    districts = [a_district(community) for _ in range(10)]
    gathering = a_gathering(community)
    everyone = [a_person(community, districts[number % 10]) for number in range(271)]
    seat(gathering, *everyone)
    # Twenty have a seat in something else on the snow date; a district of which fifteen more come has a staff day then.
    rest = [one for number, one in enumerate(everyone) if number % 10 != 9]
    elsewhere = an_experience(community, title="Book study", starts=[moment_of("2027-02-03 13:00")], capacity=50)
    seat(elsewhere, *rest[:20])
    mine = [one for number, one in enumerate(everyone) if number % 10 == 9]
    for one in mine[15:]:
        move_to_another_district(gathering, one, districts[0])
    a_staff_day(community, districts[9], SNOW_DAY)

    at("2027-01-26 18:40")
    staff = grant_permission(community, email="coordinator@example.org", name="Coordinator", kind="staff")
    desk = sign_in(app.test_client(), staff)
    for district in districts[:4]:
        close_district(community, district, GATHERING, kind="closed", by=staff)
    for district in districts[4:6]:
        close_district(community, district, GATHERING, kind="delayed", minutes=120, by=staff)
    send_what_is_owed()
    shown = desk.get(f"{staff_page(gathering)}/changes").text
    for words in (
        "271\u00a0people have a seat",
        "271\u00a0people keep theirs",
        "271 of 500 taken",
        "4 hours",
        "Wed, Feb\u00a03, 2027, 8:30\u00a0AM–3:00\u00a0PM\u00a0ET",
        "236 carry over, 35 are asked",
    ):
        assert words in shown
    assert (shown.count("Closed"), shown.count("Late start")) == (4, 2)

    when = {"starts": "2027-02-03T08:30", "ends": "2027-02-03T15:00", "asks": "clash", "sure": "y", "seen": "0"}
    for _ in range(2):
        answer = desk.post(f"{staff_page(gathering)}/moving", data={**when, "place": "", "reason": "Heavy snow."})
    assert answer.status_code == 303
    assert "35 were asked: 0 said yes, 0 said no, 35 have not answered" in desk.get(answer.location).text
    mails = [mail for mail in mailbox() if mail.subject.startswith("New date")]
    assert sorted(mail.to for mail in mails) == sorted(one.email for one in everyone)
    assert sum("We ask you whether you can come then." in mail.text for mail in mails) == 35

    # The hours stay, the snow date is used up, nobody is excused from the new day, and the old date is still there.
    session = gathering.sessions[0]
    assert (session.sequence, session.credit_minutes, gathering.snow_date) == (1, 390, None)
    assert db.session.scalar(select(func.count(Excuse.id))) == 0
    page = client.get(f"/example/agenda/{gathering.slug}").text
    assert "Moved from" in page
    assert "Wed, Jan\u00a027, 2027" in page
    feed = client.get("/example/agenda.ics").text
    assert "DTSTART;TZID=America/New_York:20270203T083000" in feed
    assert "SEQUENCE:1" in feed

    # Reminders follow: a week before the new date, and not on the eve of the old one.
    assert remind() == 0
    at("2027-01-27 09:00")
    assert remind() == 271
    assert set(db.session.scalars(select(Reminder.days))) == {7}

    asked = list(db.session.scalars(select(Confirmation).order_by(Confirmation.id)))
    links = [path for mail in mails for path in mail.paths if "/dates/" in path]
    client.post(links[0], data={"answer": "yes"})
    client.post(links[1], data={"answer": "no"})
    at("2027-02-02 09:00")
    assert client.post(links[2], data={"answer": "no"}, headers={"HX-Request": "true"}).status_code == 409
    assert [one.answer for one in asked[:3]] == ["yes", "no", None]
    assert (states(gathering).count("seated"), taken(gathering), miscounted()) == (270, [270], [])


def test_one_district_is_closed_and_the_others_are_open(
    community: Community, at: Callable[[str], datetime], mailbox: Callable[[], list[Mail]]
) -> None:
    at("2027-01-10 09:00")
    closed, other = a_district(community), a_district(community)
    mine, theirs = [[a_person(community, one) for _ in range(3)] for one in (closed, other)]
    afternoons = [moment_of(f"2027-02-{day:02} 15:30") for day in (2, 9, 16)]
    series = an_experience(community, kind="series", mode="online", starts=afternoons, capacity=20)
    seat(series, *mine, *theirs)
    mailbox()
    at("2027-02-09 05:45")
    close_district(community, closed, date(2027, 2, 9), kind="closed", by=theirs[0])
    mails = mailbox()
    assert [mail.to for mail in mails] == [one.email for one in mine]
    assert "still runs online, and it is optional for you." in mails[0].text
    excused = db.session.execute(select(Excuse.session_id, func.count()).group_by(Excuse.session_id)).all()
    assert [tuple(row) for row in excused] == [(series.sessions[1].id, 3)]
    assert (states(series), taken(series)) == (["seated"] * 6, [6, 6, 6])
    # Those who are excused are not reminded of that session; of the next one they are.
    at("2027-02-09 16:00")
    remind()
    assert {mail.to for mail in mailbox()} == {one.email for one in [*mine, *theirs]}


def test_a_staff_day_becomes_a_school_day(
    community: Community, sign_in: Callable[..., FlaskClient], app: Flask, at: Callable[[str], datetime],
    mailbox: Callable[[], list[Mail]],
) -> None:  # fmt: skip
    at("2027-02-20 09:00")
    here, there = a_district(community), a_district(community)
    mine, colleague, lead, other = [a_person(community, one) for one in (here, here, here, there)]
    grant_lead(lead, community.id, here, None)
    starts = [moment_of("2027-03-03 15:45"), moment_of("2027-03-31 15:45")]
    series = an_experience(community, kind="series", starts=starts, capacity=3)
    seat(series, mine, other, a_person(community, there), waiting := a_person(community, there))
    a_staff_day(community, here, date(2027, 3, 31))
    mailbox()
    at("2027-03-01 10:00")
    reopen_day(community, here, date(2027, 3, 31), label="Makes up for the snow day", by=other)
    mails = mailbox()
    assert [mail.to for mail in mails] == [mine.email, lead.email]
    assert f"{mine.name}: {series.title}, Wed, Mar\u00a031" in mails[1].text

    browser, stranger = (sign_in(app.test_client(), one) for one in (mine, other))
    page = f"/example/agenda/{series.slug}"
    for where in (page, "/my"):
        assert "A school day now:" in browser.get(where).text
        assert "A school day now:" not in stranger.get(where).text
    assert stranger.get(f"{page}/seat/substitute").status_code == 404
    assert (
        "A colleague of your district can have your seat, in all its sessions"
        in browser.get(f"{page}/seat/substitute").text
    )
    for address, status in ((other.email, 422), ("nobody@example.org", 422), (colleague.email, 303)):
        assert browser.post(f"{page}/seat/substitute", data={"email": address}).status_code == status
    by_person = dict(db.session.execute(select(Enrollment.account_id, Enrollment.state)).all())
    assert [by_person[one.id] for one in (mine, colleague, waiting)] == ["given_up", "seated", "waiting"]
    assert (taken(series), miscounted()) == ([3, 3], [])
    # Whoever came in their place has the same school day, and can pass it on as well.
    assert "A school day now:" in sign_in(app.test_client(), colleague).get(page).text


def test_a_place_in_a_full_series_is_offered_to_one_after_the_other(
    community: Community, at: Callable[[str], datetime]
) -> None:
    at("2027-01-04 16:00")
    starts = [moment_of("2027-01-20 15:45"), moment_of("2027-02-24 15:45")]
    series, everyone = an_experience(community, kind="series", starts=starts, capacity=36), people(community, 39)
    mine = seat(series, *everyone)
    assert states(series) == ["seated"] * 36 + ["waiting"] * 3

    # 26 hours before it starts, people teach: the offer is made when school is out.
    at("2027-01-19 13:45")
    give_up_seat(mine[0], by=everyone[0])
    serve_waiting()
    assert db.session.scalars(select(SeatOffer)).all() == []
    at("2027-01-19 15:00")
    serve_waiting()
    serve_waiting()
    [offer] = db.session.scalars(select(SeatOffer))
    # Twelve hours would end in the night: it is kept until somebody can answer again.
    assert (offer.enrollment_id, offer.until) == (mine[36].id, moment_of("2027-01-20 07:00"))
    assert (told("seat_offered"), taken(series)) == ([everyone[36].email], [35, 35])

    at("2027-01-20 07:01")
    end_what_ran_out()
    assert told("seat_offered") == [everyone[36].email, everyone[37].email]
    accept_seat(mine[37], by=everyone[37])
    assert [one.state for one in mine[36:]] == ["given_up", "seated", "waiting"]
    assert (taken(series), miscounted()) == ([36, 36], [])


def a_gathering(community: Community) -> Experience:
    """The Winter Gathering as it is planned: 300 seats, a snow date, and online if it must be."""
    experience = an_experience(
        community, title="Winter Gathering", starts=[moment_of("2027-01-27 08:30")], capacity=300, quarter="winter",
        snow_date=SNOW_DAY, fallback_capacity=500, fallback_minutes=240, reminder_days=[7, 1],
    )  # fmt: skip
    session = experience.sessions[0]
    session.ends_at, session.credit_minutes = moment_of("2027-01-27 15:00"), 390
    db.session.commit()
    return experience


def move_to_another_district(experience: Experience, person: Account, district: District) -> None:
    mine = db.session.scalars(select(Enrollment).filter_by(experience_id=experience.id, account_id=person.id)).one()
    mine.district_id = district.id
    db.session.commit()


def send_what_is_owed() -> None:
    """As if all mails had left: three hundred real ones tell nothing here."""
    db.session.execute(update(Outgoing).values(sent_at=clock.now()))
    db.session.commit()


def a_staff_day(community: Community, district: District, day: date) -> None:
    words: dict[str, Any] = {"from_date": day, "kind": "staff_day", "label": "Staff day", "district_id": district.id}
    note_day(community, words)


def staff_page(experience: Experience) -> str:
    return f"/example/staff/agenda/{experience.slug}/sessions/{experience.sessions[0].id}"
