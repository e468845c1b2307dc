"""The team's lines: each saved as a unit, safe against somebody who edits the next; and rules that staff waive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.core.db import db
from portal.core.errors import Conflict, RuleBroken
from portal.core.history import history_of
from portal.letters.content import row_values
from portal.letters.models import RosterRow, RosterWaiver
from portal.letters.operations import (
    add_roster_row,
    remove_roster_row,
    save_roster_row,
    save_section,
    start_letter,
    submit,
    waive_roster_rule,
)
from portal.letters.rosters import GONE
from portal.letters.rules import FOR_OTHERS, STANDS, base_of
from portal.letters.shapes import Filled, TypedRow
from tests.districts.builders import a_district, a_staff_member
from tests.letters.builders import Place, a_complete_letter, a_letter, a_signed_letter, an_asked_letter

NURSE = {"role": "nurse", "school": "Harbor School", "name": "", "email": ""}


def test_a_line_is_added_at_the_end(place: Place) -> None:
    letter = a_letter(place)
    add_roster_row(letter, NURSE, by=place.lead)
    add_roster_row(letter, by=place.other)
    assert [(row.position, row.role) for row in team()] == [(1, "nurse"), (2, "")]


def test_a_full_team_takes_nobody_more(place: Place) -> None:
    letter = a_letter(place)
    for _ in range(5):
        add_roster_row(letter, by=place.lead)
    with pytest.raises(RuleBroken, match="A team has 5 people at most"):
        add_roster_row(letter, by=place.lead)
    assert len(team()) == 5


def test_a_role_of_another_place_is_refused(place: Place) -> None:
    with pytest.raises(RuleBroken, match="Choose a role from the list"):
        add_roster_row(a_letter(place), {"role": "king"}, by=place.lead)
    assert team() == []


def test_a_line_is_saved_as_a_whole(place: Place) -> None:
    letter = a_letter(place)
    row = add_roster_row(letter, by=place.lead)
    save_roster_row(letter, row.id, NURSE, base(row), by=place.other)
    assert [(row_values(one), one.version, one.saved_by_id) for one in team()] == [(NURSE, 2, place.other.id)]


def test_an_unchanged_line_is_left_alone(place: Place) -> None:
    letter = a_letter(place)
    row = add_roster_row(letter, NURSE, by=place.lead)
    began, before = base(row), row_values(row)
    save_roster_row(letter, row.id, {**NURSE, "name": "Theirs"}, began, by=place.other)
    save_roster_row(letter, row.id, before, began, by=place.lead)
    assert [(one.name, one.version) for one in team()] == [("Theirs", 2)]


def test_two_people_on_different_lines_are_both_kept(place: Place) -> None:
    letter = a_letter(place)
    first, second = (add_roster_row(letter, by=place.lead) for _ in range(2))
    bases = base(first), base(second)
    save_roster_row(letter, first.id, {**NURSE, "name": "A"}, bases[0], by=place.lead)
    save_roster_row(letter, second.id, {**NURSE, "name": "B"}, bases[1], by=place.other)
    assert [row.name for row in team()] == ["A", "B"]


def test_the_later_save_of_the_same_line_is_refused_with_both(place: Place) -> None:
    letter = a_letter(place)
    row = add_roster_row(letter, by=place.lead)
    began = base(row)
    save_roster_row(letter, row.id, {**NURSE, "name": "Theirs"}, began, by=place.other)
    with pytest.raises(Conflict, match="Principal, grades 6–8 changed this line") as clash:
        save_roster_row(letter, row.id, {**NURSE, "name": "Mine"}, began, by=place.lead)
    assert (clash.value.theirs.value["name"], team()[0].name) == ("Theirs", "Theirs")  # type: ignore[attr-defined]


def test_taking_a_line_out_leaves_the_next_one_to_who_edits_it(place: Place) -> None:
    letter = a_letter(place)
    first, second = (add_roster_row(letter, by=place.lead) for _ in range(2))
    number, began = second.id, base(second)
    remove_roster_row(letter, first.id, by=place.other)
    save_roster_row(letter, number, NURSE, began, by=place.lead)
    assert [(row.id, row.role) for row in team()] == [(number, "nurse")]


def test_taking_a_line_out_twice_changes_nothing(place: Place) -> None:
    letter = a_letter(place)
    number = add_roster_row(letter, by=place.lead).id
    remove_roster_row(letter, number, by=place.lead)
    remove_roster_row(letter, number, by=place.lead)
    assert team() == []


def test_a_line_that_somebody_changed_is_not_taken_out_unseen(place: Place) -> None:
    letter = a_letter(place)
    row = add_roster_row(letter, by=place.lead)
    seen = TypedRow(row.id, row_values(row), base(row))
    save_roster_row(letter, row.id, NURSE, seen.base, by=place.other)
    with pytest.raises(Conflict):
        remove_roster_row(letter, row.id, seen, by=place.lead)
    assert [one.role for one in team()] == ["nurse"]


def test_a_line_of_another_letter_is_not_touched(place: Place) -> None:
    foreign = add_roster_row(start_letter(place.round, a_district("Sample River"), None), NURSE, by=None).id
    with pytest.raises(RuleBroken, match="took this person out"):
        save_roster_row(a_letter(place), foreign, {**NURSE, "name": "Mine"}, "1:", by=place.lead)
    remove_roster_row(a_letter(place), foreign, by=place.lead)
    assert [(one.id, one.version) for one in team()] == [(foreign, 1)]


def test_a_line_that_saves_itself_after_it_was_taken_out_says_so(place: Place) -> None:
    letter = a_letter(place)
    number = add_roster_row(letter, by=place.lead).id
    remove_roster_row(letter, number, by=place.other)
    typed = Filled(rows=[TypedRow(number, NURSE, "1:")], restores=False)
    with pytest.raises(RuleBroken) as refused:
        save_section(letter, typed, by=place.lead)
    assert (refused.value.sentence, team()) == (GONE, [])


def test_a_form_brings_back_the_line_that_was_typed_into_while_somebody_took_it_out(place: Place) -> None:
    letter = a_letter(place)
    kept, gone = (add_roster_row(letter, by=place.lead) for _ in range(2))
    typed = [TypedRow(gone.id, NURSE, base(gone)), TypedRow(kept.id, row_values(kept), base(kept))]
    remove_roster_row(letter, gone.id, by=place.other)
    assert save_section(letter, Filled(rows=typed), by=place.lead) == {}
    assert [row.role for row in team()] == ["", "nurse"]


def test_a_form_does_not_bring_back_a_line_that_was_not_touched(place: Place) -> None:
    letter = a_letter(place)
    row = add_roster_row(letter, by=place.lead)
    typed = [TypedRow(row.id, row_values(row), base(row))]
    remove_roster_row(letter, row.id, by=place.other)
    save_section(letter, Filled(rows=typed), by=place.lead)
    assert team() == []


def test_one_form_saves_lines_then_adds_and_takes_out(place: Place) -> None:
    letter = a_letter(place)
    first, second = (add_roster_row(letter, by=place.lead) for _ in range(2))
    typed = [TypedRow(second.id, NURSE, base(second))]
    save_section(letter, Filled(rows=typed, add_row=True, remove_row=first.id), by=place.lead)
    assert [row.role for row in team()] == ["nurse", ""]


def test_a_full_team_undoes_the_whole_form(place: Place) -> None:
    letter = a_complete_letter(place)
    add_roster_row(letter, by=place.lead)
    row = team()[0]
    typed = [TypedRow(row.id, {**row_values(row), "name": "Changed"}, base(row))]
    with pytest.raises(RuleBroken, match="at most"):
        save_section(letter, Filled(rows=typed, add_row=True), by=place.lead)
    assert team()[0].name == "Superintendent"


@pytest.mark.parametrize(
    "verb",
    [
        lambda letter, row, by: add_roster_row(letter, by=by),
        lambda letter, row, by: save_roster_row(letter, row.id, NURSE, base(row), by=by),
        lambda letter, row, by: remove_roster_row(letter, row.id, by=by),
    ],
)
def test_the_team_is_locked_while_the_letter_is_signed(place: Place, verb: Callable[..., None]) -> None:
    letter = an_asked_letter(place).letter
    before, row = [(one.id, one.version) for one in team()], team()[0]
    with pytest.raises(RuleBroken) as refused:
        verb(letter, row, place.lead)
    assert refused.value.sentence == STANDS["endorsing"]
    assert [(one.id, one.version) for one in team()] == before


def test_staff_waive_a_rule_with_a_reason_and_it_stands_in_the_history(place: Place) -> None:
    letter, staff = a_letter(place), a_staff_member(place.community)
    waive_roster_rule(letter, "r1", " A charter has no central office. ", by=staff)
    waive_roster_rule(letter, "r1", "Its head of school counts.", by=staff)
    assert waivers() == [("r1", "Its head of school counts.", staff.id)]
    assert [(row.verb, row.note) for row in history_of(letter)][1:] == [
        ("waive roster rule", "A charter has no central office."), ("waive roster rule", "Its head of school counts."),
    ]  # fmt: skip


@pytest.mark.parametrize(("rule", "reason", "words"), [("r9", "Because.", "no such rule"), ("r1", " ", "Say why")])
def test_a_waiver_needs_a_rule_and_a_reason(place: Place, rule: str, reason: str, words: str) -> None:
    letter, staff = a_letter(place), a_staff_member(place.community)
    with pytest.raises(RuleBroken, match=words):
        waive_roster_rule(letter, rule, reason, by=staff)
    assert waivers() == []


def test_a_district_cannot_waive_its_own_rule(place: Place) -> None:
    with pytest.raises(RuleBroken) as refused:
        waive_roster_rule(a_letter(place), "r1", "We have none.", by=place.lead)
    assert (refused.value.sentence, waivers()) == (FOR_OTHERS["staff"], [])


def test_a_rule_of_a_letter_that_was_sent_is_not_waived(place: Place) -> None:
    letter, staff = a_signed_letter(place), a_staff_member(place.community)
    submit(letter, by=place.lead)
    with pytest.raises(RuleBroken) as refused:
        waive_roster_rule(letter, "r1", "Late thought.", by=staff)
    assert (refused.value.sentence, waivers()) == (STANDS["submitted"], [])


def base(row: RosterRow) -> str:
    return base_of(row.version, row_values(row))


def team() -> list[RosterRow]:
    db.session.rollback()
    return db.session.query(RosterRow).order_by(RosterRow.position, RosterRow.id).all()


def waivers() -> list[tuple[Any, ...]]:
    db.session.rollback()
    return [(row.rule_code, row.reason, row.waived_by_id) for row in db.session.query(RosterWaiver)]
