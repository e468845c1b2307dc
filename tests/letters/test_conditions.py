"""Questions that are asked only after a certain answer: what is asked, what counts, what is signed and sent."""

from __future__ import annotations

from typing import Any

import pytest

from portal.letters.conditions import asked_in, asked_questions, questions_of, waiting_for
from portal.letters.content import content_hash, content_of
from portal.letters.models import Letter
from portal.letters.rules import missing, next_step, section_states, sections_asked
from portal.rounds.models import Question
from tests.letters.kinds import GIVEN, SCHOOLS, SITES, a_bare_letter

ALWAYS = {"q1", "q2", "q3", "q4", "q5", "q10", "q11", "q12", "q13"}
ALL, SOME, NONE = ({"choice": choice, "follow_up": ""} for choice in SCHOOLS)
ELSEWHERE = {"choices": [SITES[2]], "other": "The library"}


@pytest.mark.parametrize(
    ("answers", "more"),
    [
        ({}, set()),
        ({"q5": ALL}, set()),
        ({"q5": SOME}, {"q6", "q9"}),
        ({"q5": NONE}, {"q8"}),
        ({"q5": {"choice": "", "follow_up": ""}}, set()),
        ({"q5": SOME, "q6": {"choices": ["North"], "other": ""}}, {"q6", "q9"}),
        ({"q5": SOME, "q6": ELSEWHERE}, {"q6", "q7", "q9"}),
        ({"q6": ELSEWHERE}, set()),  # what was answered before the first answer changed counts no more
        ({"q5": NONE, "q6": ELSEWHERE, "q7": "The town"}, {"q8"}),
    ],
)
def test_a_question_is_asked_after_one_of_its_answers_only(answers: dict[str, Any], more: set[str]) -> None:
    assert asked_in(a_bare_letter(**answers)) == ALWAYS | more


@pytest.mark.parametrize(
    "condition", [None, {}, {"question": "q99", "any_of": ["x"]}, {"question": "q1", "any_of": ["x"]}]
)
def test_a_condition_that_leads_nowhere_hides_nothing(condition: dict[str, Any] | None) -> None:
    letter = a_bare_letter()
    question(letter, "q1").condition = condition  # type: ignore[assignment]
    assert "q1" in asked_in(letter)


def test_a_circle_of_conditions_comes_to_an_end() -> None:
    letter = a_bare_letter()
    question(letter, "q5").condition = {"question": "q6", "any_of": [SITES[0]]}
    assert asked_in(letter) >= ALWAYS - {"q5"}


def test_an_answer_that_is_no_choice_lets_nothing_appear() -> None:
    assert asked_in(a_bare_letter(q5="Some schools")) == ALWAYS


def test_what_waits_for_an_answer_is_found_by_way_of_others_too() -> None:
    letter = a_bare_letter()
    found = {code: codes(waiting_for(question(letter, code), questions_of(letter))) for code in ("q1", "q5", "q6")}
    assert found == {"q1": [], "q5": ["q6", "q7", "q8", "q9"], "q6": ["q7"]}


def test_only_what_is_asked_is_missing() -> None:
    nothing, some = ({one.code for one in missing(a_bare_letter(**answers))} for answers in ({}, {"q5": SOME}))
    assert nothing == ALWAYS - {"q11"}
    assert some == nothing - {"q5"} | {"q6", "q9"}


def test_progress_counts_what_is_asked() -> None:
    basics = {code: GIVEN[code] for code in ("q1", "q2", "q3", "q4")}
    states = {one.section.slug: (one.state, one.asked) for one in section_states(a_bare_letter(**basics, q5=ALL))}
    assert states == {
        "basics": ("done", 4), "schools": ("done", 1), "papers": ("not started", 2), "promises": ("not started", 1),
        "endorsement": ("locked", 1),
    }  # fmt: skip
    states = {one.section.slug: (one.state, one.asked) for one in section_states(a_bare_letter(q5=SOME))}
    assert (states["schools"], states["later"]) == (("in progress", 2), ("not started", 1))


def test_an_answer_from_before_does_not_make_a_section_look_begun() -> None:
    states = {one.section.slug: one.state for one in section_states(a_bare_letter(q8="Help with buses"))}
    assert states["schools"] == "not started"


def test_a_section_in_which_nothing_is_asked_is_passed_over() -> None:
    slugs = [section.slug for section in sections_asked(a_bare_letter(q5=ALL))]
    assert slugs == ["basics", "schools", "papers", "promises", "endorsement"]
    assert "later" in [section.slug for section in sections_asked(a_bare_letter(q5=SOME))]


def test_the_next_step_leads_to_a_question_that_is_asked() -> None:
    answers = {code: GIVEN[code] for code in ("q1", "q2", "q3", "q4")}
    step = next_step(a_bare_letter(**answers, q5=SOME))
    assert (step and step[0].slug, step and step[1]) == ("schools", "q6")


def test_what_is_not_asked_is_neither_shown_nor_sent() -> None:
    content = content_of(a_bare_letter(**{**GIVEN, "q5": ALL}))
    shown = [one["code"] for section in content["sections"] for one in section["questions"]]
    assert shown == ["q1", "q2", "q3", "q4", "q5", "q10", "q11", "q12", "q13"]
    assert "later" not in [section["slug"] for section in content["sections"]]


def test_an_answer_comes_back_with_its_question() -> None:
    whole, without = a_bare_letter(**GIVEN), a_bare_letter(**{**GIVEN, "q5": ALL})
    back = a_bare_letter(**GIVEN)
    hashes = [content_hash(content_of(letter)) for letter in (whole, without, back)]
    assert (hashes[0] == hashes[2], hashes[0] == hashes[1]) == (True, False)


def test_a_text_that_is_not_asked_for_takes_no_signature_away() -> None:
    one, other = a_bare_letter(q5=ALL, q7="The town"), a_bare_letter(q5=ALL, q7="The state")
    assert content_hash(content_of(one)) == content_hash(content_of(other))


def test_the_questions_of_a_section_keep_their_order() -> None:
    letter = a_bare_letter(q5=SOME, q6=ELSEWHERE)
    assert codes(asked_questions(letter, letter.round.sections[1])) == ["q5", "q6", "q7"]


def question(letter: Letter, code: str) -> Question:
    return next(one for one in questions_of(letter) if one.code == code)


def codes(questions: list[Question]) -> list[str]:
    return [one.code for one in questions]
