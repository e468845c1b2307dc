"""Questions that appear with an answer, files that go up as they are chosen, and every kind in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from portal.accounts.queries import find_account
from portal.communities.queries import find_community
from portal.core import clock, storage
from portal.core.db import db
from portal.districts.models import District
from portal.letters.models import Answer, Letter, LetterFile
from portal.letters.operations import save_answer, start_letter
from portal.letters.rules import base_of
from portal.rounds.models import Question, Round
from portal.rounds.operations import close_now
from portal.rounds.rules import closing_words
from tests.browser.live import Live
from tests.browser.pages import axe, go, sideways
from tests.letters.kinds import SITES, a_round_of_new_kinds, dates_around

COVE = "principal.test-cove@example.org"
PDF = b"%PDF-1.7\nfirst\n%%EOF\n"
Open = Callable[..., Page]
SignIn = Callable[[Page, str], Page]
both = pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])


@pytest.fixture
def letter(live: Live) -> int:
    """The number of Test Cove's letter in a round of the newer kinds."""
    return int(live.inside(begun))


@pytest.fixture
def section(open_page: Open, sign_in_as: SignIn, letter: int) -> Callable[..., Page]:
    """section(slug, script=True): a section of that letter in the browser of its lead."""

    def show(slug: str, **look: Any) -> Page:
        page = sign_in_as(open_page(**look), COVE)
        page.goto(f"/eclc/letters/{letter}/sections/{slug}")
        if look.get("script", True):
            page.locator("[data-htmx-powered]").first.wait_for(state="attached")
        return page

    return show


def test_a_question_appears_and_goes_with_the_answer_before_it(live: Live, section: Callable[..., Page]) -> None:
    page = section("schools")
    expect(page.locator("#q6-field")).to_be_hidden()
    page.get_by_label("Some schools").check()
    expect(page.locator("#q6-field")).to_be_visible()
    expect(page.locator("#said")).to_contain_text("One more question below: “Where?”")
    expect(page.get_by_label("Some schools")).to_be_focused()
    page.get_by_label(SITES[2]).check()
    expect(page.locator("#q7-field")).to_be_visible()
    page.get_by_label("All schools").check()
    expect(page.locator("#q6-field")).to_be_hidden()
    expect(page.locator("#q7-field")).to_be_hidden()
    expect(page.locator("#said")).to_contain_text("“Where?” is not asked any more. What you wrote there is kept.")
    page.get_by_label("Some schools").check()
    expect(page.get_by_label(SITES[2])).to_be_checked()
    assert stored(live, "q6") == {"choices": [SITES[2]], "other": ""}


def test_the_keyboard_alone_lets_a_question_appear_and_goes_on_to_it(section: Callable[..., Page]) -> None:
    page = section("schools")
    page.get_by_label("All schools").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#q6-field")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_label("North")).to_be_focused()


def test_a_text_that_is_being_typed_survives_its_question_going(live: Live, section: Callable[..., Page]) -> None:
    page = section("schools")
    page.get_by_label("No school yet").check()
    expect(page.locator("#q8-field")).to_be_visible()
    page.get_by_label("What would help?").press_sequentially("Buses at noon")
    page.get_by_label("All schools").check()  # at once, long before the text has saved itself
    expect(page.locator("#q8-field")).to_be_hidden()
    page.get_by_label("No school yet").check()
    expect(page.get_by_label("What would help?")).to_have_value("Buses at noon")
    expect(page.locator("#q8-field-saved")).to_contain_text(re.compile(r"Saved \d"))
    assert stored(live, "q8") == "Buses at noon"


def test_without_scripts_the_question_appears_after_save(section: Callable[..., Page]) -> None:
    page = section("schools", script=False)
    expect(page.locator("#q6-field")).to_be_hidden()
    page.get_by_label("Some schools").check()
    page.get_by_role("button", name="Save and continue").click()
    page.wait_for_url("**/sections/schools#q6-field")
    expect(page.locator("#q6-field")).to_be_visible()
    expect(page.locator("#said")).to_contain_text("Saved. One more question below: “Where?”")


def test_a_file_goes_up_as_it_is_chosen(live: Live, section: Callable[..., Page], tmp_path: Path) -> None:
    page = section("papers")
    page.locator("#q10").focus()
    page.locator("#q10").set_input_files(a_file(tmp_path, "Plan.pdf", PDF))
    expect(page.locator("#q10-there")).to_contain_text("Plan.pdf")
    expect(page.locator("#said")).to_contain_text("Plan.pdf is in the letter now.")
    expect(page.locator("#q10")).to_be_focused()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Plan.pdf").click()
    assert (Path(saved.value.path()).read_bytes(), saved.value.suggested_filename) == (PDF, "Plan.pdf")
    page.locator("#q10").set_input_files(a_file(tmp_path, "Better.pdf", PDF.replace(b"first", b"second")))
    expect(page.locator("#q10-there")).to_contain_text("Better.pdf")
    page.get_by_role("button", name="Take out Better.pdf").click()
    expect(page.locator("#q10-there")).to_have_count(0)
    assert (stored(live, "q10"), live.inside(agree)) == (None, True)


def test_a_file_that_is_no_pdf_is_refused_at_its_field(
    live: Live, section: Callable[..., Page], tmp_path: Path
) -> None:
    page = section("papers")
    page.locator("#q10").set_input_files(a_file(tmp_path, "Plan.pdf", b"<html>"))
    expect(page.locator("#q10-error")).to_contain_text("This file is not a PDF, whatever its name says.")
    expect(page.locator("#q10")).to_have_attribute("aria-invalid", "true")
    assert axe(page) == []
    page.locator("#q10").set_input_files(a_file(tmp_path, "Plan.pdf", PDF))
    expect(page.locator("#q10-there")).to_contain_text("Plan.pdf")
    expect(page.locator("#q10-error")).to_have_count(0)


