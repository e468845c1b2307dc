"""The law of what may still change: every thing × every stage, and what bounded changes are bounded by."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.communities.models import Community
from portal.core.errors import Conflict
from portal.rounds.changes import JUDGES, LAW_OF, LAWS, Freedom, law_of, marks_of, remarked, settle
from portal.rounds.dates import DAYS, MOMENTS
from portal.rounds.models import Round
from portal.rounds.rules import ARCHIVED, STAGES
from tests.conftest import moment_of
from tests.rounds.builders import a_bare_round

ZONE = "America/New_York"
NOW = moment_of("2026-10-01 09:00")
# what may change freely (x), within bounds (~), or not at all (-), as draft, upcoming, open, grace, closed, archived
WANTED = {
    "short name": "xx----",
    "letter": "xxxx--",
    "opening": "xx----",
    "dates to closing": "xx~~--",
    "dates after closing": "xx~~~-",
    "grace": "xx~~--",
    "info sessions": "xxxx--",
    "commitments": "xx----",
    "section titles": "xxxx--",
    "questions": "xx----",
    "question texts": "xxxx--",
    "required": "xx~~--",
    "limits": "xx~~--",
    "follow-up": "xx~~--",
    "roster rules": "xx~~--",
    "roster needs": "xx~~--",
    "statement": "xx----",
    "weights": "xxx---",
    "rubric texts": "xxxxx-",
    "places": "xxx---",
    "room": "xx~~--",
    "reading": "xxxxx-",
    "names": "xxxx~-",
}
SIGNS = {"any": "x", "no": "-"}


def freedom(stage: str, moment: str = "2026-10-01 09:00") -> Freedom:
    return Freedom(stage, moment_of(moment), ZONE)


@pytest.mark.parametrize("thing", LAWS)
@pytest.mark.parametrize("stage", STAGES)
def test_each_thing_has_its_stages(thing: str, stage: str) -> None:
    sign = WANTED[thing][STAGES.index(stage)]
    law = freedom(stage)
    assert SIGNS.get(law.how(thing), "~") == sign
    assert law.may(thing) == (sign == "x")
    assert (law.why_not(thing) != "") == (sign == "-")


def test_the_table_is_whole() -> None:
    assert set(WANTED) == set(LAWS)
    assert set(LAW_OF.values()) <= set(LAWS)
    words = {word for cells, _ in LAWS.values() for word in cells.split()}
    assert words - {"any", "no"} <= set(JUDGES)
    assert {len(cells.split()) for cells, _ in LAWS.values()} == {len(STAGES)}


def test_every_date_and_every_column_that_staff_type_is_under_a_law() -> None:
    assert [law_of("rounds", name) for name in (*MOMENTS, *DAYS)] != []
    assert law_of("questions", "options") == law_of("questions", "condition") == "questions"
    assert law_of("questions", "prefill") == law_of("roster_rules", "any_role") == "questions"
    assert law_of("commitments", "text") == "commitments"


def test_whatever_stands_in_an_archived_round_says_why_it_stays() -> None:
    assert {freedom("archived").why_not(thing) for thing in LAWS} == {ARCHIVED}


def test_the_stage_of_a_round_decides() -> None:
    round = a_bare_round(community=Community(time_zone=ZONE))
    assert Freedom.of(round, NOW) == Freedom("open", NOW, ZONE)


OCTOBER_30, NOVEMBER_6 = moment_of("2026-10-30 17:00"), moment_of("2026-11-06 17:00")
SEPTEMBER_20 = moment_of("2026-09-20 17:00")


@pytest.mark.parametrize(
    "name, old, new, part",
    [
        ("closes_at", OCTOBER_30, NOVEMBER_6, ""),
        ("closes_at", NOVEMBER_6, OCTOBER_30, "only be moved later"),
        ("closes_at", OCTOBER_30, None, "not taken away"),
        ("questions_until", SEPTEMBER_20, OCTOBER_30, "has passed"),
        ("questions_until", None, OCTOBER_30, ""),
        ("questions_until", None, SEPTEMBER_20, "a date to come"),
        ("decisions_on", date(2026, 12, 18), date(2026, 12, 20), ""),
        ("decisions_on", date(2026, 12, 18), date(2026, 12, 17), "only be moved later"),
        ("review_from", date(2026, 9, 30), date(2026, 12, 1), "has passed"),
        ("review_from", date(2026, 10, 1), date(2026, 12, 1), ""),
        ("opens_at", OCTOBER_30, NOVEMBER_6, "has opened"),
        ("grace_minutes", 60, 90, ""),
        ("grace_minutes", 60, 30, "60 or more"),
        ("max_co_editors", 3, 4, ""),
        ("max_co_editors", 3, 2, "3 or more"),
        ("file_limit_mb", 10, 5, "10 or more"),
        ("capacity", 3, 2, ""),
        ("title", "Old", "New", ""),
        ("slug", "old", "new", "carries it"),
    ],
)
def test_an_open_round_changes_only_so_far(name: str, old: Any, new: Any, part: str) -> None:
    sentence = freedom("open").refusal("rounds", name, old, new)
    assert (part in sentence) if part else sentence == ""


@pytest.mark.parametrize(
    "name, old, new, part",
    [
        ("label", "Wy now?", "Why now?", ""),
        ("is_required", True, False, ""),
        ("is_required", False, True, "Nothing more"),
        ("limits", {"max_words": 300}, {"max_words": 400}, ""),
        ("limits", {"max_words": 300}, {"max_words": 200}, "wider"),
        ("limits", {"min_words": 60}, {"min_words": 40}, ""),
        ("limits", {"min_words": 60}, {"min_words": 80}, "wider"),
        ("limits", {"min_words": 60, "max_words": 300}, {"min_words": 40, "max_words": 200}, "wider"),
        ("limits", {"max_words": 300}, None, ""),
        ("limits", None, {"max_words": 300}, "wider"),
        ("limits", {"step": 1}, {}, ""),
        ("limits", {"step": 1}, {"step": 2}, "wider"),
        ("limits", {"max": "2027-01-01"}, {"max": "2027-02-01"}, ""),
        ("limits", {"max_characters": 200}, {}, "wider"),
        ("limits", {"max_characters": 80}, {}, ""),
        ("options", ["A"], ["A", "B"], "asked the same"),
        ("condition", {}, {"question": "q1", "any_of": ["A"]}, "asked the same"),
        ("statement", "I sign.", "I sign it.", "sign these words"),
        ("follow_up", {"when": "A", "max_words": 80}, {"when": "A", "max_words": 100}, ""),
        ("follow_up", {"when": "A", "max_words": 80}, {"when": "A", "max_words": 20}, "wider"),
        ("follow_up", {"when": "A", "max_words": 80}, {"when": "B", "max_words": 80}, "asked the same"),
        ("follow_up", {"when": "A", "max_words": 80}, None, "asked the same"),
    ],
)
def test_a_question_of_an_open_round_changes_only_so_far(name: str, old: Any, new: Any, part: str) -> None:
    sentence = freedom("open").refusal("questions", name, old, new)
    assert (part in sentence) if part else sentence == ""


RULE = {"id": "r1", "text": "One principal", "any_role": ["principal"], "min": 2}


@pytest.mark.parametrize(
    "after, part",
    [
        ([{**RULE, "text": "A principal"}], ""),
        ([{**RULE, "min": 1}], ""),
        ([{**RULE, "min": 3}], "wider"),
        ([{**RULE, "any_role": ["nurse"]}], "asked the same"),
        ([{**RULE, "also": {"any_role": ["nurse"], "min": 1}}], "asked the same"),
        ([], "asked the same"),
        ([RULE, {**RULE, "id": "r2"}], "asked the same"),
    ],
)
def test_what_a_team_has_to_have_only_gets_less_once_letters_are_written(after: list[Any], part: str) -> None:
    sentence = freedom("open").refusal("questions", "rules", [RULE], after)
    assert (part in sentence) if part else sentence == ""


def test_before_it_opens_anything_goes() -> None:
    assert freedom("upcoming").refusal("rounds", "closes_at", NOVEMBER_6, OCTOBER_30) == ""
    assert freedom("upcoming").refusal("questions", "options", ["A"], ["B"]) == ""


def test_after_closing_what_readers_and_decisions_need_still_changes() -> None:
    closed = freedom("closed", "2026-11-02 09:00")
    assert closed.refusal("rounds", "reviewers_per_letter", 3, 2) == ""
    assert closed.refusal("rounds", "decisions_on", date(2026, 12, 18), date(2026, 12, 20)) == ""
    assert closed.refusal("criteria", "label", "Ned", "Need") == ""
    assert "settled before anybody reads" in closed.refusal("criteria", "weight", 60, 50)
    assert closed.refusal("rounds", "closes_at", OCTOBER_30, NOVEMBER_6) == "The round has closed."
    assert closed.refusal("rounds", "intent_by", None, NOVEMBER_6) == "The round has closed."


def test_what_cannot_change_is_locked_for_the_page_and_what_did_not_change_is_never_refused() -> None:
    law = freedom("open")
    assert law.lock("rounds", "opens_at", SEPTEMBER_20) == "The round has opened."
    assert law.lock("rounds", "questions_until", SEPTEMBER_20) == "This date has passed."
    assert law.lock("rounds", "questions_until", OCTOBER_30) == ""
    assert law.lock("questions", "is_required", False) != ""
    assert law.lock("questions", "is_required", True) == ""
    assert law.refusal("rounds", "opens_at", SEPTEMBER_20, SEPTEMBER_20) == ""


STORED = {"title": "One", "summary": "Two", "capacity": 3}


def test_what_a_form_did_not_change_stays_as_it_is() -> None:
    assert settle(STORED, dict(STORED), marks_of(STORED)) == {}


def test_a_form_changes_what_it_changed() -> None:
    assert settle(STORED, {**STORED, "title": "New"}, marks_of(STORED)) == {"title": "New"}


def test_what_a_colleague_changed_meanwhile_stays_where_the_form_left_it_alone() -> None:
    now = {**STORED, "summary": "Theirs"}
    assert settle(now, {**STORED, "title": "Mine"}, marks_of(STORED)) == {"title": "Mine"}


def test_two_texts_for_the_same_thing_are_a_conflict_that_shows_the_other_one() -> None:
    now = {**STORED, "summary": "Theirs"}
    with pytest.raises(Conflict, match="Nothing is lost") as clash:
        settle(now, {**STORED, "summary": "Mine"}, marks_of(STORED))
    assert clash.value.theirs == {"summary": "Theirs"}


def test_knowing_of_the_other_text_the_second_save_counts() -> None:
    now = {**STORED, "summary": "Theirs"}
    seen = remarked(marks_of(STORED), {"summary": "Theirs"})
    assert settle(now, {**STORED, "summary": "Mine"}, seen) == {"summary": "Mine"}


def test_the_same_text_from_both_is_no_conflict() -> None:
    now = {**STORED, "summary": "Same"}
    assert settle(now, {**STORED, "summary": "Same"}, marks_of(STORED)) == {}


def test_line_ends_of_a_browser_are_no_change() -> None:
    assert settle({"text": "a\nb\n"}, {"text": "a\r\nb"}, marks_of({"text": "a\nb\n"})) == {}


@pytest.mark.parametrize("seen", ["", "nonsense", ":::", "capacity"])
def test_marks_that_nobody_gave_do_no_harm(seen: str) -> None:
    assert settle(STORED, {**STORED, "title": "New"}, seen) == {"title": "New"}


def test_a_round_knows_no_other_columns() -> None:
    named = {key.split(".")[1] for key in LAW_OF if key.startswith("rounds.")}
    assert named <= set(Round.__table__.columns.keys())
