"""Sections and questions as staff build them: order, codes, conditions, what a team has to have; and two at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.errors import Conflict, RuleBroken
from portal.core.history import history_of
from portal.rounds import questioning
from portal.rounds.changes import marks_of
from portal.rounds.chapters import in_order
from portal.rounds.conditions import condition_fault, earlier_choices
from portal.rounds.drafting import Typed
from portal.rounds.kinds import KIND_WORDS
from portal.rounds.models import KINDS, Question, Round
from tests.cohorts.rush import meet_at, no_lock
from tests.rounds.builders import OPEN, a_draft, a_round
from tests.rounds.traces import Stop, trace

CHOICE = {"label": "All or some?", "help": "", "is_required": True, "condition": {}, "options": ["All", "Some"]}
TEXT = {"label": "Which?", "help": "", "is_required": True, "condition": {}, "limits": {"max_words": 80}}
AFTER_SOME = {"question": "q3", "any_of": ["Some"]}


@pytest.fixture
def round(community: Community, at: Stop) -> Round:
    """A draft: “Why now” asks q1, “Time” asks q2."""
    return a_draft(community)


def add(round: Round, section: int, by: Account, kind: str = "single_choice", **words: Any) -> Question:
    return questioning.add_question(round, round.sections[section], kind, {**CHOICE, **words}, by=by)


def order(round: Round) -> list[list[str]]:
    return [[question.code for question in section.questions] for section in round.sections]


def places(round: Round) -> list[int]:
    return [question.position for question in in_order(round)]


def change(round: Round, question: Question, by: Account, **words: Any) -> None:
    seen = marks_of(questioning.values_of(question, words))
    questioning.change_question(round, question, Typed(words, seen), by=by)


def test_every_kind_can_be_chosen() -> None:
    assert set(KIND_WORDS) == set(KINDS)


def test_a_question_comes_to_the_end_of_its_section(round: Round, coordinator: Account) -> None:
    made = add(round, 0, coordinator)
    assert (made.code, made.settings) == ("q3", {"options": ["All", "Some"]})
    assert (order(round), places(round)) == ([["q1", "q3"], ["q2"]], [1, 2, 3])


def test_a_section_has_a_short_name_of_its_own_and_keeps_it(round: Round, coordinator: Account) -> None:
    section = questioning.add_section(round, "Why now", by=coordinator)
    questioning.rename_section(
        round, section, Typed({"title": "Why then"}, marks_of({"title": "Why now"})), by=coordinator
    )
    assert [(one.slug, one.title, one.position) for one in round.sections] == [
        ("why", "Why now", 1), ("time", "Time", 2), ("why-now", "Why then", 3),
    ]  # fmt: skip


def test_only_an_empty_section_is_taken_out(round: Round, coordinator: Account) -> None:
    empty = questioning.add_section(round, "More", by=coordinator)
    before = trace()
    with pytest.raises(RuleBroken, match="has questions"):
        questioning.remove_section(round, round.sections[0], by=coordinator)
    assert trace() == before
    questioning.remove_section(round, empty, by=coordinator)
    assert [one.title for one in round.sections] == ["Why now", "Time"]


@pytest.mark.parametrize(
    "code, way, wanted",
    [
        ("q1", "up", [["q1", "q3"], ["q2"]]),
        ("q1", "down", [["q3", "q1"], ["q2"]]),
        ("q3", "down", [["q1"], ["q3", "q2"]]),
        ("q2", "up", [["q1", "q3", "q2"], []]),
        ("q2", "down", [["q1", "q3"], ["q2"]]),
    ],
)
def test_a_question_moves_by_steps_and_over_the_edge_of_its_section(
    round: Round, coordinator: Account, code: str, way: str, wanted: list[list[str]]
) -> None:
    add(round, 0, coordinator)
    question = next(one for one in in_order(round) if one.code == code)
    questioning.move_question(round, question, way, by=coordinator)
    assert (order(round), places(round)) == (wanted, [1, 2, 3])


def test_a_section_moves_with_its_questions(round: Round, coordinator: Account) -> None:
    questioning.move_section(round, round.sections[1], "up", by=coordinator)
    assert (order(round), places(round)) == ([["q2"], ["q1"]], [1, 2])


def test_a_question_goes_to_another_section(round: Round, coordinator: Account) -> None:
    change(round, round.sections[0].questions[0], coordinator, section_id=round.sections[1].id)
    assert (order(round), places(round)) == ([[], ["q2", "q1"]], [1, 2])


def test_words_and_settings_change_and_an_empty_setting_goes(round: Round, coordinator: Account) -> None:
    made = add(round, 0, coordinator, kind="number", options=None, unit="days", limits={"max": 12})
    change(round, made, coordinator, label="How many?", unit=None, limits={"max": 14})
    assert (made.label, made.settings) == ("How many?", {"limits": {"max": 14}})
    assert history_of(round)[-1].data["changes"]["limits"] == [{"max": 12}, {"max": 14}]


def test_a_letter_has_one_team_one_list_of_promises_and_one_signature(round: Round, coordinator: Account) -> None:
    add(round, 0, coordinator, kind="roster", options=None)
    with pytest.raises(RuleBroken, match="one question of the kind “Team”"):
        add(round, 0, coordinator, kind="roster", options=None)


def test_an_endorsement_has_a_section_of_its_own(round: Round, coordinator: Account) -> None:
    before = trace()
    with pytest.raises(RuleBroken, match="section of its own"):
        add(round, 0, coordinator, kind="endorsement", options=None)
    assert (order(round), trace()) == ([["q1"], ["q2"]], before)
    questioning.add_section(round, "Signature", by=coordinator)
    add(round, 2, coordinator, kind="endorsement", options=None, statement="I sign.")
    with pytest.raises(RuleBroken, match="section of its own"):
        questioning.move_question(round, round.sections[1].questions[0], "down", by=coordinator)
    assert order(round) == [["q1"], ["q2"], ["q3"]]


def test_a_question_can_depend_on_an_earlier_choice(round: Round, coordinator: Account) -> None:
    add(round, 0, coordinator)
    made = questioning.add_question(
        round, round.sections[1], "long_text", {**TEXT, "condition": AFTER_SOME}, by=coordinator
    )
    assert (made.code, made.condition) == ("q4", AFTER_SOME)


@pytest.fixture
def dependent(round: Round, coordinator: Account) -> Question:
    """q4 in “Time”, asked only after “Some” to q3 in “Why now”."""
    add(round, 0, coordinator)
    return questioning.add_question(
        round, round.sections[1], "long_text", {**TEXT, "condition": AFTER_SOME}, by=coordinator
    )


@pytest.mark.parametrize(
    "step, part",
    [
        (lambda round, by: change(round, coded(round, "q3"), by, options=["All", "None"]), "does not offer any more"),
        (lambda round, by: questioning.remove_question(round, coded(round, "q3"), by=by), "a question that is gone"),
        (lambda round, by: questioning.move_section(round, round.sections[1], "up", by=by), "comes later"),
        (lambda round, by: change(round, coded(round, "q3"), by, condition={"question": "q3", "any_of": ["All"]}),
         "its own answer"),
        (lambda round, by: change(round, coded(round, "q3"), by, condition={"question": "q4", "any_of": ["x"]}),
         "has no choices"),
        (lambda round, by: change(round, coded(round, "q4"), by, condition={"question": "q3", "any_of": []}),
         "at least one answer"),
    ],
)  # fmt: skip
def test_what_would_break_a_condition_is_refused(
    round: Round, coordinator: Account, dependent: Question, step: Callable[..., None], part: str
) -> None:
    before = (order(round), trace())
    with pytest.raises(RuleBroken, match=part):
        step(round, coordinator)
    assert (order(round), trace(), coded(round, "q3").settings["options"]) == (*before, ["All", "Some"])


def test_two_questions_cannot_wait_for_each_other(round: Round, coordinator: Account, dependent: Question) -> None:
    last = add(round, 1, coordinator, condition=AFTER_SOME)
    with pytest.raises(RuleBroken, match="comes later"):
        change(round, coded(round, "q3"), coordinator, condition={"question": last.code, "any_of": ["All"]})
    assert coded(round, "q3").condition == {}


def test_a_signature_waits_for_nothing(round: Round) -> None:
    question = Question(kind="endorsement", code="q9", label="Sign")
    assert condition_fault(AFTER_SOME, question, [question]) == "The endorsement is always asked for."


def test_only_choices_that_come_before_can_be_waited_for(round: Round, coordinator: Account) -> None:
    add(round, 0, coordinator)
    questions = in_order(round)
    assert [one.code for one in earlier_choices(None, questions)] == ["q3"]
    assert [one.code for one in earlier_choices(questions[0], questions)] == []


def test_a_question_that_is_taken_out_leaves_the_rubric_too(round: Round, coordinator: Account) -> None:
    round.criteria[0].question_codes = ["q1", "q2"]
    db.session.commit()
    questioning.remove_question(round, coded(round, "q1"), by=coordinator)
    assert (order(round), round.criteria[0].question_codes) == ([[], ["q2"]], ["q2"])
    assert history_of(round)[-1].note == "q1: Why now?"


def test_rules_of_a_team_are_added_changed_and_taken_out(round: Round, coordinator: Account) -> None:
    team = add(round, 0, coordinator, kind="roster", options=None)
    rule = {"text": "One principal", "any_role": ["principal"], "min": 1, "also": None}
    questioning.add_roster_rule(round, team, rule, by=coordinator)
    questioning.add_roster_rule(round, team, {**rule, "text": "One nurse", "any_role": ["nurse"]}, by=coordinator)
    late = Typed({**rule, "text": "A principal"}, marks_of(rule))
    questioning.change_roster_rule(round, team, "r1", late, by=coordinator)
    assert [(one["id"], one["text"]) for one in team.settings["rules"]] == [("r1", "A principal"), ("r2", "One nurse")]
    with pytest.raises(Conflict):
        questioning.change_roster_rule(
            round, team, "r1", Typed({**rule, "text": "The"}, marks_of(rule)), by=coordinator
        )
    questioning.remove_roster_rule(round, team, "r1", by=coordinator)
    with pytest.raises(RuleBroken, match="taken out meanwhile"):
        questioning.change_roster_rule(round, team, "r1", late, by=coordinator)
    assert [one["id"] for one in team.settings["rules"]] == ["r2"]


def test_once_open_only_words_and_wider_limits_change(community: Community, coordinator: Account) -> None:
    round = a_round(community)
    question = coded(round, "q1")
    change(round, question, coordinator, label="Why now, then?", help="Say more.", is_required=False)
    refused: list[Callable[[], Any]] = [
        lambda: questioning.add_section(round, "More", by=coordinator),
        lambda: questioning.remove_section(round, round.sections[0], by=coordinator),
        lambda: questioning.move_section(round, round.sections[0], "down", by=coordinator),
        lambda: add(round, 0, coordinator),
        lambda: questioning.remove_question(round, question, by=coordinator),
        lambda: questioning.move_question(round, question, "down", by=coordinator),
        lambda: change(round, question, coordinator, section_id=round.sections[1].id),
        lambda: change(round, question, coordinator, condition=AFTER_SOME),
        lambda: change(round, question, coordinator, limits={"max_words": 10}),
        lambda: change(round, question, coordinator, is_required=True),
    ]
    before = (order(round), trace())
    for act in refused:
        with pytest.raises(RuleBroken):
            act()
    assert (order(round), trace()) == before
    assert (question.label, question.help, question.is_required) == ("Why now, then?", "Say more.", False)


def coded(round: Round, code: str) -> Question:
    return next(one for one in in_order(round) if one.code == code)


@pytest.fixture
def number(app: Flask, at: Stop) -> tuple[int, int]:
    """The numbers of a draft and of who builds it."""
    at(OPEN)
    community = create_community(slug="eclc", name="Example", kind="district_network")
    by = find_or_open_account(email="coordinator@example.org", name="Coordinator")
    return a_draft(community).id, by.id


def two_questions(number: tuple[int, int], two_at_once: Callable[..., list[Any]]) -> tuple[list[str], int]:
    """Two people add a question at one instant: the codes that there are then, and how many were refused."""

    def one(_: int) -> Any:
        round, by = db.session.get_one(Round, number[0]), db.session.get_one(Account, number[1])
        return add(round, 0, by).code

    answers = two_at_once(one)
    codes = db.session.scalars(
        db.select(Question.code).where(Question.round_id == number[0]).order_by(Question.position)
    )
    return list(codes), sum(isinstance(answer, Exception) for answer in answers)


def test_two_who_add_a_question_at_once_get_two_codes(
    number: tuple[int, int], two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, "portal.rounds.questioning", "codes_after")
    codes, refused = two_questions(number, two_at_once)
    assert (sorted(codes), refused) == (["q1", "q2", "q3", "q4"], 0)


def test_without_the_lock_one_of_the_two_is_lost(
    number: tuple[int, int], two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, "portal.rounds.questioning", "codes_after", seconds=10)
    with no_lock(monkeypatch, "portal.rounds.questioning"):
        codes, refused = two_questions(number, two_at_once)
    assert (len(codes), refused) == (3, 1)