def test_a_file_on_its_way_says_so_and_a_lost_connection_is_told(
    live: Live, section: Callable[..., Page], tmp_path: Path
) -> None:
    page, held = section("papers"), list[Route]()
    page.evaluate("console.error = () => {}")  # htmx tells the console too, which is no trouble here
    page.route("**/answers/*", lambda route: held.append(route))
    with page.expect_request("**/answers/*"):  # said before the route is, and what follows asks the browser again
        page.locator("#q10").set_input_files(a_file(tmp_path, "Plan.pdf", PDF))
    expect(page.locator("#q10-up")).to_be_visible()
    held[0].abort("connectionfailed")
    expect(page.locator("#refusal")).to_contain_text("This did not go through.")
    expect(page.locator("#q10-up")).to_be_hidden()
    page.unroute("**/answers/*")
    page.get_by_role("button", name="Save and continue").click()  # the file is still chosen, and goes along
    page.wait_for_url("**/sections/promises")
    assert stored(live, "q10")["name"] == "Plan.pdf"


def test_without_scripts_a_button_sends_the_file(live: Live, section: Callable[..., Page], tmp_path: Path) -> None:
    page = section("papers", script=False)
    page.locator("#q10").set_input_files(a_file(tmp_path, "Plan.pdf", PDF))
    page.locator("#q10-field").get_by_role("button", name="Send the file").click()
    expect(page.locator("#q10-there")).to_contain_text("Plan.pdf")
    page.get_by_role("button", name="Take out Plan.pdf").click()
    expect(page.locator("#q10-there")).to_have_count(0)
    assert stored(live, "q10") is None


@both
def test_what_comes_a_second_too_late_is_handed_back(live: Live, section: Callable[..., Page], script: bool) -> None:
    page = section("schools", script=script)
    page.get_by_label("No school yet").check()
    if script:
        expect(page.locator("#q8-field")).to_be_visible()
    else:
        page.get_by_role("button", name="Save and continue").click()
        page.wait_for_url("**/sections/schools#q8-field")
    live.inside(close_round)
    page.get_by_label("What would help?").press_sequentially("Typed a second too late")
    if not script:
        page.get_by_role("button", name="Save and continue").click()
    box = page.get_by_role("textbox", name="What would help?").and_(page.locator("[readonly]"))
    expect(box).to_have_value("Typed a second too late")
    expect(page.get_by_text("Nothing is lost. Copy your text from here")).to_be_visible()
    assert (axe(page) if script else [], sideways(page), stored(live, "q8")) == ([], 0, None)


def test_after_keeping_mine_the_time_shown_is_the_servers(
    live: Live, section: Callable[..., Page], letter: int
) -> None:
    page = section("basics")
    page.clock.set_fixed_time("2020-01-01T12:34:00-05:00")
    live.inside(save_of_another, letter, "q1", "Theirs")
    page.get_by_label("Name your work in one line.").press_sequentially("Mine")
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#q1-field-saved")).to_contain_text(re.compile(r"Saved \d"))
    expect(page.locator("#q1-field-saved")).not_to_contain_text("12:34")
    page.get_by_label("Name your work in one line.").fill("Mine too")
    expect(page.locator("#saved-q1 [name=q1-base]")).to_have_value(base_of(3, "Mine too"))
    expect(page.locator("#q1-field-saved")).not_to_contain_text("12:34")


@pytest.mark.parametrize("look", [{"width": 360}, {"dark": True}], ids=["phone", "dark"])
@pytest.mark.parametrize("slug", ["basics", "schools", "papers", "promises"])
def test_every_kind_is_right_on_a_phone_and_at_night(section: Callable[..., Page], slug: str, look: Any) -> None:
    page = section(slug, **look)
    assert (axe(page), sideways(page)) == ([], 0)
    go(page.get_by_role("button", name="Save and continue"))
    assert (axe(page), sideways(page)) == ([], 0)


def test_a_line_of_the_error_summary_leads_into_the_field(section: Callable[..., Page]) -> None:
    page = section("basics")
    page.get_by_label("How long is a meeting?").fill("1.7")
    page.get_by_label("When could you start?").fill("2030-01-01")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.locator("#errors")).to_be_focused()
    for field in ("q2", "q3"):
        page.locator(f"#errors a[href='#{field}']").click()
        expect(page.locator(f"#{field}")).to_be_focused()


def begun() -> int:
    community = find_community("eclc")
    assert community is not None
    lead = find_account(COVE)
    assert lead is not None
    made = a_round_of_new_kinds(community, **dates_around(clock.now()), slug="new-kinds")
    district = db.session.query(District).filter(District.name.startswith("Test Cove")).one()
    return start_letter(made, district, lead).id


def stored(live: Live, code: str) -> Any:
    def look() -> Any:
        chosen = db.session.query(Answer).join(Answer.question).join(Question.section)
        found = chosen.filter(Question.code == code, Question.round_id == round_now().id).one_or_none()
        return found.value if found else None

    return live.inside(look)


def save_of_another(letter_id: int, code: str, text: str) -> None:
    letter = db.session.get_one(Letter, letter_id)
    question = db.session.query(Question).filter_by(round_id=letter.round_id, code=code).one()
    save_answer(letter, question, text, by=None)


def round_now() -> Round:
    return db.session.query(Round).filter_by(slug="new-kinds").one()


def close_round() -> None:
    director = find_account("director.hub@example.org")
    assert director is not None
    close_now(round_now(), reason="A test", confirmation=closing_words(round_now()), by=director)


def agree() -> bool:
    return {row.key for row in db.session.query(LetterFile)} == {key for key, _ in storage.all_keys()}


def a_file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
