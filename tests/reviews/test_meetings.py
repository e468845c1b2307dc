"""Meetings: the most disagreed first, one letter at a time, minutes that stay, and decisions prepared from them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import history_of
from portal.letters.models import Letter
from portal.reviews.conflicts import set_conflict
from portal.reviews.meeting_queries import agenda, all_entries, entries_for
from portal.reviews.meeting_rules import carried, digest_of, place_of, stamp_of_entry
from portal.reviews.meetings import (
    add_letters,
    close_meeting,
    note_outcome,
    open_meeting,
    prepare_decisions,
    what_becomes,
)
from portal.reviews.models import Decision
from portal.reviews.operations import prepare_decision
from portal.reviews.queries import Asker, decision_of
from portal.reviews.reading_models import Meeting, MeetingEntry
from portal.rounds.models import Round
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_district,
    a_lead,
    a_led_letter,
    a_letter,
    a_staff_member,
    decided,
    everything,
    owed,
)
from tests.cohorts.rush import meet_at, no_lock
from tests.conftest import moment_of

from .readers import a_reader, given_to, scored

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
Counting = Callable[[], AbstractContextManager[list[str]]]
Rush = Callable[..., list[Any]]
MEETINGS = "portal.reviews.meetings"
DAY = date(2026, 12, 15)


@pytest.fixture
def round(app: Flask, at: At) -> Round:
    at(DECIDING)
    return a_closing_round(a_community())


@pytest.fixture
def staff(round: Round) -> Account:
    return a_staff_member(round.community)


def letters_of(round: Round) -> list[Letter]:
    """Three letters: readers agree on Cove, are two apart on Hill, three apart on River."""
    letters = [a_led_letter(round, name) for name in ("Cove", "Hill", "River")]
    readers = [a_staff_member(round.community, "reviewer", email=f"reader.{n}@example.org") for n in (1, 2)]
    for letter, levels in zip(letters, ((3, 3), (2, 4), (1, 4)), strict=True):
        for reader, level in zip(readers, levels, strict=True):
            given_to(letter, reader)
            scored(letter, reader, level, level)
    return letters


def names(items: list[Any]) -> list[str]:
    return [item.letter.district.label for item in items]


def by(staff: Account) -> Asker:
    return Asker(staff.id)


def a_meeting(round: Round, staff: Account) -> Meeting:
    return open_meeting(round, DAY, "Director, coordinator", by=by(staff))


def entry_of(meeting: Meeting, letter: Letter) -> MeetingEntry:
    return next(one for one in all_entries(meeting) if one.letter_id == letter.id)


def noted(meeting: Meeting, letter: Letter, outcome: str, staff: Account, why: str = "Because.") -> MeetingEntry:
    entry = entry_of(meeting, letter)
    return note_outcome(entry, outcome, why, seen=stamp_of_entry(entry), by=by(staff))


def test_the_agenda_begins_with_the_letter_that_readers_disagree_on_most(round: Round, staff: Account) -> None:
    letters_of(round)
    assert names(agenda(by(staff), round)) == ["River", "Hill", "Cove"]


def test_drafts_withdrawn_and_decided_letters_are_on_no_agenda(round: Round, staff: Account) -> None:
    cove, _, _ = letters_of(round)
    a_letter(round, a_district("Draft"), status="draft")
    decided(cove, "decline", staff)
    assert names(agenda(by(staff), round)) == ["River", "Hill"]


def test_who_is_still_to_score_a_letter_learns_nothing_of_its_scores(round: Round, staff: Account) -> None:
    _, _, river = letters_of(round)
    given_to(river, staff)
    items = agenda(by(staff), round)
    assert (names(items), items[-1].summary) == (["Hill", "Cove", "River"], None)


def test_a_letter_in_conflict_is_on_no_agenda_and_in_no_minutes_of_that_person(round: Round, staff: Account) -> None:
    _, _, river = letters_of(round)
    admin = a_staff_member(round.community, "admin")
    meeting = a_meeting(round, admin)
    set_conflict(round, staff, river.district, "", by=by(admin))
    assert names(agenda(by(staff), round)) == ["Hill", "Cove"]
    assert [names(entries_for(by(one), meeting)) for one in (staff, admin)] == [
        ["Hill", "Cove"], ["River", "Hill", "Cove"],
    ]  # fmt: skip


def test_the_agenda_asks_as_often_for_one_letter_as_for_three(
    round: Round, staff: Account, client: FlaskClient, sign_in: SignIn, count_queries: Counting
) -> None:
    counts = []
    sign_in(client, staff)
    for names in (("Cove",), ("Hill", "River")):
        for name in names:
            letter = a_led_letter(round, name)
            scored(letter, a_reader(letter, name.lower()), 3, 3)
        with count_queries() as statements:
            assert client.get(f"/eclc/staff/rounds/{round.id}/agenda").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] < 20


def test_minutes_ask_as_often_for_one_letter_as_for_three(
    round: Round, staff: Account, client: FlaskClient, sign_in: SignIn, count_queries: Counting
) -> None:
    a_led_letter(round, "Bay")
    meeting, counts = a_meeting(round, staff), []
    sign_in(client, staff)
    for names in ((), ("Hill", "River")):
        for name in names:
            a_led_letter(round, name)
        add_letters(meeting, by=by(staff))
        for entry in all_entries(meeting):
            noted(meeting, entry.letter, "later", staff)
        with count_queries() as statements:
            pages = [client.get(f"/eclc/staff/meetings/{meeting.id}/{page}") for page in ("minutes", "decisions")]
        assert [page.status_code for page in pages] == [200, 200]
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_meeting_keeps_the_agenda_as_it_was_opened_and_opening_twice_is_one(round: Round, staff: Account) -> None:
    letters_of(round)
    meeting = a_meeting(round, staff)
    before = everything()
    assert a_meeting(round, a_staff_member(round.community, "admin")).id == meeting.id
    assert db.session.query(MeetingEntry).count() == before["meeting_entries"] == 3
    assert [entry.letter.district.label for entry in entries_for(by(staff), meeting)] == ["River", "Hill", "Cove"]
    assert [row.verb for row in history_of(meeting)] == ["open"]


@pytest.mark.parametrize(
    "moment, sentence", [("2026-10-20 09:00", "after the round has closed"), (DECIDING, "no letter")]
)
def test_no_meeting_before_the_closing_or_without_a_letter(
    round: Round, staff: Account, at: At, moment: str, sentence: str
) -> None:
    at(moment)
    before = everything()
    with pytest.raises(RuleBroken, match=sentence):
        a_meeting(round, staff)
    assert everything() == before


def test_a_meeting_is_not_opened_for_another_year(round: Round, staff: Account) -> None:
    letters_of(round)
    with pytest.raises(RuleBroken, match="day of the meeting"):
        open_meeting(round, date(2036, 1, 1), by=by(staff))


def test_a_letter_that_came_later_is_added_at_the_end(round: Round, staff: Account) -> None:
    letters_of(round)
    meeting = a_meeting(round, staff)
    a_led_letter(round, "Bay")
    assert (add_letters(meeting, by=by(staff)), add_letters(meeting, by=by(staff))) == (1, 0)
    assert names(entries_for(by(staff), meeting))[-1] == "Bay"


def test_an_outcome_is_noted_with_its_reason_and_decides_nothing(round: Round, staff: Account) -> None:
    _, _, river = letters_of(round)
    entry = noted(a_meeting(round, staff), river, "accept", staff, " They are ready. ")
    assert (entry.outcome, entry.rationale, entry.noted_by_id) == ("accept", "They are ready.", staff.id)
    assert (db.session.query(Decision).count(), owed()) == (0, [])
    before = everything()
    noted(db.session.get_one(Meeting, entry.meeting_id), river, "accept", staff, "They are ready.")
    assert everything() == before


@pytest.mark.parametrize("outcome, why, sentence", [
    ("maybe", "", "one of the outcomes"), ("accept", "x" * 5001, "5,000 characters"), ("waitlist", "", "no waitlist"),
])  # fmt: skip
def test_what_is_no_outcome_is_refused(app: Flask, at: At, outcome: str, why: str, sentence: str) -> None:
    at(DECIDING)
    round = a_closing_round(a_community(), has_waitlist=False)
    staff, letter = a_staff_member(round.community), a_led_letter(round)
    meeting, before = a_meeting(round, staff), everything()
    with pytest.raises(RuleBroken, match=sentence):
        noted(meeting, letter, outcome, staff, why)
    assert everything() == before


def test_the_second_of_two_who_note_something_is_told_who_was_quicker(round: Round, staff: Account) -> None:
    _, _, river = letters_of(round)
    meeting, admin = a_meeting(round, staff), a_staff_member(round.community, "admin")
    noted(meeting, river, "accept", staff)
    before = everything()
    with pytest.raises(RuleBroken, match="Program staff noted something here meanwhile: offer a place"):
        note_outcome(entry_of(meeting, river), "decline", "", seen="", by=by(admin))
    assert (everything(), entry_of(meeting, river).outcome) == (before, "accept")


def test_the_minutes_of_a_closed_meeting_stay(round: Round, staff: Account) -> None:
    _, _, river = letters_of(round)
    meeting = a_meeting(round, staff)
    close_meeting(meeting, "Director", by=by(staff))
    before = everything()
    close_meeting(meeting, "Nobody", by=by(staff))
    for late in (lambda: noted(meeting, river, "accept", staff), lambda: add_letters(meeting, by=by(staff))):
        with pytest.raises(RuleBroken, match="This meeting is closed"):
            late()
    assert (everything(), meeting.present) == (before, "Director")
    assert a_meeting(round, staff).id != meeting.id


def test_outcomes_become_prepared_decisions_once_in_the_order_of_the_agenda(round: Round, staff: Account) -> None:
    cove, hill, river = letters_of(round)
    meeting = a_meeting(round, staff)
    for letter, outcome in ((river, "waitlist"), (hill, "later"), (cove, "waitlist")):
        noted(meeting, letter, outcome, staff)
    lines = what_becomes(meeting, by(staff))
    assert [(one.entry.letter_id, one.effect) for one in lines] == [(river.id, "new"), (cove.id, "new")]
    prepare_decisions(meeting, digest_of(lines), by=by(staff))
    found = {letter.id: decision_of(letter) for letter in (river, cove, hill)}
    assert [(one.status, one.waitlist_position, one.rationale) if one else None for one in found.values()] == [
        ("prepared", 1, "Because."), ("prepared", 2, "Because."), None,
    ]  # fmt: skip
    assert owed() == []
    before = everything()
    with pytest.raises(RuleBroken, match="nothing to prepare"):
        prepare_decisions(meeting, digest_of(what_becomes(meeting, by(staff))), by=by(staff))
    assert everything() == before


def test_nothing_is_prepared_when_the_list_is_not_the_one_that_was_looked_at(round: Round, staff: Account) -> None:
    cove, _, river = letters_of(round)
    meeting = a_meeting(round, staff)
    noted(meeting, river, "accept", staff)
    noted(meeting, cove, "decline", staff)
    seen = digest_of(what_becomes(meeting, by(staff)))
    prepare_decision(river, "decline", "Changed my mind.", staff)
    before = everything()
    with pytest.raises(RuleBroken, match="Something changed"):
        prepare_decisions(meeting, seen, by=by(staff))
    assert (everything(), decision_of(cove)) == (before, None)
    lines = what_becomes(meeting, by(staff))
    assert lines[0].words == "Changes what is prepared: not this time"
    prepare_decisions(meeting, digest_of(lines), by=by(staff))
    assert decision_of(river).outcome == "accept"  # type: ignore[union-attr]


def test_a_sent_decision_stays_whatever_the_minutes_say(round: Round, staff: Account) -> None:
    _, _, river = letters_of(round)
    meeting = a_meeting(round, staff)
    noted(meeting, river, "accept", staff)
    decided(river, "decline", staff)
    [line] = what_becomes(meeting, by(staff))
    assert (line.is_carried, line.words) == (False, "Sent already")
    assert carried(line.entry, None, "open").words == "Cannot be decided now"
    with pytest.raises(RuleBroken, match="nothing to prepare"):
        prepare_decisions(meeting, digest_of([line]), by=by(staff))


def test_the_way_from_letter_to_letter() -> None:
    entries = [MeetingEntry(id=number) for number in (5, 7, 9)]
    assert place_of(entries, 5) == (1, None, entries[1])
    assert place_of(entries, 7) == (2, entries[0], entries[2])
    assert place_of(entries, 9) == (3, entries[1], None)


def two_note(letter: Letter, staff: Account, two_at_once: Rush) -> list[Any]:
    number, person = entry_of(a_meeting(letter.round, staff), letter).id, staff.id

    def note(n: int) -> str:
        entry = db.session.get_one(MeetingEntry, number)
        return note_outcome(entry, ("accept", "decline")[n], "", by=Asker(person)).outcome

    return two_at_once(note)


def test_two_who_note_at_once_make_one_note(
    round: Round, staff: Account, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, MEETINGS, "check_note")
    answers = two_note(a_led_letter(round), staff, two_at_once)
    assert sorted(type(answer).__name__ for answer in answers) == ["RuleBroken", "str"]


def test_without_the_lock_the_second_note_takes_the_place_of_the_first(
    round: Round, staff: Account, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, MEETINGS, "check_fresh", seconds=10)
    with no_lock(monkeypatch, MEETINGS):
        answers = two_note(a_led_letter(round), staff, two_at_once)
    assert [type(answer).__name__ for answer in answers] == ["str", "str"]


def two_open(letter: Letter, staff: Account, two_at_once: Rush) -> int:
    number, person = letter.round_id, staff.id
    two_at_once(lambda n: open_meeting(db.session.get_one(Round, number), DAY, by=Asker(person)).id)
    return db.session.query(Meeting).count()


def test_two_who_open_a_meeting_at_once_sit_in_one(
    round: Round, staff: Account, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, MEETINGS, "running_meeting")
    assert two_open(a_led_letter(round), staff, two_at_once) == 1


def test_without_the_lock_there_are_two_meetings(
    round: Round, staff: Account, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, MEETINGS, "running_meeting", seconds=10)
    with no_lock(monkeypatch, MEETINGS):
        assert two_open(a_led_letter(round), staff, two_at_once) == 2


def test_a_whole_meeting_without_scripts(round: Round, staff: Account, client: FlaskClient, sign_in: SignIn) -> None:
    letters_of(round)
    sign_in(client, staff)
    page = client.get(f"/eclc/staff/rounds/{round.id}/agenda").text
    assert [word in page for word in ("Readers disagree on 2 of 3", "Open the meeting", 'value="2026-12-15"')] == [
        True
    ] * 3
    form = {"held_on": "2026-12-15", "present": "Director <b>and</b> coordinator"}
    at = client.post(f"/eclc/staff/rounds/{round.id}/meetings", data=form).location
    for outcome in ("accept", "decline", "later"):
        shown = client.get(at).text
        assert "What readers say" in shown
        assert f"Letter {('accept', 'decline', 'later').index(outcome) + 1} of 3" in shown
        at = client.post(at, data={"outcome": outcome, "rationale": f"Why {outcome}.", "do": "next"}).location
    assert at.endswith("/minutes")
    minutes = client.get(at).text
    words = (
        "3 of 3 letters have an outcome",
        "Director &lt;b&gt;and",
        "Why later.",
        "Offer a place",
        "3.30",
        "River Public",
    )
    assert [word for word in words if word not in minutes] == ["3.30"]
    assert "Turn outcomes into prepared decisions" in minutes
    preview = client.get(at.replace("minutes", "decisions")).text
    seen = preview.split('name="seen" value="')[1].split('"')[0]
    assert preview.count("Will be prepared") == 2
    assert client.post(at.replace("minutes", "decisions"), data={"seen": "old"}).status_code == 409
    assert client.post(at.replace("minutes", "decisions"), data={"seen": seen}).location == at
    assert "2\u00a0decisions are prepared. No district knows yet." in client.get(at).text
    client.post(at.replace("minutes", "closing"), data={"present": "Director"})
    over = ("Close the meeting", "Add missing letters", "Turn outcomes into prepared decisions")
    assert [word in client.get(at).text for word in over] == [False] * 3


def test_a_form_with_a_slip_comes_back_as_typed(
    round: Round, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    letter = a_led_letter(round)
    sign_in(client, staff)
    answer = client.post(f"/eclc/staff/rounds/{round.id}/meetings", data={"held_on": "soon", "present": "Typed."})
    assert (answer.status_code, "Typed." in answer.text) == (422, True)
    entry = entry_of(a_meeting(round, staff), letter)
    address = f"/eclc/staff/meetings/{entry.meeting_id}/letters/{entry.id}"
    answer = client.post(address, data={"outcome": "nonsense", "rationale": "Typed too."})
    assert (answer.status_code, "Typed too." in answer.text) == (422, True)


def test_no_reader_no_district_and_no_other_community_finds_a_meeting(
    round: Round, staff: Account, app: Flask, sign_in: SignIn
) -> None:
    _, _, river = letters_of(round)
    meeting = a_meeting(round, staff)
    entry, other = entry_of(meeting, river), a_community("other")
    doors = [f"/eclc/staff/rounds/{round.id}/agenda"]
    doors += [f"/eclc/staff/meetings/{meeting.id}/{door}" for door in ("minutes", "decisions", f"letters/{entry.id}")]
    people = (a_reader(river), a_lead(round.community, river.district), a_staff_member(other, email="else@example.org"))
    for person in people:
        client = sign_in(app.test_client(), person)
        assert [client.get(door).status_code for door in doors] == [403] * 4
        assert client.post(doors[-1], data={"outcome": "accept"}).status_code == 403
    stranger = sign_in(app.test_client(), people[-1])
    assert [stranger.get(door.replace("/eclc/", "/other/")).status_code for door in doors] == [404] * 4


def test_a_member_of_staff_in_conflict_finds_no_page_of_the_letter_in_the_meeting(
    round: Round, staff: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    _, _, river = letters_of(round)
    admin = a_staff_member(round.community, "admin")
    meeting = a_meeting(round, admin)
    noted(meeting, river, "accept", admin, "Secret.")
    set_conflict(round, staff, river.district, "", by=by(admin))
    sign_in(client, staff)
    address = f"/eclc/staff/meetings/{meeting.id}"
    assert client.get(f"{address}/letters/{entry_of(meeting, river).id}").status_code == 404
    pages = client.get(f"{address}/minutes").text + client.get(f"{address}/decisions").text
    assert [word in pages for word in ("River", "Secret.", "0 of 2 letters have an outcome")] == [False, False, True]


def test_the_days_of_meetings_are_days_of_the_community(
    round: Round, staff: Account, client: FlaskClient, sign_in: SignIn, at: At
) -> None:
    at("2026-12-15 22:00")  # in London it is tomorrow already
    a_led_letter(round)
    assert moment_of("2026-12-15 22:00").date() != DAY
    assert 'value="2026-12-15"' in sign_in(client, staff).get(f"/eclc/staff/rounds/{round.id}/agenda").text
