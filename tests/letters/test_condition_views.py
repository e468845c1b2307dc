"""Questions that appear with an answer: as it saves itself, after Save without scripts, in the task list."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from portal.letters.operations import save_answer
from tests.letters.builders import Place, base
from tests.letters.kind_pages import autosave, give, section_at, send, stored, summary, the_letter, unasked
from tests.letters.kinds import SITES, with_new_kinds
from tests.letters.pages import at_letter, words

NEWS = re.compile(r'<hx-partial id="(q\d+)-asked-news".*?</hx-partial>', re.DOTALL)
ALL, SOME, NONE = "0", "1", "2"


@pytest.fixture
def here(place: Place) -> Place:
    return with_new_kinds(place)


def test_what_waits_is_in_the_page_and_hidden(writer: FlaskClient, here: Place) -> None:
    page = writer.get(section_at(here, "schools")).text
    assert unasked(page) == {"q6", "q7", "q8"}
    assert 'name="q6-base"' in page
    assert '<input type="hidden" name="q5-shows" value="">' in page


def test_what_is_asked_is_shown(writer: FlaskClient, here: Place) -> None:
    give(here)
    page = writer.get(section_at(here, "schools")).text
    assert unasked(page) == {"q8"}
    assert '<input type="hidden" name="q5-shows" value="q6 q7">' in page


def test_an_answer_that_saves_itself_brings_the_question_along(writer: FlaskClient, here: Place) -> None:
    answer = autosave(writer, here, "q5", q5=SOME, **{"q5-shows": ""})
    assert set(NEWS.findall(answer.text)) == {"q6", "q7", "q8"}
    assert unasked(answer.text) == {"q7", "q8"}
    assert 'id="saved-q5"' in answer.text
    assert 'name="q5-shows" value="q6"' in answer.text
    assert "One more question below: “Where?”" in words(answer)


def test_the_field_itself_is_not_swapped_so_nothing_typed_in_it_is_lost(writer: FlaskClient, here: Place) -> None:
    answer = autosave(writer, here, "q5", q5=NONE, **{"q5-shows": "q6"})
    assert re.findall(r'hx-target="#([^"]+)"', answer.text) == ["said", "q6-asked", "q7-asked", "q8-asked"]
    assert "<textarea" not in answer.text


def test_a_question_that_goes_says_that_its_answer_is_kept(writer: FlaskClient, here: Place) -> None:
    give(here)
    answer = autosave(writer, here, "q5", q5=ALL, **{"q5-shows": "q6 q7"})
    assert "“Where?” is not asked any more. What you wrote there is kept." in words(answer)
    assert unasked(answer.text) == {"q6", "q7", "q8"}
    assert stored(here)["q7"] == "The town"


def test_an_answer_that_changes_nothing_of_the_page_says_nothing(writer: FlaskClient, here: Place) -> None:
    give(here)
    assert 'id="said-news"' not in autosave(writer, here, "q5", q5=SOME, **{"q5-shows": "q6 q7"}).text
    assert 'id="said-news"' not in autosave(writer, here, "q1", q1="Reading").text


def test_a_chain_follows(writer: FlaskClient, here: Place) -> None:
    give(here, q6={"choices": ["North"], "other": ""})
    answer = autosave(writer, here, "q6", q6=["0", "2"], **{"q6-other": "The library", "q6-shows": ""})
    assert (set(NEWS.findall(answer.text)), unasked(answer.text)) == ({"q7"}, set())
    assert "One more question below: “Who runs that place?”" in words(answer)


def test_what_is_typed_below_as_the_question_goes_is_still_saved(writer: FlaskClient, here: Place) -> None:
    give(here)
    autosave(writer, here, "q5", q5=ALL)
    answer = autosave(writer, here, "q7", q7="The town and the state")
    assert (answer.status_code, stored(here)["q7"]) == (200, "The town and the state")


def test_without_scripts_saving_stays_where_a_new_question_appeared(writer: FlaskClient, here: Place) -> None:
    answer = send(writer, here, "schools", q5=SOME, **{"q5-shows": ""})
    assert answer.location.endswith("/sections/schools#q6-field")
    page = writer.get(answer.location)
    assert unasked(page.text) == {"q7", "q8"}
    assert "Saved. One more question below: “Where?”" in words(page)
    assert send(writer, here, "schools", q5=SOME, q6="0", **{"q5-shows": "q6"}).location.endswith("/sections/later")


def test_without_scripts_coming_back_later_goes_to_the_task_list(writer: FlaskClient, here: Place) -> None:
    answer = send(writer, here, "schools", q5=SOME, later="1", **{"q5-shows": ""})
    assert answer.location == at_letter(the_letter(here))


def test_saving_passes_over_a_section_in_which_nothing_is_asked(writer: FlaskClient, here: Place) -> None:
    assert send(writer, here, "schools", q5=ALL, **{"q5-shows": ""}).location.endswith("/sections/papers")
    assert "Section 2 of 5" in words(writer.get(section_at(here, "schools")))
    save_answer(the_letter(here), here.questions()["q5"], {"choice": "Some schools"}, after(here), by=here.lead)
    assert "Section 2 of 6" in words(writer.get(section_at(here, "schools")))


def test_the_task_list_shows_what_is_asked_across_sections(writer: FlaskClient, here: Place) -> None:
    send(writer, here, "schools", q5=ALL)
    before = words(writer.get(at_letter(the_letter(here))))
    send(writer, here, "schools", q5=SOME)
    after_it = words(writer.get(at_letter(the_letter(here))))
    assert ("Later" in before, "Later" in after_it) == (False, True)
    assert ("of 5 sections done" in before, "of 6 sections done" in after_it) == (True, True)


def test_a_section_in_which_nothing_is_asked_says_so(writer: FlaskClient, here: Place) -> None:
    page = writer.get(section_at(here, "later"))
    assert page.status_code == 200
    assert "Nothing is asked here now. It depends on another answer of your letter." in words(page)
    assert unasked(page.text) == {"q9"}


def test_what_is_not_asked_is_held_against_nobody(writer: FlaskClient, here: Place) -> None:
    answer = send(writer, here, "schools", q5=ALL, q8="one")
    assert (answer.status_code, stored(here)["q8"]) == (303, "one")
    assert "Say a little more" not in words(writer.get(at_letter(the_letter(here), "/check")))


def test_what_cannot_be_kept_is_shown_even_where_it_is_not_asked(writer: FlaskClient, here: Place) -> None:
    answer = send(writer, here, "schools", q5=ALL, q7="x" * 301)
    assert (answer.status_code, summary(answer)) == (
        422, [("q7", "Shorten this line: it has 301 characters; up to 300 fit.")],
    )  # fmt: skip
    assert "q7" not in unasked(answer.text)


def test_check_and_whole_leave_out_what_is_not_asked(writer: FlaskClient, here: Place) -> None:
    letter = give(here)
    send(writer, here, "schools", q5=ALL, q6=["0", "2"], q7="The town", **{"q6-other": "The library"})
    for path in ("/check", "/whole"):
        assert "Who runs that place?" not in words(writer.get(at_letter(letter, path)))
    send(writer, here, "schools", q5=SOME, q6=["0", "2"], q7="The town", **{"q6-other": "The library"})
    assert "Who runs that place? The town" in words(writer.get(at_letter(letter, "/whole")))


def test_a_locked_section_reads_what_is_asked_only(writer: FlaskClient, here: Place, at: object) -> None:
    give(here, q5={"choice": "All schools"})
    assert callable(at)
    at("2026-10-30 18:00:01")
    page = words(writer.get(section_at(here, "schools")))
    assert ("All schools" in page, "Who runs that place?" in page, SITES[2] in page) == (True, False, False)


def after(here: Place) -> str:
    return base(the_letter(here), here.questions()["q5"])
