"""What an answer of each kind still needs, and where the cursor goes to mend it."""

from __future__ import annotations

from typing import Any

import pytest

from portal.letters.completeness import problems_of, roster_problems, rule_states
from portal.letters.models import RosterRow
from tests.letters.builders import ANSWERS, OPTIONS, PRIORITIES, SOME, a_bare_question, rows

TEAM = ("superintendent", "principal", "teacher-general", "teacher-sped")


@pytest.mark.parametrize("code", ANSWERS)
def test_a_whole_answer_needs_nothing(code: str) -> None:
    assert problems_of(a_bare_question(code), ANSWERS[code]) == []


@pytest.mark.parametrize("code", ANSWERS)
def test_no_answer_is_missing_but_not_wrong(code: str) -> None:
    question = a_bare_question(code)
    found = problems_of(question, None)
    assert [(problem.sentence, problem.is_wrong) for problem in found] == [(f"Answer “{question.label}”.", False)]


@pytest.mark.parametrize("code", ANSWERS)
def test_an_optional_question_may_stay_empty(code: str) -> None:
    question = a_bare_question(code)
    question.is_required = False
    assert problems_of(question, None) == []


CASES: list[tuple[str, Any, str, str, bool]] = [  # question, answer, anchor, sentence, is wrong
    ("q3", "one two", "q3", "Say a little more in “Why now?”: 3 words to go.", False),
    ("q3", "w " * 14, "q3", "Shorten “Why now?” by 2 words. It has 14; up to 12 fit.", True),
    ("q3", "w " * 13, "q3", "Shorten “Why now?” by 1 word. It has 13; up to 12 fit.", True),
    ("q9", 13, "q9", "Give a whole number of days from 0 to 12.", True),
    ("q9", -1, "q9", "Give a whole number of days from 0 to 12.", True),
    ("q9", 2.5, "q9", "Give a whole number of days from 0 to 12.", True),
    ("q4", {"choices": [], "other": "Night school"}, "q4", "Choose at least 1 for “Which learners?”.", False),
    ("q4", {"choices": OPTIONS[:3], "other": ""}, "q4", "Choose 2 at most. 3 are chosen.", True),
    ("q4", {"choices": OPTIONS[3:], "other": ""}, "q4-other", "Say which, below “Other (say which)”.", False),
    ("q6", PRIORITIES[:2], "q6", "Put 3 in order. So far there are 2.", False),
    ("q6", PRIORITIES[:4], "q6", "Keep 3 in order. There are 4.", True),
    ("q8", {"choice": "", "follow_up": "North"}, "q8", "Choose an answer to “All schools, or some?”.", False),
    ("q8", {"choice": SOME, "follow_up": ""}, "q8-more", f"Say which, below “{SOME}”.", False),
    ("q8", {"choice": SOME, "follow_up": "w " * 7}, "q8-more",
     f"Shorten “{SOME}” by 1 word. It has 7; up to 6 fit.", True),
    ("q2", {**ANSWERS["q2"], "name": ""}, "q2-name", "Give the name of the person we should talk to.", False),
    ("q2", {**ANSWERS["q2"], "email": ""}, "q2-email", "Give this person’s mail address.", False),
    ("q2", {**ANSWERS["q2"], "email": "x@"}, "q2-email", "Give one mail address, such as name@example.org.", True),
    ("q2", {**ANSWERS["q2"], "email": "josé@example.org"}, "q2-email",
     "Give one mail address, such as name@example.org.", True),  # no mail goes there, so it must not be frozen
    ("q1", {"still_true": "", "corrections": {"students": "3"}}, "q1",
     "Say whether what we know of your district is still true.", False),
    ("q1", {"still_true": "no", "corrections": {}}, "q1-corrections",
     "Correct at least one line of what has changed.", False),
]  # fmt: skip


@pytest.mark.parametrize(("code", "value", "anchor", "sentence", "is_wrong"), CASES)
def test_a_sentence_tells_how_to_mend_it_and_an_anchor_where(
    code: str, value: Any, anchor: str, sentence: str, is_wrong: bool
) -> None:
    found = problems_of(a_bare_question(code), value)
    assert [(one.anchor, one.sentence, one.is_wrong) for one in found] == [(anchor, sentence, is_wrong)]


def test_words_are_counted_at_the_limit_exactly() -> None:
    assert problems_of(a_bare_question("q3"), "w " * 12) == []
    assert problems_of(a_bare_question("q3"), "w " * 5) == []


def test_a_phone_number_is_not_asked_for() -> None:
    assert problems_of(a_bare_question("q2"), {**ANSWERS["q2"], "phone": ""}) == []


def test_a_number_of_any_step_may_be_broken() -> None:
    question = a_bare_question("q9", limits={"min": 0, "max": 3, "step": 0.5})
    assert problems_of(question, 2.5) == []


def test_a_follow_up_is_asked_only_of_the_option_that_asks_for_it() -> None:
    assert problems_of(a_bare_question("q8"), {"choice": "All schools", "follow_up": ""}) == []


def test_a_team_that_meets_every_rule_needs_nothing() -> None:
    assert roster_problems(a_bare_question("q7"), rows(*TEAM), {}) == []


def test_an_empty_team_is_missing() -> None:
    assert [one.sentence for one in team()] == ["Answer “Who would be on the team?”."]


def test_lines_without_a_word_do_not_count() -> None:
    empty = RosterRow(id=9, position=9, role="", school="", name="", email="")
    assert roster_problems(a_bare_question("q7"), [empty], {}) == team()


def test_a_team_may_be_too_small_or_too_large() -> None:
    assert "Add 1 more person to the team." in [one.sentence for one in team(*TEAM[:2])]
    found = [one for one in team(*TEAM, "nurse", "nurse") if one.is_wrong]
    assert [one.sentence for one in found] == ["A team has 5 people at most. Take 1 person out."]


def test_each_line_needs_a_role_and_a_place() -> None:
    row = RosterRow(id=4, position=2, role="", school="", name="Nurse", email="not an address")
    found = roster_problems(a_bare_question("q7"), [*rows(*TEAM), row], {})
    assert [(one.anchor, one.sentence) for one in found] == [
        ("row-4-role", "Choose the role of Nurse."),
        ("row-4-school", "Name the school or office of Nurse."),
        ("row-4-email", "Give one mail address for Nurse, or none."),
    ]


def test_a_rule_of_the_team_says_how_far_it_is() -> None:
    found = team("superintendent", "principal", "nurse")
    assert [one.sentence for one in found] == [
        "At least two teachers, one of them in special education. So far 0 of 2.",
    ]


def test_a_rule_within_a_rule_counts_too() -> None:
    states = rule_states(a_bare_question("q7"), rows("teacher-general", "teacher-general", "teacher-general"), {})
    assert [(one.code, one.have, one.need, one.is_met) for one in states] == [
        ("r1", 0, 1, False), ("r2", 0, 1, False), ("r3", 1, 2, False),
    ]  # fmt: skip


def test_a_waived_rule_is_met_with_its_reason() -> None:
    states = rule_states(a_bare_question("q7"), rows("principal"), {"r1": "No central office."})
    assert (states[0].code, states[0].is_met, states[0].waived) == ("r1", True, "No central office.")


def team(*roles: str) -> Any:
    return roster_problems(a_bare_question("q7"), rows(*roles), {})
