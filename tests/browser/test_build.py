"""A coordinator builds next year's round in a real browser: from nothing to published by keyboard, and as a copy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.core.db import db
from portal.rounds.chapters import CHAPTERS
from portal.rounds.models import Round
from tests.browser.live import Live
from tests.browser.pages import axe, sideways

COORDINATOR = "coordinator.hub@example.org"
TITLE = "Letter of Invitation: a place in Cohort 5"
Open = Callable[..., Page]
SignIn = Callable[[Page, str], Page]
FAR = 120  # steps of the Tab key


def reach(page: Page, wanted: Locator) -> None:
    """Go to something with the Tab key alone."""
    expect(wanted).to_have_count(1)
    for _ in range(FAR):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The Tab key does not lead to {wanted}")


def press(page: Page, name: str, role: str = "button") -> None:
    """Press a button, or follow a link, with the Return key."""
    reach(page, page.locator("#main").get_by_role(role, name=name, exact=True))  # type: ignore[arg-type]
    page.keyboard.press("Enter")


def follow(page: Page, name: str) -> None:
    with page.expect_navigation():
        press(page, name, "link")


def save(page: Page, name: str, path: str) -> None:
    press(page, name)
    page.wait_for_url(f"**/{path}")


def fill(page: Page, label: str, text: str) -> None:
    reach(page, page.get_by_label(label))
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def add_question(page: Page, kind: str, label: str, options: str = "") -> None:
    follow(page, "Add a question to Your district")
    follow(page, kind)
    fill(page, "The question", label)
    if options:
        fill(page, "Answers to choose from", options)
    save(page, "Save the question", "questions")


def test_a_round_is_built_and_published_by_keyboard_alone(live: Live, open_page: Open, sign_in_as: SignIn) -> None:
    page = sign_in_as(open_page(), COORDINATOR)
    page.goto("/eclc/staff/rounds/")
    follow(page, "New round")
    fill(page, "Title", TITLE)
    save(page, "Begin the round", "rounds/3/")
    follow(page, "Letter")
    fill(page, "The letter", "We ask {{boss}} to join us.")
    press(page, "Save and go on to Dates")
    expect(page.locator("#errors")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("The letter")).to_be_focused()
    expect(page.locator("#letter_text-error")).to_contain_text("{{boss}}")
    fill(page, "The letter", "We ask {{district}} to join us.")
    press(page, "Preview")
    expect(page.locator("#letter")).to_contain_text("We ask Example District to join us.")
    expect(page.get_by_role("button", name="Preview")).to_be_focused()
    save(page, "Save and go on to Dates", "dates")
    save(page, "Save and go on to Who may answer", "eligibility")
    fill(page, "Who can answer", "Public school district")
    save(page, "Save and go on to Info sessions", "info-sessions")
    follow(page, "Go on to Commitments")
    follow(page, "Add a commitment")
    fill(page, "What is promised", "Bring the team to four gatherings.")
    save(page, "Save the commitment", "commitments")
    follow(page, "Go on to Sections and questions")
    follow(page, "Add a section")
    fill(page, "Title", "Your district")
    save(page, "Save the section", "questions")
    add_question(page, "One choice", "All schools, or some?", "All\nSome")
    add_question(page, "Long text", "Why now?")
    press(page, "Up: Why now?")
    expect(page.locator("#said")).to_contain_text("“Why now?” is moved up.")
    expect(page.get_by_role("button", name="Up: Why now?")).to_be_focused()
    follow(page, "Go on to Rubric")
    save(page, "Save and go on to Places and limits", "places")
    fill(page, "Places", "4")
    save(page, "Save and go on to Preview", "preview")
    follow(page, "Back to the round")
    follow(page, "Publish it")
    save(page, "Publish the round", "rounds/3/")
    expect(page.locator("#said")).to_contain_text("The round is published.")
    assert live.inside(built) == (TITLE, 4, ["Why now?", "All schools, or some?"], True)


@pytest.mark.parametrize(
    ("script", "width"), [(True, 1280), (True, 360), (False, 1280)], ids=["desk", "phone", "plain"]
)
def test_last_years_round_is_copied_and_its_dates_are_changed_first(
    live: Live, open_page: Open, sign_in_as: SignIn, script: bool, width: int
) -> None:
    page = sign_in_as(open_page(script=script, width=width), COORDINATOR)
    page.goto("/eclc/staff/rounds/1/copy")
    page.get_by_label("Title").fill(TITLE)
    last = page.get_by_label("Decisions go out on")
    page.get_by_label("Decisions go out on").fill("2020-01-01")
    page.get_by_role("button", name="Make the copy").click()
    expect(page.locator("#decisions_on-error")).to_contain_text("Decisions go out after closing")
    last.fill("")
    page.get_by_role("button", name="Make the copy").click()
    page.wait_for_url("**/rounds/3/")
    assert live.inside(built)[0::3] == (TITLE, False)
    if script:
        for chapter in ["", *CHAPTERS, "publish", "preview", "sections/1/questions/new", "copy"]:
            page.goto(f"/eclc/staff/rounds/3/{chapter.replace('sections/1', f'sections/{live.inside(first_section)}')}")
            assert (chapter, axe(page), sideways(page)) == (chapter, [], 0)


def built() -> tuple[str, int, list[str], bool]:
    """Title, places, questions in their order, and whether the round is published."""
    round = db.session.get_one(Round, 3)
    labels = [question.label for section in round.sections for question in section.questions]
    return round.title, round.capacity, labels, round.published_at is not None


def first_section() -> int:
    return db.session.get_one(Round, 3).sections[0].id
