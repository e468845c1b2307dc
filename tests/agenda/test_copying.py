"""An experience and a year made of another: what comes along, what stays, and when it is then."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.agenda import building
from portal.agenda.copying import Copy, copy_experience, copy_year
from portal.agenda.models import Agenda, Experience, Pool
from portal.agenda.operations import add_faculty, create_agenda
from portal.agenda.plan_queries import invited_to, questions_of, years_with_counts
from portal.agenda.questioning import add_question
from portal.agenda.years import publish_year
from portal.communities.models import Community
from portal.communities.queries import public_version
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from tests.agenda.builders import a_draft, a_published, count, dated, typed, utc
from tests.enrollments.builders import FALL

DAY = timedelta(days=1)
DIET = {"kind": "dietary", "label": "What do you eat?", "erase_on": date(2026, 11, 17), "is_required": True}


pytestmark = pytest.mark.usefixtures("summer")


def a_whole(community: Community, by: Account) -> Experience:
    """An experience with everything in it, published."""
    made = a_draft(
        community, by, slug="fall-2026", title="Fall Gathering 2026", summary="A day.", online_capacity=90,
        reach="invited", audience=["teacher"], closes_at=FALL - DAY, snow_date=date(2026, 11, 10),
    )  # fmt: skip
    dated(made, by, FALL, FALL + 7 * DAY, mode="blended", join_url="https://meet.example.org/1", label="Part")
    building.change_leaders(made, typed(faculty=[add_faculty(community, slug="a", title="A").id]), by=by)
    building.invite(made, [("a@example.org", "")], by=by)
    add_question(made, DIET, by=by)
    building.publish(made, by=by)
    return made


def plan(made: Experience, slug: str = "fall-2027", weeks: int = 52, **more: Any) -> Copy:
    return Copy("Fall Gathering 2027", slug, weeks, [one.id for one in made.sessions], **more)


def test_a_copy_has_the_words_the_seats_the_questions_and_who_leads(community: Community, by: Account) -> None:
    made = a_whole(community, by)
    copy = copy_experience(made, plan(made), by=by)
    names = ("summary", "online_capacity", "reach", "audience", "faculty", "capacity", "kind")
    assert [getattr(copy, name) for name in names] == [getattr(made, name) for name in names]
    assert [(one.label, one.is_required, one.erase_on) for one in questions_of(copy.id)] == [
        ("What do you eat?", True, date(2027, 11, 16))
    ]
    assert (copy.published_at, copy.last_queue_number, history_of(copy)[-1].note) == (None, 0, "Fall Gathering 2026")


def test_a_copy_is_on_the_same_weekdays_at_the_same_time_on_the_wall(community: Community, by: Account) -> None:
    made = a_whole(community, by)
    copy = copy_experience(made, plan(made), by=by)
    assert [one.starts_at for one in copy.sessions] == [utc(2027, 11, 2, 12, 30), utc(2027, 11, 9, 13, 30)]
    assert [one.ends_at - one.starts_at for one in copy.sessions] == [timedelta(hours=6)] * 2
    assert (copy.snow_date, copy.closes_at) == (date(2027, 11, 9), utc(2027, 11, 1, 12, 30))
    assert db.session.scalar(select(func.count()).where(Pool.experience_id == copy.id)) == 4


def test_people_invitations_and_links_to_join_stay_where_they_are(community: Community, by: Account) -> None:
    made = a_whole(community, by)
    copy = copy_experience(made, plan(made), by=by)
    assert (invited_to(copy.id), [one.join_url for one in copy.sessions]) == (0, ["", ""])
    assert (invited_to(made.id), made.sessions[0].join_url) == (1, "https://meet.example.org/1")


def test_only_the_chosen_dates_come_along(community: Community, by: Account) -> None:
    made = a_whole(community, by)
    wanted = Copy("Again", "again", 52, [made.sessions[1].id])
    assert [one.starts_at for one in copy_experience(made, wanted, by=by).sessions] == [utc(2027, 11, 9, 13, 30)]


@pytest.mark.parametrize(("change", "sentence"), [({"slug": "fall-2026"}, "already"), ({"weeks": 521}, "0 to 520")])
def test_a_copy_that_cannot_be_leaves_nothing(
    community: Community, by: Account, change: dict[str, Any], sentence: str
) -> None:
    made = a_whole(community, by)
    with pytest.raises(RuleBroken, match=sentence):
        copy_experience(made, plan(made, **change), by=by)
    assert (count(Experience), count(Pool)) == (1, 4)


def test_answers_are_never_kept_until_a_day_that_has_passed(community: Community, by: Account) -> None:
    made = a_whole(community, by)
    with transaction():
        questions_of(made.id)[0].erase_on = date(2020, 1, 1)
    copy = copy_experience(made, plan(made), by=by)
    assert questions_of(copy.id)[0].erase_on == date(2027, 11, 23)


def test_a_year_is_copied_with_years_counted_up_and_as_drafts(community: Community, by: Account) -> None:
    agenda = create_agenda(community, slug="2026-27", title="Learning agenda 2026–27")
    made = a_whole(community, by)
    building.change_words(made, typed(agenda_id=agenda.id), by=by)
    left = a_published(community, by, slug="left", agenda_id=agenda.id)
    chosen = {made.id: [one.id for one in made.sessions]}
    new = copy_year(agenda, title="Learning agenda 2027–28", slug="2027-28", weeks=52, chosen=chosen, by=by)
    [copy] = db.session.scalars(select(Experience).where(Experience.agenda_id == new.id))
    assert (copy.slug, copy.title, copy.published_at) == ("fall-2027", "Fall Gathering 2027", None)
    assert (left.agenda_id, [row.verb for row in history_of(new)]) == (agenda.id, ["create", "copy"])
    assert [(one.slug, number) for one, number in years_with_counts(community.id)] == [("2027-28", 1), ("2026-27", 2)]


@pytest.mark.parametrize(("slug", "sentence"), [("2026-27", "already"), ("2027-28", "at least one")])
def test_a_year_that_cannot_be_copied_leaves_nothing(
    community: Community, by: Account, slug: str, sentence: str
) -> None:
    agenda = create_agenda(community, slug="2026-27", title="Learning agenda")
    made = a_published(community, by, agenda_id=agenda.id)
    chosen = {made.id: []} if slug == "2026-27" else {}
    with pytest.raises(RuleBroken, match=sentence):
        copy_year(agenda, title="Next", slug=slug, weeks=52, chosen=chosen, by=by)
    assert (count(Agenda), count(Experience)) == (1, 1)


def test_a_short_name_in_use_gets_a_number_in_a_copied_year(community: Community, by: Account) -> None:
    agenda = create_agenda(community, slug="2026-27", title="Learning agenda")
    made = a_draft(community, by, slug="nurses", agenda_id=agenda.id)
    new = copy_year(agenda, title="Next", slug="2027-28", weeks=52, chosen={made.id: []}, by=by)
    assert db.session.scalars(select(Experience.slug).where(Experience.agenda_id == new.id)).all() == ["nurses-2"]


def test_a_years_title_stands_over_the_agenda_once_it_is_shown(community: Community, by: Account) -> None:
    agenda = create_agenda(community, slug="2026-27", title="Learning agenda")
    before = public_version("example")
    publish_year(agenda, by=by)
    publish_year(agenda, by=by)
    assert public_version("example") == before + 1
    assert [row.verb for row in history_of(agenda)] == ["create", "publish"]
