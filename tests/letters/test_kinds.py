"""Short texts, dates, numbers with steps, another choice, files and commitments: kept, read, and what they lack."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage, MultiDict

from portal.core.errors import RuleBroken
from portal.letters.completeness import number_sentence, problems_of
from portal.letters.content import lines_of, size_words
from portal.letters.forms import Received, read
from portal.letters.shapes import LONGEST_LINE, NO_DATE, normal, settings_of
from tests.letters.builders import a_bare_question
from tests.letters.kinds import GIVEN, OTHER, PROMISED, SITES, WAYS, bare

FILE = {"file": 17, "name": "Plan.pdf", "size": 204_800, "sha256": "ab" * 32}
VALUES = {**GIVEN, "q10": FILE}
WHOLE = b"%PDF-1.7\n%%EOF\n"
GOOD: list[tuple[str, dict[str, Any], Any]] = [  # question, what the form brings, what is kept
    ("q1", {"q1": " Reading \r\n together "}, "Reading together"),
    ("q1", {"q1": " "}, None),
    ("q1", {"q1": "{{7*191}} <b>"}, "{{7*191}} <b>"),
    ("q1", {"q1": "x" * LONGEST_LINE}, "x" * LONGEST_LINE),
    ("q2", {"q2": "2026-11-03"}, "2026-11-03"),
    ("q2", {"q2": "11/3/2026"}, "2026-11-03"),
    ("q2", {"q2": " november 3,  2026"}, "2026-11-03"),
    ("q2", {"q2": "Nov 3 2026"}, "2026-11-03"),
    ("q2", {"q2": ""}, None),
    ("q3", {"q3": "1.5"}, 1.5),
    ("q3", {"q3": "2.0"}, 2),
    ("q4", {"q4": "0"}, {"choice": WAYS[0], "follow_up": "", "other": ""}),
    ("q4", {"q4": "2", "q4-other": " By\nphone "}, {"choice": OTHER, "follow_up": "", "other": "By phone"}),
    ("q4", {"q4-other": "By phone"}, {"choice": "", "follow_up": "", "other": "By phone"}),
    ("q4", {}, None),
    ("q12", {"q12-c1": "yes", "q12-c2": "no", "q12-c2-why": " Our  contract "},
     {"c1": {"answer": "yes", "why_not": ""}, "c2": {"answer": "no", "why_not": "Our contract"}}),
    ("q12", {"q12-c2-why": "Our contract"}, {"c2": {"answer": "", "why_not": "Our contract"}}),
    ("q12", {"q12-c9": "yes"}, None),
    ("q12", {}, None),
]  # fmt: skip
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("q1", {"q1": "x" * 301}, "Shorten this line: it has 301 characters; up to 300 fit."),
    ("q1", {"q1": "x" * 300_000}, "Shorten this line: it has 300,000 characters; up to 300 fit."),
    ("q2", {"q2": "soon"}, NO_DATE),
    ("q2", {"q2": "11/3"}, NO_DATE),
    ("q2", {"q2": "11/3/26"}, NO_DATE),
    ("q2", {"q2": "2026-02-30"}, NO_DATE),
    ("q2", {"q2": "0202-11-03"}, NO_DATE),
    ("q2", {"q2": "2026-11-٣"}, NO_DATE),
    ("q2", {"q2": "x" * 300_000}, NO_DATE),
    ("q4", {"q4": "7"}, "Choose from the list. One of the choices sent is not in it."),
    ("q4", {"q4": "2", "q4-other": "x" * 201}, "Shorten this line: it has 201 characters; up to 200 fit."),
    ("q12", {"q12-c1": "perhaps"}, "Choose yes or no for each commitment."),
    ("q12", {"q12-c1": "no", "q12-c1-why": "x" * 601}, "Shorten this line: it has 601 characters; up to 600 fit."),
]


@pytest.mark.parametrize(("code", "form", "kept"), GOOD)
def test_what_a_form_brings_is_kept_in_one_form(code: str, form: dict[str, Any], kept: Any) -> None:
    received = received_of(code, form)
    assert (received.errors, [typed.value for typed in received.filled.answers]) == ({}, [kept])


@pytest.mark.parametrize(("code", "form", "sentence"), BAD)
def test_what_cannot_be_kept_is_refused_and_comes_back_as_typed(code: str, form: dict[str, Any], sentence: str) -> None:
    received = received_of(code, form)
    assert (received.errors, received.filled.answers) == ({code: sentence}, [])
    assert max(form.values(), key=len) in str(received.entries[code].raw) or code == "q4"


@pytest.mark.parametrize("code", VALUES)
@pytest.mark.parametrize("value", [["a", 1], {"choice": 1}, 7, True, [], {}, {"file": True}, {"c1": []}, {"file": "x"}])
def test_no_value_of_a_wrong_type_gets_past(code: str, value: Any) -> None:
    try:
        kept = normal(bare(code), value)
    except RuleBroken:
        return
    assert kept is None or normal(bare(code), kept) == kept


@pytest.mark.parametrize("code", VALUES)
def test_a_kept_answer_stays_what_it_is_and_needs_nothing(code: str) -> None:
    assert (normal(bare(code), VALUES[code]), problems_of(bare(code), VALUES[code])) == (VALUES[code], [])


def test_the_answer_to_a_choice_without_another_one_keeps_its_form() -> None:
    assert normal(bare("q5"), {"choice": "All schools", "other": "x"}) == {"choice": "All schools", "follow_up": ""}


@pytest.mark.parametrize("code", VALUES)
def test_no_answer_is_missing_but_not_wrong(code: str) -> None:
    found = problems_of(bare(code), None)
    assert [(one.sentence, one.is_wrong) for one in found] == [(f"Answer “{bare(code).label}”.", False)]


CASES: list[tuple[str, Any, str, str, bool]] = [  # question, answer, anchor, sentence, is wrong
    ("q1", "x" * 32, "q1", "Shorten “Name your work in one line.” by 2 characters. It has 32; up to 30 fit.", True),
    ("q2", "2026-10-31", "q2", "Give a date from November 1, 2026 to June 30, 2027.", True),
    ("q2", "2027-07-01", "q2", "Give a date from November 1, 2026 to June 30, 2027.", True),
    ("q3", 0.25, "q3", "Give a number of hours from 0.5 to 8, in steps of 0.5.", True),
    ("q3", 1.6, "q3", "Give a number of hours from 0.5 to 8, in steps of 0.5.", True),
    ("q3", 8.5, "q3", "Give a number of hours from 0.5 to 8, in steps of 0.5.", True),
    ("q4", {"choice": OTHER, "follow_up": "", "other": ""}, "q4-other", f"Say which, below “{OTHER}”.", False),
    ("q4", {"choice": "", "follow_up": "", "other": "By phone"}, "q4",
     "Choose an answer to “How should we answer?”.", False),
    ("q6", {"choices": [SITES[2]], "other": ""}, "q6-other", f"Say which, below “{SITES[2]}”.", False),
    ("q8", "one", "q8", "Say a little more in “What would help?”: 1 word to go.", False),
    ("q12", {"c1": PROMISED["c1"]}, "q12-c2", "Say yes or no to each commitment: 1 to go.", False),
    ("q12", {**PROMISED, "c2": {"answer": "", "why_not": "x"}}, "q12-c2",
     "Say yes or no to each commitment: 1 to go.", False),
    ("q12", {**PROMISED, "c2": {"answer": "no", "why_not": ""}}, "q12-c2-why",
     "Say in a word why you do not accept commitment 2.", False),
]  # fmt: skip


@pytest.mark.parametrize(("code", "value", "anchor", "sentence", "is_wrong"), CASES)
def test_a_sentence_tells_how_to_mend_it_and_an_anchor_where(
    code: str, value: Any, anchor: str, sentence: str, is_wrong: bool
) -> None:
    found = problems_of(bare(code), value)
    assert [(one.anchor, one.sentence, one.is_wrong) for one in found] == [(anchor, sentence, is_wrong)]


@pytest.mark.parametrize(
    ("step", "value", "fits"), [(0.1, 0.3, True), (0.1, 0.35, False), (0.25, 1.75, True), (2, 3, False), (2, 4, True)]
)
def test_steps_are_counted_as_people_count(step: float, value: float, fits: bool) -> None:
    limits = {"limits": {"step": step}}
    assert (problems_of(bare("q3", **limits), value) == []) is fits


def test_steps_count_from_the_least_number() -> None:
    limits = {"limits": {"min": 0.5, "step": 1}}
    assert (problems_of(bare("q3", **limits), 1.5), problems_of(bare("q3", **limits), 2) == []) == ([], False)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "Give a number."),
        ({"unit": "days"}, "Give a number of days."),
        ({"limits": {"min": 1}}, "Give a number from 1 on."),
        ({"limits": {"max": 2000}}, "Give a number up to 2,000."),
        ({"limits": {"min": 0, "max": 12, "step": 1}, "unit": "days"}, "Give a whole number of days from 0 to 12."),
        ({"limits": {"step": 0.25}}, "Give a number, in steps of 0.25."),
    ],
)
def test_what_number_is_asked_for_is_said_in_one_sentence(settings: dict[str, Any], sentence: str) -> None:
    assert number_sentence(settings) == sentence


def test_a_short_text_without_a_limit_has_120_characters() -> None:
    question = bare("q7")
    assert (problems_of(question, "x" * 120), len(problems_of(question, "x" * 121))) == ([], 1)


def test_an_open_ended_date_says_so() -> None:
    question = bare("q2", limits={"min": "2026-11-01"})
    assert problems_of(question, "2026-10-31")[0].sentence == "Give a date from November 1, 2026 on."
    assert problems_of(bare("q2", limits={}), "1999-01-01") == []


@pytest.mark.parametrize("typed", ["about 2,950", "2950 or so", "many"])
def test_a_corrected_figure_of_the_district_is_a_number(typed: str) -> None:
    question = a_bare_question("q1")
    found = problems_of(question, {"still_true": "no", "corrections": {"students": typed}})
    sentence = "Give “Students now” as a number, such as 2,950."
    assert [(one.anchor, one.sentence, one.is_wrong) for one in found] == [("q1-students", sentence, True)]


@pytest.mark.parametrize("corrections", [{"students": "2,950"}, {"students": "2950"}, {"grades": "K to 8"}])
def test_a_corrected_figure_in_digits_and_other_words_need_nothing(corrections: dict[str, str]) -> None:
    assert problems_of(a_bare_question("q1"), {"still_true": "no", "corrections": corrections}) == []


READ: list[tuple[str, Any, list[str]]] = [
    ("q1", "Reading together", ["Reading together"]),
    ("q2", "2026-11-03", ["November 3, 2026"]),
    ("q3", 1.5, ["1.5 hours"]),
    ("q4", {"choice": OTHER, "follow_up": "", "other": "By phone"}, ["By phone"]),
    ("q4", {"choice": OTHER, "follow_up": "", "other": ""}, [OTHER]),
    ("q4", {"choice": WAYS[0], "follow_up": "", "other": "By phone"}, [WAYS[0]]),
    ("q6", {"choices": ["North", SITES[2]], "other": "The library"}, ["North", "The library"]),
    ("q10", FILE, ["Plan.pdf (200 KB)"]),
    ("q12", {"c1": {"answer": "yes", "why_not": "x"}, "c2": {"answer": "no", "why_not": "Our contract."}},
     ["Accepted: Name a team of about twelve educators.",
      "Not accepted: Bring the team to four gatherings a year. Why not: Our contract."]),
    ("q12", {"c2": {"answer": "", "why_not": "x"}}, ["Not answered: Bring the team to four gatherings a year."]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "value", "lines"), READ)
def test_an_answer_reads_as_people_say_it(code: str, value: Any, lines: list[str]) -> None:
    question = bare(code)
    assert lines_of(question.kind, settings_of(question), value) == lines


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 KB"), (204_800, "200 KB"), (1_048_576, "1.0 MB"), (10_485_760, "10.0 MB")]
)
def test_the_size_of_a_file_reads_as_on_ones_own_machine(count: int, words: str) -> None:
    assert size_words(count) == words


def test_a_pdf_comes_with_the_form() -> None:
    received = received_of("q10", {}, ("Plan.pdf", WHOLE))
    assert (received.errors, received.filled.answers) == ({}, [])
    assert [(one.upload.name, one.upload.content, one.base) for one in received.filled.files] == [
        ("Plan.pdf", WHOLE, "0:x")
    ]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("plan.pdf", b"", "This file is empty. Choose the PDF again."),
        ("plan.pdf", b"MZ", "This file is not a PDF, whatever its name says. Save it as a PDF, then choose it again."),
        ("plan.pdf", b"%PDF-1.7\n", "The end of this PDF is missing. Save it once more, then choose it again."),
        ("plan.pdf", WHOLE[:-6] + b"x" * 1024 * 1024 + b"%%EOF",
         "This file is larger than 1 MB. Save it smaller, or leave pages out."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_kept_is_refused_with_the_reason(name: str, content: bytes, sentence: str) -> None:
    received = received_of("q10", {}, (name, content), file_limit_mb=1)
    assert (received.errors, received.filled.files) == ({"q10": sentence}, [])


@pytest.mark.parametrize("form", [{}, {"q10": "17"}, {"do": "remove-file:q11"}, {"keep": "theirs:q10"}])
def test_a_form_without_a_file_leaves_the_file_alone(form: dict[str, str]) -> None:
    received = received_of("q10", form)
    assert (received.entries, received.filled.answers, received.filled.files) == ({}, [], [])


def test_a_file_is_taken_out_by_its_button_only() -> None:
    assert [one.value for one in received_of("q10", {"do": "remove-file:q10"}).filled.answers] == [None]


@pytest.mark.parametrize("number", ["x", "0", "-1", "9" * 20, "١"])
def test_a_file_that_was_sent_before_is_named_by_a_plain_number(number: str) -> None:
    received = received_of("q10", {"q10": number, "keep": "mine:q10:1:abc"})
    assert received.filled.answers == []


def test_a_file_that_was_sent_before_can_be_kept() -> None:
    received = received_of("q10", {"q10": "17", "keep": "mine:q10:1:abc"})
    assert [(one.value, one.base) for one in received.filled.answers] == [({"file": 17}, "1:abc")]


def received_of(
    code: str, form: dict[str, Any], file: tuple[str, bytes] | None = None, file_limit_mb: int = 10
) -> Received:
    """What a section's form brings for one question; the list of a choice is sent once for each."""
    question, typed = bare(code), MultiDict({f"{code}-base": "0:x", **form})
    question.section.round.file_limit_mb = file_limit_mb
    files = MultiDict({f"{code}-file": FileStorage(BytesIO(file[1]), file[0])}) if file else MultiDict()
    return read([question], typed, {}, files)
