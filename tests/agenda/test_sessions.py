"""The dates of an experience: added, changed, taken out; until people have them in their calendars."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.accounts.models import Account
from portal.agenda.models import Pool, Session
from portal.agenda.planning_models import SessionChange
from portal.agenda.sessions import add_sessions, change_session, remove_session
from portal.communities.models import Community
from portal.communities.queries import public_version
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.errors import Conflict, RuleBroken
from portal.core.history import history_of
from portal.rounds.changes import marks_of
from portal.rounds.drafting import Typed
from tests.agenda.builders import HOUR, a_draft, a_published, ask, count, dated, typed, utc
from tests.enrollments.builders import FALL

DAY = timedelta(days=1)


pytestmark = pytest.mark.usefixtures("summer")


def pools() -> list[tuple[str, int]]:
    return [(row.mode, row.capacity) for row in db.session.scalars(select(Pool).order_by(Pool.id))]


def test_each_date_gets_its_seats_and_its_hours(community: Community, by: Account) -> None:
    made = a_draft(community, by, online_capacity=80)
    [one] = dated(made, by, FALL, mode="blended")
    assert pools() == [("in_person", 30), ("online", 80)]
    assert (one.credit_minutes, one.mode, history_of(made)[-1].verb) == (360, "blended", "add dates")


def test_hours_are_the_time_that_passes_not_what_the_wall_says(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    start = clock.moment_from(utc(2026, 11, 1).date(), utc(2026, 1, 1, 0, 30).time(), "America/New_York")
    end = clock.moment_from(utc(2026, 11, 1).date(), utc(2026, 1, 1, 3, 30).time(), "America/New_York")
    [one] = add_sessions(made, [{"starts_at": start, "ends_at": end}], by=by)
    assert one.credit_minutes == 240


def test_the_same_date_is_not_added_twice(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    dated(made, by, FALL)
    assert [one.starts_at for one in dated(made, by, FALL, FALL + DAY)] == [FALL + DAY]
    before = len(history_of(made))
    assert dated(made, by, FALL) == []
    assert (count(Session), len(history_of(made))) == (2, before)


def test_a_date_can_be_added_again_after_it_was_cancelled(community: Community, by: Account) -> None:
    made = a_published(community, by, FALL, FALL + DAY, kind="space", joined_by="session")
    cancel(made.sessions[0])
    assert [one.starts_at for one in dated(made, by, FALL, FALL + DAY)] == [FALL]
    assert dated(made, by, FALL) == []
    assert [one.cancelled_at is None for one in made.sessions] == [False, True, True]


def cancel(session: Session) -> None:
    """As if it were cancelled: what enrollments leave behind for the agenda to see."""
    with transaction():
        db.session.get_one(Session, session.id).cancelled_at = clock.now()


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"ends_at": FALL}, "ends after it starts"),
        ({"ends_at": FALL + 15 * DAY}, "Keep one date to 14 days"),
        ({"mode": "telepathy"}, "in person, online, or both"),
        ({"join_url": "javascript:alert(1)"}, "beginning with https"),
    ],
)
def test_what_cannot_be_a_date_is_refused_and_leaves_nothing(
    community: Community, by: Account, row: dict[str, Any], sentence: str
) -> None:
    made = a_draft(community, by)
    good = {"starts_at": FALL + DAY, "ends_at": FALL + DAY + HOUR}
    with pytest.raises(RuleBroken, match=sentence):
        add_sessions(made, [good, {"starts_at": FALL, "ends_at": FALL + HOUR, **row}], by=by)
    assert (count(Session), count(Pool)) == (0, 0)


def test_there_is_an_end_to_a_row_of_dates(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    with pytest.raises(RuleBroken, match="Keep it to 80 dates"):
        dated(made, by, *[FALL + number * DAY for number in range(81)])
    assert count(Session) == 0


def test_another_way_to_come_changes_the_pools(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    [one] = dated(made, by)
    change_session(one, typed(mode="blended"), by=by)
    assert [mode for mode, _ in pools()] == ["in_person", "online"]
    change_session(one, typed(mode="online"), by=by)
    assert [mode for mode, _ in pools()] == ["online"]


def test_a_published_date_counts_up_for_calendars_when_they_show_something_else(
    community: Community, by: Account
) -> None:
    [one] = a_published(community, by).sessions
    before = public_version("example")
    change_session(one, typed(starts_at=FALL + HOUR), by=by)
    change_session(one, typed(join_url="https://meet.example.org/1"), by=by)
    change_session(one, typed(join_url="https://meet.example.org/1"), by=by)
    assert (one.sequence, one.starts_at, public_version("example")) == (1, FALL + HOUR, before + 2)


def test_a_draft_counts_nothing_up(community: Community, by: Account) -> None:
    [one] = dated(a_draft(community, by), by)
    change_session(one, typed(starts_at=FALL + HOUR), by=by)
    assert one.sequence == 0


def test_once_people_have_a_date_only_what_moves_nobody_changes_here(community: Community, by: Account) -> None:
    made = a_published(community, by)
    [one] = made.sessions
    ask(made)
    for change in ({"starts_at": FALL + HOUR}, {"mode": "online"}, {"place": "Elsewhere"}, {"credit_minutes": 10}):
        with pytest.raises(RuleBroken, match="Move it under Changes"):
            change_session(one, typed(**change), by=by)
    change_session(one, typed(label="Part 1", join_url="https://meet.example.org/1"), by=by)
    assert (one.starts_at, one.mode, one.label) == (FALL, "in_person", "Part 1")


def test_seats_in_all_sessions_keep_a_session_from_being_added(community: Community, by: Account) -> None:
    made = a_published(community, by)
    ask(made)
    with pytest.raises(RuleBroken, match="People have seats in all of its sessions"):
        dated(made, by, FALL + DAY)
    assert count(Session) == 1


def test_a_space_meets_once_more_whoever_has_a_seat(community: Community, by: Account) -> None:
    made = a_published(community, by, kind="space", joined_by="session")
    ask(made)
    assert len(dated(made, by, FALL + DAY)) == 1


def test_a_date_is_taken_out_with_its_seats(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    first, _ = dated(made, by, FALL, FALL + DAY)
    remove_session(first, by=by)
    assert ([one.starts_at for one in made.sessions], len(pools())) == ([FALL + DAY], 1)
    assert history_of(made)[-1].verb == "take out a date"


def test_the_last_date_of_a_published_experience_stays(community: Community, by: Account) -> None:
    [one] = a_published(community, by).sessions
    with pytest.raises(RuleBroken, match="its only date"):
        remove_session(one, by=by)
    assert (count(Session), count(Pool)) == (1, 1)


def test_a_date_that_people_have_is_not_taken_out(community: Community, by: Account) -> None:
    made = a_published(community, by, FALL, FALL + DAY)
    ask(made)
    with pytest.raises(RuleBroken, match="Move it under Changes"):
        remove_session(made.sessions[0], by=by)
    assert count(Session) == 2


def test_a_date_that_was_announced_and_moved_once_is_not_taken_out(community: Community, by: Account) -> None:
    made = a_published(community, by, FALL, FALL + DAY)
    one = made.sessions[0]
    with transaction():
        told = {"old_starts_at": FALL, "old_ends_at": FALL + HOUR, "old_mode": "online", "at": FALL}
        db.session.add(SessionChange(session_id=one.id, kind="moved", **told))
    with pytest.raises(RuleBroken, match="Move it under Changes"):
        remove_session(one, by=by)
    assert count(Session) == 2


def test_a_date_that_a_colleague_took_out_is_told_plainly(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    first, _ = dated(made, by, FALL, FALL + DAY)
    held = db.session.get_one(Session, first.id)
    remove_session(first, by=by)
    with pytest.raises(RuleBroken, match="took this date out"):
        change_session(held, typed(label="Mine"), by=by)


def test_what_a_colleague_changed_meanwhile_is_never_written_over(community: Community, by: Account) -> None:
    [one] = dated(a_draft(community, by), by)
    seen = marks_of({"label": ""})
    change_session(one, typed(label="Hers"), by=by)
    with pytest.raises(Conflict):
        change_session(one, Typed({"label": "Mine"}, seen), by=by)
    assert one.label == "Hers"


def test_a_cancelled_experience_keeps_its_dates(community: Community, by: Account) -> None:
    made = a_draft(community, by)
    [one] = dated(made, by)
    with transaction():
        made.cancelled_at = FALL
    with pytest.raises(RuleBroken, match="was cancelled"):
        dated(made, by, FALL + DAY)
    with pytest.raises(RuleBroken, match="was cancelled"):
        remove_session(one, by=by)
    assert count(Session) == 1
