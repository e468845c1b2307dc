"""Short texts, dates, numbers, another choice, commitments on their pages: saved, wrong, in conflict, locked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.core.db import db
from portal.letters.models import Letter
from portal.letters.operations import add_roster_row, save_answer
from tests.districts.builders import a_person
from tests.letters.builders import Place, base, enter
from tests.letters.kind_pages import PART, autosave, give, ids, section_at, send, stored, summary, the_letter
from tests.letters.kinds import GIVEN, PROMISED, with_new_kinds
from tests.letters.pages import at_letter, button, team, words

TYPED: dict[str, tuple[str, dict[str, str]]] = {  # question: its section, what a browser sends for it
    "q1": ("basics", {"q1": "Reading together"}),
    "q2": ("basics", {"q2": "2026-11-03"}),
    "q3": ("basics", {"q3": "1.5"}),
    "q4": ("basics", {"q4": "2", "q4-other": "By phone"}),
    "q12": ("promises", {"q12-c1": "yes", "q12-c2": "yes"}),
}
SHOWN = {
    "q1": 'name="q1" value="Reading together"',
    "q2": 'type="date" id="q2" name="q2" value="2026-11-03"',
    "q3": 'name="q3" value="1.5"',
    "q4": 'name="q4-other" value="By phone"',
    "q12": 'name="q12-c2" value="yes" checked',
}
READ = {"q1": "Reading together", "q2": "November 3, 2026", "q3": "1.5 hours", "q4": "By phone",
        "q12": "Accepted: Name a team of about twelve educators."}  # fmt: skip
WRONG: list[tuple[str, str, dict[str, str], str, str]] = [  # section, question, typed, anchor, sentence
    ("basics", "q1", {"q1": "x" * 301}, "q1", "Shorten this line: it has 301 characters; up to 300 fit."),
    ("basics", "q1", {"q1": "x" * 31}, "q1",
     "Shorten “Name your work in one line.” by 1 character. It has 31; up to 30 fit."),
    ("basics", "q2", {"q2": "next <week>"}, "q2", "Give a date with its year, such as 11/3/2026."),
    ("basics", "q2", {"q2": "2030-01-01"}, "q2", "Give a date from November 1, 2026 to June 30, 2027."),
    ("basics", "q3", {"q3": "1.7"}, "q3", "Give a number of hours from 0.5 to 8, in steps of 0.5."),
    ("basics", "q3", {"q3": "an hour"}, "q3", "Give a number in digits, such as 4."),
    ("basics", "q4", {"q4": "9"}, "q4", "Choose from the list. One of the choices sent is not in it."),
    ("promises", "q12", {"q12-c1": "perhaps"}, "q12", "Choose yes or no for each commitment."),
]  # fmt: skip


@pytest.fixture
def here(place: Place) -> Place:
    """The district, in a round of the newer kinds."""
    return with_new_kinds(place)


@pytest.mark.parametrize("code", TYPED)
def test_a_form_saves_it_and_the_page_shows_it_again(writer: FlaskClient, here: Place, code: str) -> None:
    slug, typed = TYPED[code]
    assert send(writer, here, slug, **typed).status_code == 303
    assert stored(here) == {code: GIVEN[code]}
    assert SHOWN[code] in writer.get(section_at(here, slug)).text


@pytest.mark.parametrize("code", TYPED)
def test_it_saves_itself(writer: FlaskClient, here: Place, code: str) -> None:
    answer = autosave(writer, here, code, **TYPED[code][1])
    assert (answer.status_code, answer.text.startswith(f'<div id="saved-{code}">')) == (200, True)
    assert "Saved 9:00 AM" in words(answer)
    assert stored(here) == {code: GIVEN[code]}


@pytest.mark.parametrize("code", TYPED)
@pytest.mark.parametrize("path", ["/check", "/whole"])
def test_it_is_read_in_the_letter(writer: FlaskClient, here: Place, code: str, path: str) -> None:
    assert READ[code] in words(writer.get(at_letter(give(here), path)))


@pytest.mark.parametrize(("slug", "code", "typed", "anchor", "sentence"), WRONG)
def test_what_is_wrong_comes_back_as_typed_with_a_way_to_mend_it(
    writer: FlaskClient, here: Place, slug: str, code: str, typed: dict[str, str], anchor: str, sentence: str
) -> None:
    answer = send(writer, here, slug, **typed)
    assert (answer.status_code, summary(answer)) == (422, [(anchor, sentence)])
    assert anchor in ids(answer.text)
    assert code == "q4" or code == "q12" or escaped(typed[code]) in answer.text
    assert f'id="{anchor}-error"' in answer.text


@pytest.mark.parametrize(("slug", "code", "typed", "anchor", "sentence"), WRONG)
def test_what_is_wrong_is_said_under_a_field_that_saves_itself(
    writer: FlaskClient, here: Place, slug: str, code: str, typed: dict[str, str], anchor: str, sentence: str
) -> None:
    answer = autosave(writer, here, code, **typed)
    assert (answer.status_code in (200, 422), sentence in words(answer)) == (True, True)


@pytest.mark.parametrize(
    ("code", "typed", "most"), [("q1", "q1", 300), ("q8", "q8", 20_000), ("q12", "q12-c1-why", 600)]
)
def test_300_kb_of_text_are_a_field_error_and_stay_on_the_page(
    writer: FlaskClient, here: Place, code: str, typed: str, most: int
) -> None:
    slug = next(one.slug for one in here.round.sections if code in {each.code for each in one.questions})
    answer = send(writer, here, slug, **{"q5": "2", typed: "y" * 300_000})
    assert (answer.status_code, code in stored(here)) == (422, False)
    assert f"it has 300,000 characters; up to {most:,} fit." in words(answer)
    assert "y" * 300_000 in answer.text


def test_a_date_that_was_typed_in_words_is_a_text_until_it_is_a_date(writer: FlaskClient, here: Place) -> None:
    assert 'type="text" id="q2"' in send(writer, here, "basics", q2="soon").text
    assert send(writer, here, "basics", q2="November 3, 2026").status_code == 303
    assert 'type="date" id="q2" name="q2" value="2026-11-03"' in writer.get(section_at(here, "basics")).text


def test_a_commitment_that_is_not_accepted_needs_a_word_why(writer: FlaskClient, here: Place) -> None:
    send(writer, here, "promises", **{"q12-c1": "yes", "q12-c2": "no"})
    page = writer.get(at_letter(the_letter(here), "/check"))
    assert "Say in a word why you do not accept commitment 2." in words(page)
    assert "/sections/promises#q12-c2-why" in page.text
    assert "q12-c2-why" in ids(writer.get(section_at(here, "promises")).text)
    send(writer, here, "promises", **{"q12-c1": "yes", "q12-c2": "no", "q12-c2-why": "Our contract"})
    assert "commitment 2." not in words(writer.get(at_letter(the_letter(here), "/check")))


CLASHES: list[tuple[str, Any, dict[str, str], str, str]] = [  # question, theirs, typed, mine as read, theirs as read
    ("q1", "Theirs", {"q1": "Reading together"}, "Reading together", "Theirs"),
    ("q2", "2026-12-01", {"q2": "2026-11-03"}, "November 3, 2026", "December 1, 2026"),
    ("q3", 2, {"q3": "1.5"}, "1.5 hours", "2 hours"),
    ("q4", {"choice": "By a visit"}, {"q4": "2", "q4-other": "By phone"}, "By phone", "By a visit"),
    ("q12", {**PROMISED, "c2": {"answer": "no", "why_not": "Our contract"}}, TYPED["q12"][1],
     "Accepted: Name a team of about twelve educators. Accepted: Bring the team to four gatherings a year.",
     "Accepted: Name a team of about twelve educators. "
     "Not accepted: Bring the team to four gatherings a year. Why not: Our contract"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "theirs", "typed", "mine_read", "theirs_read"), CLASHES)
def test_a_clash_shows_both_as_they_read_and_keeps_the_chosen_one(
    writer: FlaskClient, here: Place, code: str, theirs: Any, typed: dict[str, str], mine_read: str, theirs_read: str
) -> None:
    question = here.questions()[code]
    began = base(the_letter(here), question)
    save_answer(the_letter(here), question, theirs, began, by=here.other)
    answer = autosave(writer, here, code, **{f"{code}-base": began, **typed})
    shown = words(answer)
    assert answer.status_code == 409
    assert f"Yours {mine_read}" in shown
    assert f"Theirs {theirs_read}" in shown
    autosave(writer, here, code, **{f"{code}-base": began, **typed, "keep": button(answer.text, "Keep mine")})
    assert stored(here)[code] == GIVEN[code]


def test_after_keeping_mine_the_time_of_the_save_is_the_servers(writer: FlaskClient, here: Place) -> None:
    question = here.questions()["q1"]
    began = base(the_letter(here), question)
    save_answer(the_letter(here), question, "Theirs", began, by=here.other)
    shown = autosave(writer, here, "q1", **{"q1-base": began, "q1": "Mine"}).text
    kept = autosave(writer, here, "q1", **{"q1-base": began, "q1": "Mine", "keep": button(shown, "Keep mine")})
    assert kept.text.startswith('<div class="field" id="q1-field"')
    assert "Saved 9:00 AM" in words(kept)


def test_a_person_who_is_added_gets_the_keyboard(writer: FlaskClient, place: Place, letter: Letter) -> None:
    question = place.questions()["q7"]
    add_roster_row(letter, by=place.lead)
    path = at_letter(letter, f"/answers/{question.id}")
    answer = writer.post(path, data={"q7-base": "rows", "do": "add-row:q7"}, headers=PART)
    assert re.findall(r'autofocus="" id="([^"]+)"', answer.text) == [f"row-{team()[1].id}-role"]
    out = writer.post(path, data={"q7-base": "rows", "do": f"remove-row:q7:{team()[1].id}"}, headers=PART)
    assert "autofocus" not in out.text


def test_an_optional_question_says_so(writer: FlaskClient, here: Place) -> None:
    page = words(writer.get(section_at(here, "papers")))
    assert ("Anything else (optional)" in page, "Your calendar (optional)" in page) == (True, False)


def test_a_locked_section_is_read_and_does_not_say_that_it_saves_itself(writer: FlaskClient, here: Place) -> None:
    letter = give(here)
    letter.status = "endorsing"
    db.session.commit()
    page = words(writer.get(section_at(here, "basics")))
    assert "The answers are locked while the letter is being signed." in page
    assert "By phone" in page
    assert "It saves itself" not in page


def test_an_answer_that_is_typed_again_in_the_same_words_is_no_change(writer: FlaskClient, here: Place) -> None:
    give(here)
    send(writer, here, "basics", **{"q1": "Reading together", "q2": "11/3/2026", "q3": "1.50", "q4": "2",
                                    "q4-other": "By phone"})  # fmt: skip
    assert {code: stored(here)[code] for code in ("q1", "q2", "q3", "q4")} == {
        code: GIVEN[code] for code in ("q1", "q2", "q3", "q4")
    }


def test_a_stranger_saves_nothing(client: FlaskClient, here: Place) -> None:
    assert send(enter(client, a_person()), here, "basics", q1="Theirs").status_code == 404
    assert stored(here) == {}


def escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace(">", "&gt;")


def test_a_number_that_nobody_should_give_is_warned_of_before_it_is_kept(writer: FlaskClient, here: Place) -> None:
    answer = autosave(writer, here, "q1", q1="Call 123-45-6789")
    assert (answer.status_code, stored(here)) == (422, {})
    assert "Not saved. This looks like a Social Security number." in words(answer)
    assert 'name="q1-sure" value="1"><span>It is no such number.' in answer.text
    kept = autosave(writer, here, "q1", q1="Call 123-45-6789", **{"q1-sure": "1"})
    assert (kept.status_code, stored(here)) == (200, {"q1": "Call 123-45-6789"})
    assert 'name="q1-sure" value="1" checked' in kept.text


def test_a_form_with_such_a_number_comes_back_with_the_box(writer: FlaskClient, here: Place) -> None:
    answer = send(writer, here, "promises", **{"q12-c1": "no", "q12-c1-why": "4111 1111 1111 1111"})
    assert (answer.status_code, stored(here)) == (422, {})
    assert [anchor for anchor, _ in summary(answer)] == ["q12"]
    typed = {"q12-c1": "no", "q12-c1-why": "4111 1111 1111 1111", "q12-sure": "1"}
    assert (send(writer, here, "promises", **typed).status_code, "q12" in stored(here)) == (303, True)
