"""Building an experience: what a draft begins with, chapters that are saved, what locks, publishing, taking out."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda import building
from portal.agenda.models import Experience, Pool, Session
from portal.agenda.operations import add_faculty
from portal.agenda.plan_queries import invited_to, invitees_of
from portal.agenda.planning_models import ExperienceInvitee, ExperienceQuestion
from portal.agenda.questioning import add_question
from portal.communities.models import Community
from portal.communities.queries import public_version
from portal.core.db import db
from portal.core.errors import Conflict, RuleBroken
from portal.core.history import history_of
from portal.rounds.changes import marks_of
from portal.rounds.drafting import Typed
from tests.agenda.builders import a_draft, a_published, ask, count, dated, typed, utc
from tests.enrollments.builders import FALL, a_community

Stop = Any


pytestmark = pytest.mark.usefixtures("summer")


def verbs(experience: Experience) -> list[str]:
    return [row.verb for row in history_of(experience)]


def test_a_draft_begins_with_a_title_and_is_seen_by_nobody(community: Community, by: Account) -> None:
    before = public_version("example")
    made = building.draft_experience(community, kind="space", title="  Nurses   meet ", slug="nurses", by=by)
    assert (made.title, made.joined_by, made.capacity, made.published_at) == ("Nurses meet", "session", 0, None)
    assert (verbs(made), public_version("example")) == (["create"], before)


@pytest.mark.parametrize(
    ("slug", "sentence"), [("new", "another page"), ("years", "another page"), ("fall", "already")]
)
def test_a_short_name_that_leads_elsewhere_is_refused(
    community: Community, by: Account, slug: str, sentence: str
) -> None:
    a_draft(community, by, slug="fall")
    with pytest.raises(RuleBroken, match=sentence):
        building.draft_experience(community, kind="series", title="Another", slug=slug, by=by)
    assert count(Experience) == 1


def test_two_communities_can_use_the_same_short_name(community: Community, by: Account) -> None:
    a_draft(community, by, slug="fall")
    assert building.draft_experience(a_community("other"), kind="series", title="Theirs", slug="fall", by=by).id


def test_seats_of_a_draft_fill_every_pool(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    dated(made, by, FALL, mode="blended")
    building.change_seats(made, typed(capacity=40, online_capacity=100), by=by)
    assert [(pool.mode, pool.capacity) for pool in made.sessions[0].pools] == [("in_person", 40), ("online", 100)]
    assert verbs(made)[-1] == "change seats and sign-up"


def test_saving_what_is_there_already_leaves_no_trace(community: Community, by: Account) -> None:
    made = a_published(community, by)
    before = verbs(made), public_version("example")
    building.change_seats(made, typed(capacity=30), by=by)
    assert (verbs(made), public_version("example")) == before


def test_once_somebody_asked_for_a_seat_the_number_of_seats_is_no_longer_changed_here(
    community: Community, by: Account
) -> None:
    made = a_published(community, by)
    ask(made)
    for name in ("capacity", "online_capacity", "joined_by"):
        with pytest.raises(RuleBroken, match="People have asked for seats"):
            building.change_seats(made, typed(**{name: 99 if "capacity" in name else "session"}), by=by)
    building.change_seats(made, typed(min_to_run=5), by=by)
    assert (made.capacity, made.min_to_run) == (30, 5)
    assert db.session.scalar(select(Pool.capacity)) == 30


def test_once_somebody_asked_for_a_seat_the_place_is_changed_with_the_date_alone(
    community: Community, by: Account
) -> None:
    made = a_published(community, by, place="A school")
    building.change_words(made, typed(place="A high school"), by=by)
    ask(made)
    with pytest.raises(RuleBroken, match="Change it where you move a date"):
        building.change_words(made, typed(place="Elsewhere", summary="A day."), by=by)
    building.change_words(made, typed(place="A high school", summary="Two days."), by=by)
    assert (made.place, made.summary) == ("A high school", "Two days.")


def test_a_short_name_changes_until_it_is_published(community: Community, by: Account) -> None:
    made = a_draft(community, by, slug="fall")
    building.change_words(made, typed(slug="autumn"), by=by)
    dated(made, by)
    building.publish(made, by=by)
    with pytest.raises(RuleBroken, match="its address is in mails"):
        building.change_words(made, typed(slug="winter"), by=by)
    assert made.slug == "autumn"


def test_a_short_name_in_use_is_refused_while_words_are_changed(community: Community, by: Account) -> None:
    a_draft(community, by, slug="fall")
    made = a_draft(community, by, slug="winter")
    with pytest.raises(RuleBroken, match="already"):
        building.change_words(made, typed(slug="fall", title="New title"), by=by)
    assert (made.slug, made.title != "New title") == ("winter", True)


def test_what_a_colleague_wrote_meanwhile_is_never_written_over(community: Community, by: Account) -> None:
    made = a_draft(community, by, title="First")
    seen = marks_of({"title": "First", "summary": ""})
    building.change_words(made, typed(title="Hers"), by=by)
    with pytest.raises(Conflict):
        building.change_words(made, Typed({"title": "Mine", "summary": ""}, seen), by=by)
    building.change_words(made, Typed({"title": "First", "summary": "Mine"}, seen), by=by)
    assert (made.title, made.summary) == ("Hers", "Mine")


def test_who_leads_it_are_people_of_this_community_only(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    own = add_faculty(community, slug="own", title="Own")
    other = add_faculty(a_community("other"), slug="theirs", title="Theirs")
    building.change_leaders(made, typed(faculty=[own.id, other.id], facilitator_id=by.id), by=by)
    assert (made.faculty, made.facilitator_id) == ([own], by.id)


def test_a_change_of_a_published_experience_shows_at_once_and_is_told_before_and_after(
    community: Community, by: Account
) -> None:
    made = a_published(community, by)
    before = public_version("example")
    building.change_words(made, typed(summary="Come and see."), by=by)
    assert public_version("example") == before + 1
    assert history_of(made)[-1].data["changes"] == {"summary": ["", "Come and see."]}


def test_nothing_is_published_while_something_is_missing(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    with pytest.raises(RuleBroken, match="There is no date yet"):
        building.publish(made, by=by)
    dated(made, by)
    building.change_seats(made, typed(capacity=0), by=by)
    with pytest.raises(RuleBroken, match="how many seats"):
        building.publish(made, by=by)
    assert (made.published_at, "publish" in verbs(made)) == (None, False)


def test_publishing_happens_once(community: Community, by: Account) -> None:
    made = a_published(community, by)
    first = made.published_at
    building.publish(made, by=by)
    assert (made.published_at, verbs(made).count("publish")) == (first, 1)


def test_a_published_experience_stays_whole(community: Community, by: Account) -> None:
    made = a_published(community, by)
    with pytest.raises(RuleBroken, match="stays complete"):
        building.change_seats(made, typed(capacity=0), by=by)
    with pytest.raises(RuleBroken, match="stays complete"):
        building.change_reach(made, typed(reach="cohorts"), by=by)
    assert (made.capacity, made.reach) == (30, "members")


def test_a_cancelled_experience_is_kept_as_it_was(community: Community, by: Account) -> None:
    made = a_draft(community, by, cancelled_at=FALL)
    with pytest.raises(RuleBroken, match="was cancelled"):
        building.change_words(made, typed(title="Another"), by=by)
    with pytest.raises(RuleBroken, match="was cancelled"):
        building.publish(made, by=by)


def test_a_draft_is_taken_out_with_everything_of_it(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    dated(made, by, FALL, mode="blended")
    building.change_leaders(made, typed(faculty=[add_faculty(community, slug="a", title="A").id]), by=by)
    building.invite(made, [("a@example.org", "A")], by=by)
    add_question(made, {"kind": "dietary", "label": "What do you eat?", "erase_on": utc(2026, 12, 1).date()}, by=by)
    building.remove_draft(made, by=by)
    assert [count(t) for t in (Experience, Session, Pool, ExperienceInvitee, ExperienceQuestion)] == [0] * 5


def test_what_people_have_seen_is_not_taken_out(community: Community, by: Account) -> None:
    made = a_published(community, by)
    with pytest.raises(RuleBroken, match="can be cancelled"):
        building.remove_draft(made, by=by)
    asked = a_draft(community, by)
    ask(asked)
    with pytest.raises(RuleBroken, match="can be cancelled"):
        building.remove_draft(asked, by=by)
    assert count(Experience) == 2


def test_people_are_invited_once(community: Community, by: Account) -> None:
    made = a_draft(community, by, reach="invited")
    assert building.invite(made, [("a@example.org", "A"), ("b@example.org", "")], by=by) == 2
    assert building.invite(made, [("a@example.org", "Again"), ("c@example.org", "")], by=by) == 1
    assert building.invite(made, [("a@example.org", "")], by=by) == 0
    assert invited_to(made.id) == 3
    assert verbs(made).count("invite") == 2


def test_an_invitation_is_taken_back(app: Flask, community: Community, by: Account) -> None:
    made = a_draft(community, by, reach="invited")
    building.invite(made, [("a@example.org", "A")], by=by)
    building.uninvite(made, db.session.scalars(invitees_of(made.id)).one(), by=by)
    assert (invited_to(made.id), history_of(made)[-1].note) == (0, "a@example.org")


def test_there_is_an_end_to_a_list_of_invited_people(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    with pytest.raises(RuleBroken, match="Keep it to 2,000 people"):
        building.invite(made, [(f"person-{number}@example.org", "") for number in range(2001)], by=by)
    assert invited_to(made.id) == 0
