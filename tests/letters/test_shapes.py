"""What can be kept at all: every kind of question with good and bad input, as a form brings it."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from portal.core.errors import RuleBroken
from portal.letters.content import content_hash, digest, lines_of
from portal.letters.forms import moved, read
from portal.letters.shapes import LONGEST, normal, normal_row
from portal.letters.sheets import Field
from tests.letters.builders import ANSWERS, KINDS, OPTIONS, PRIORITIES, SETTINGS, SOME, a_bare_question

ROLES = {"principal": "Principal", "nurse": "School nurse"}
GOOD: list[tuple[str, dict[str, Any], Any]] = [  # question, what the form brings, what is kept
    ("q3", {"q3": " Two\r\nlines \r\n"}, "Two\nlines"),
    ("q3", {"q3": " \r\n"}, None),
    ("q3", {"q3": "{{7*191}} <script>"}, "{{7*191}} <script>"),
    ("q3", {"q3": "x" * LONGEST}, "x" * LONGEST),
    ("q9", {"q9": " 5 "}, 5),
    ("q9", {"q9": "2.50"}, 2.5),
    ("q9", {"q9": "2.5"}, 2.5),
    ("q9", {"q9": "1,250"}, 1250),
    ("q9", {"q9": "1,250,000"}, 1_250_000),
    ("q9", {"q9": "-3"}, -3),
    ("q9", {"q9": ""}, None),
    ("q8", {"q8": "0"}, {"choice": "All schools", "follow_up": ""}),
    ("q8", {"q8": "1", "q8-more": " North "}, {"choice": SOME, "follow_up": "North"}),
    ("q8", {"q8-more": "North"}, {"choice": "", "follow_up": "North"}),
    ("q8", {}, None),
    ("q4", {"q4": ["2", "0", "0"]}, {"choices": [OPTIONS[0], OPTIONS[2]], "other": ""}),
    ("q4", {"q4": ["3"], "q4-other": "Night  school"}, {"choices": [OPTIONS[3]], "other": "Night school"}),
    ("q4", {}, None),
    ("q6", {"q6-3": "1", "q6-0": "2", "q6-4": "3"}, ["Transitions", "Belonging", "Tiered support"]),
    ("q6", {"q6-3": "5", "q6-0": "9"}, ["Transitions", "Belonging"]),
    ("q6", {}, None),
    ("q2", {"q2-name": "Dean\nof all", "q2-email": "d@example.org"},
     {"name": "Dean of all", "role": "", "email": "d@example.org", "phone": ""}),
    ("q2", {}, None),
    ("q1", {"q1": "yes"}, {"still_true": "yes", "corrections": {}}),
    ("q1", {"q1": "no", "q1-students": "2,950", "q1-teacher_fte": "9"},
     {"still_true": "no", "corrections": {"students": "2,950"}}),
    ("q1", {}, None),
]  # fmt: skip
TOO_LONG = "Shorten this answer: it has 20,001 characters; up to 20,000 fit."
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("q3", {"q3": "x" * (LONGEST + 1)}, TOO_LONG),
    ("q9", {"q9": "2,5"}, "Give a number in digits, such as 4."),
    ("q9", {"q9": "12,50"}, "Give a number in digits, such as 4."),
    ("q9", {"q9": "many"}, "Give a number in digits, such as 4."),
    ("q9", {"q9": "²"}, "Give a number in digits, such as 4."),
    ("q9", {"q9": "٣٤"}, "Give a number in digits, such as 4."),
    ("q9", {"q9": "1" * 20}, "Give a number in digits, such as 4."),
    ("q9", {"q9": "1e5"}, "Give a number in digits, such as 4."),
    ("q9", {"q9": "nan"}, "Give a number in digits, such as 4."),
    ("q8", {"q8": "7"}, "Choose from the list. One of the choices sent is not in it."),
    ("q8", {"q8": "All schools; drop table"}, "Choose from the list. One of the choices sent is not in it."),
    ("q8", {"q8": "1", "q8-more": "x" * (LONGEST + 1)}, TOO_LONG),
    ("q4", {"q4": ["0", "99999999999999999999"]}, "Choose from the list. One of the choices sent is not in it."),
    ("q4", {"q4": ["3"], "q4-other": "x" * 201}, "Shorten this line: it has 201 characters; up to 200 fit."),
    ("q6", {"q6-0": "1", "q6-1": "1"}, "Two lines have the number 1. Give each number once."),
    ("q6", {"q6-0": "first"}, "Type the numbers 1, 2, 3 and so on, or use the buttons."),
    ("q6", {"q6-0": "0"}, "Type the numbers 1, 2, 3 and so on, or use the buttons."),
    ("q6", {"q6-0": "²"}, "Type the numbers 1, 2, 3 and so on, or use the buttons."),
    ("q2", {"q2-name": "x" * 121}, "Shorten this line: it has 121 characters; up to 120 fit."),
    ("q1", {"q1": "maybe"}, "Choose whether this is still true."),
    ("q1", {"q1": "no", "q1-students": "9" * 81}, "Shorten this line: it has 81 characters; up to 80 fit."),
]


@pytest.mark.parametrize(("code", "form", "kept"), GOOD)
def test_what_a_form_brings_is_kept_in_one_form(code: str, form: dict[str, Any], kept: Any) -> None:
    received = received_of(code, form)
    assert (received.errors, [typed.value for typed in received.filled.answers]) == ({}, [kept])


@pytest.mark.parametrize(("code", "form", "sentence"), BAD)
def test_what_cannot_be_kept_is_refused_with_a_sentence_and_comes_back_as_typed(
    code: str, form: dict[str, Any], sentence: str
) -> None:
    received = received_of(code, form)
    assert (received.errors, received.filled.answers) == ({code: sentence}, [])
    assert received.entries[code].raw != kept_of(code)


def test_a_question_that_the_form_did_not_ask_is_not_cleared() -> None:
    received = read([a_bare_question("q3")], MultiDict({"q3": "typed"}), {})
    assert (received.entries, received.filled.answers) == ({}, [])


@pytest.mark.parametrize("code", ANSWERS)
@pytest.mark.parametrize("value", [["a", 1], {"choice": 1}, "text", 7, True, [], {}, {"corrections": []}, [["a"]]])
def test_no_value_of_a_wrong_type_gets_past(code: str, value: Any) -> None:
    question = a_bare_question(code)
    try:
        kept = normal(question, value)
    except RuleBroken:
        return
    assert kept is None or normal(question, kept) == kept


@pytest.mark.parametrize("code", ANSWERS)
def test_a_kept_answer_stays_what_it_is(code: str) -> None:
    assert normal(a_bare_question(code), ANSWERS[code]) == ANSWERS[code]


@pytest.mark.parametrize("code", ["q7", "q12"])
def test_what_is_not_typed_is_not_kept_as_a_text(code: str) -> None:
    with pytest.raises(RuleBroken, match="is not answered by a text"):
        normal(a_bare_question(code), "text")


def test_a_line_of_the_roster_is_kept_with_its_four_fields_and_no_other() -> None:
    typed = {"role": "nurse", "school": " Harbor  School ", "name": "", "email": "n@example.org", "id": "7"}
    kept = {"role": "nurse", "school": "Harbor School", "name": "", "email": "n@example.org"}
    assert normal_row(typed, ROLES) == kept


@pytest.mark.parametrize(
    ("typed", "words"),
    [({"role": "king"}, "Choose a role"), ({"school": "x" * 81}, "up to 80"), ({"name": "x" * 81}, "81 characters")],
)
def test_a_line_with_a_foreign_role_or_too_long_a_text_is_refused(typed: dict[str, str], words: str) -> None:
    with pytest.raises(RuleBroken, match=words):
        normal_row(typed, ROLES)


def test_lines_of_a_form_are_read_by_their_numbers() -> None:
    form = {"row-7-base": "1:a", "row-7-role": "nurse", "row-9-base": "1:b", "row-9-role": "king", "row-0-base": ""}
    received = read([a_bare_question("q7")], MultiDict(form), ROLES)
    assert [typed.row_id for typed in received.filled.rows] == [7]
    assert received.errors == {"row-9": "Choose a role from the list."}


@pytest.mark.parametrize(
    ("do", "added", "removed"),
    [
        ("add-row:q7", True, None), ("remove-row:q7:12", False, 12), ("remove-row:q7:x", False, None),
        ("remove-row:q7:99999999999999999999", False, None), ("remove-row", False, None), ("", False, None),
    ],
)  # fmt: skip
def test_a_button_says_which_line_to_add_or_take_out(do: str, added: bool, removed: int | None) -> None:
    received = read([], MultiDict({"do": do}), {})
    assert (received.filled.add_row, received.filled.remove_row) == (added, removed)


@pytest.mark.parametrize(
    ("ordered", "option", "way", "after"),
    [
        ("abc", "b", "up", "bac"), ("abc", "a", "up", "abc"), ("abc", "b", "down", "acb"), ("abc", "c", "down", "ab"),
        ("ab", "d", "up", "abd"), ("abc", "d", "up", "abd"), ("abc", "d", "down", "abc"), ("", "d", "up", "d"),
    ],
)  # fmt: skip
def test_buttons_move_an_option_up_and_down_in_and_out(ordered: str, option: str, way: str, after: str) -> None:
    assert moved(list(ordered), option, way, 3) == list(after)


def test_a_pressed_button_moves_what_was_typed() -> None:
    received = received_of("q6", {"q6-0": "1", "q6-1": "2", "do": "up:q6:1"})
    assert [typed.value for typed in received.filled.answers] == [PRIORITIES[1::-1]]


def test_a_button_of_another_question_moves_nothing_here() -> None:
    received = received_of("q6", {"q6-0": "1", "q6-1": "2", "do": "up:q5:1"})
    assert [typed.value for typed in received.filled.answers] == [PRIORITIES[:2]]


def test_keep_mine_takes_the_base_of_the_button() -> None:
    received = received_of("q3", {"q3": "Mine", "keep": "mine:q3:4:abc"})
    assert [typed.base for typed in received.filled.answers] == ["4:abc"]


def test_keep_theirs_takes_nothing_of_what_was_typed() -> None:
    assert received_of("q3", {"q3": "Mine", "keep": "theirs:q3"}).entries == {}


def test_the_ranked_options_come_first() -> None:
    field = Field(a_bare_question("q6"), ["Transitions", "Belonging"], "")
    assert [option for _, option, _ in field.ranked()] == [
        "Transitions", "Belonging", "Teacher leadership", "Family engagement", "Tiered support",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("q1", ["What public data says is still true."]),
        ("q2", ["Name: Director", "Role: Director", "E-mail: director@example.org"]),
        ("q3", ["Our two middle schools became one."]),
        ("q4", ["Newcomers", "Multilingual learners"]),
        ("q6", ["1. Transitions", "2. Belonging", "3. Tiered support"]),
        ("q8", ["All schools"]),
        ("q9", ["5 days"]),
    ],
)
def test_an_answer_reads_as_lines_of_plain_text(code: str, lines: list[str]) -> None:
    assert lines_of(KINDS[code][0], SETTINGS[code], ANSWERS[code]) == lines


def test_what_was_typed_beside_other_is_read_in_its_place() -> None:
    value = {"choices": ["Newcomers", "Other (say which)"], "other": "Night school"}
    assert lines_of("multiple_choice", SETTINGS["q4"], value) == ["Newcomers", "Night school"]


def test_a_follow_up_is_read_only_with_its_option() -> None:
    assert lines_of("single_choice", SETTINGS["q8"], {"choice": SOME, "follow_up": "North"}) == [SOME, "North"]
    assert lines_of("single_choice", SETTINGS["q8"], {"choice": "All schools", "follow_up": "North"}) == ["All schools"]


def test_a_sign_depends_on_the_value_not_on_the_order_of_its_parts() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest("a") != digest("b")


def test_the_hash_leaves_out_what_is_not_signed() -> None:
    parts: dict[str, Any] = {
        "round": {"slug": "r"},
        "district": {"id": 1},
        "sections": [],
        "roster": [],
        "commitments": [],
    }
    assert content_hash(parts) == content_hash({**parts, "roles": {"nurse": "Nurse"}, "waivers": [1]})
    assert content_hash(parts) != content_hash({**parts, "roster": [{"role": "nurse"}]})


def received_of(code: str, form: dict[str, Any]) -> Any:
    return read([a_bare_question(code)], MultiDict({f"{code}-base": "0:", **form}), {})


def kept_of(code: str) -> Any:
    return ANSWERS[code]
