"""Writing the letter in a real browser: texts that save themselves, two people at once, buttons of all kinds."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from portal.accounts.queries import find_account
from portal.core.db import db
from portal.letters.models import Answer, Letter, RosterRow
from portal.letters.operations import save_answer
from portal.letters.queries import answer_to
from portal.letters.rules import base_of
from portal.rounds.models import Question
from tests.browser.live import Live
from tests.browser.pages import axe, first_of, sideways

COVE = "principal.test-cove@example.org"
Open = Callable[..., Page]
SignIn = Callable[[Page, str], Page]
both = pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])


@pytest.fixture
def letter(live: Live) -> int:
    """The number of Test Cove's draft."""
    return int(live.inside(lambda: draft().id))


@pytest.fixture
def section(open_page: Open, sign_in_as: SignIn, letter: int) -> Callable[..., Page]:
    """section(slug, script=True): a section of the draft in the browser of its lead."""

    def show(slug: str, **look: int) -> Page:
        page = sign_in_as(open_page(**look), COVE)
        page.goto(f"/eclc/letters/{letter}/sections/{slug}")
        if look.get("script", True):
            page.locator("[data-htmx-powered]").first.wait_for(state="attached")
        return page

    return show


def test_a_text_saves_itself_and_counts_its_words(live: Live, section: Callable[..., Page]) -> None:
    page = section("time-and-conditions")
    field(page, "q10").press_sequentially("We hold a pool of substitutes.")
    expect(page.locator("#q10-count")).to_have_text("6 of 200 words")
    expect(page.locator("#q10-field-saved")).to_contain_text(re.compile(r"Saved \d+:\d\d"))
    assert stored(live, "q10") == "We hold a pool of substitutes."
    expect(field(page, "q10")).to_be_focused()


def test_a_save_that_waited_for_a_slow_one_is_no_clash_with_oneself(live: Live, section: Callable[..., Page]) -> None:
    page = section("time-and-conditions")
    slow = held_back(page)
    type_and_leave(page, "q10", "We hold")
    type_and_leave(page, "q10", " a pool")
    type_and_leave(page, "q10", " of substitutes")
    let_go(page, slow, last="of substitutes")
    expect(page.locator("#saved-q10 [name=q10-base]")).to_have_value(base_of(2, "We hold a pool of substitutes"))
    assert stored(live, "q10") == "We hold a pool of substitutes"
    assert page.locator("#q10-conflict").count() == 0


def test_a_form_sent_while_a_text_is_on_its_way_waits_for_it(live: Live, section: Callable[..., Page]) -> None:
    page = section("time-and-conditions")
    slow = held_back(page)
    type_and_leave(page, "q10", "We hold")
    field(page, "q10").press_sequentially(" a pool")
    page.get_by_role("button", name="Save and continue to Looking ahead").click()
    let_go(page, slow)
    page.wait_for_url("**/sections/looking-ahead")
    assert stored(live, "q10") == "We hold a pool"


def test_a_page_closed_in_the_middle_of_a_sentence_keeps_the_sentence(live: Live, section: Callable[..., Page]) -> None:
    page = section("time-and-conditions")
    field(page, "q10").press_sequentially("We hold a po")
    here = page.url
    page.goto("about:blank")
    # The last save of a closed page is answered to nobody, so only a later look can tell.
    looks = (page.goto(here) and field(page, "q10").input_value() for _ in range(30))
    assert next(filter(None, looks), "") == "We hold a po"


def test_a_button_pressed_without_a_network_keeps_the_page_and_its_text(
    live: Live, section: Callable[..., Page]
) -> None:
    page = section("time-and-conditions")
    cut_off(page)
    type_and_leave(page, "q10", "We hold a pool")
    page.get_by_role("button", name="Save and continue to Looking ahead").click()
    expect(page.locator("#refusal")).to_contain_text("This did not go through.")
    expect(field(page, "q10")).to_have_value("We hold a pool")
    page.unroute("**/answers/*")
    page.get_by_role("button", name="Save and continue to Looking ahead").click()
    page.wait_for_url("**/sections/looking-ahead")
    assert stored(live, "q10") == "We hold a pool"


def test_a_text_typed_after_the_session_ended_stays_on_the_page(live: Live, section: Callable[..., Page]) -> None:
    page = section("time-and-conditions")
    page.context.clear_cookies()
    type_and_leave(page, "q10", "We hold a pool")
    expect(page.locator("#q10-field-saved")).to_have_text(re.compile("You are signed out."))
    expect(field(page, "q10")).to_have_value("We hold a pool")


def test_a_text_that_was_not_saved_saves_itself_when_the_network_is_back(
    live: Live, section: Callable[..., Page]
) -> None:
    page = section("time-and-conditions")
    cut_off(page)
    type_and_leave(page, "q10", "We hold a pool")
    expect(page.locator("#q10-field-saved")).to_contain_text("Not saved, kept on this computer.")
    page.unroute("**/answers/*")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#saved-q10 [name=q10-base]")).to_have_value(base_of(1, "We hold a pool"))
    assert stored(live, "q10") == "We hold a pool"


@both
@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", "Mine, and theirs."), ("Keep theirs", "Theirs.")])
def test_two_texts_are_shown_and_one_is_chosen(
    live: Live, section: Callable[..., Page], script: bool, choice: str, kept: str
) -> None:
    page = section("time-and-conditions", script=script)
    live.inside(save_meanwhile, "q10", "Theirs.")
    field(page, "q10").fill("Mine.")
    if not script:
        page.get_by_role("button", name="Save and come back later").click()
    panel = page.locator("#q10-conflict")
    expect(panel).to_contain_text("while you were writing")
    expect(panel.locator("blockquote")).to_have_text(["Mine.", "Theirs."])
    expect(field(page, "q10")).to_have_value("Mine.")
    if script:
        assert (axe(page), sideways(page)) == ([], 0)
    if choice == "Keep mine":
        field(page, "q10").fill("Mine, and theirs.")
    page.get_by_role("button", name=choice).click()
    expect(panel).to_have_count(0)
    expect(field(page, "q10")).to_have_value(kept)
    assert stored(live, "q10") == kept


@both
def test_priorities_are_put_in_order_by_buttons(live: Live, section: Callable[..., Page], script: bool) -> None:
    page = section("learning-in-your-district", script=script)
    for name in ("Up: Teacher leadership", "Up: Multilingual learners", "Up: Tiered systems of support"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_label(name.replace("Up:", "Place of"))).not_to_have_value("")
    page.get_by_role("button", name="Up: Multilingual learners").click()
    expect(page.get_by_label("Place of Multilingual learners")).to_have_value("1")
    assert stored(live, "q6") == ["Multilingual learners", "Teacher leadership", "Tiered systems of support"]


@both
def test_the_team_grows_and_shrinks_and_says_what_it_needs(
    live: Live, section: Callable[..., Page], script: bool
) -> None:
    page = section("your-team", script=script)
    lines = page.locator("li[data-saves]")
    before = lines.count()
    page.get_by_role("button", name="Add a person").click()
    expect(lines).to_have_count(before + 1)
    last = lines.last
    last.get_by_label("Role").select_option("nurse")
    last.get_by_label("School or office").fill("Cove School")
    if script:
        expect(page.locator("#q7-rules li").last).to_contain_text("Done")
        expect(last.locator("p.saved")).to_contain_text("Saved")
        assert (axe(page), sideways(page)) == ([], 0)
    page.get_by_role("button", name="Take person 1 out").click()
    expect(lines).to_have_count(before)
    assert live.inside(team)[-1] == ("nurse", "Cove School")


def test_a_section_fits_a_phone_and_its_errors_lead_to_their_fields(section: Callable[..., Page]) -> None:
    page = section("time-and-conditions", width=360)
    field(page, "q9").fill("many")
    page.get_by_role("button", name="Save and continue to Looking ahead").click()
    expect(page.locator("#errors")).to_be_focused()
    page.locator("#errors a").click()
    expect(field(page, "q9")).to_be_focused()
    expect(field(page, "q9")).to_have_value("many")
    assert (axe(page), sideways(page)) == ([], 0)


def test_the_return_key_saves_the_section_and_presses_no_other_button(live: Live, section: Callable[..., Page]) -> None:
    page = section("your-team", script=False)
    before = live.inside(team)
    page.locator("li[data-saves]").first.get_by_label("School or office").press("Enter")
    page.wait_for_url("**/sections/time-and-conditions")
    assert live.inside(team) == before


def cut_off(page: Page) -> None:
    """Let no save through; htmx tells the console of it, which is no trouble here."""
    page.evaluate("console.error = () => {}")
    page.route("**/answers/*", lambda route: route.abort())


def held_back(page: Page) -> list[Route]:
    """The first save is kept from leaving until it is let go."""
    slow: list[Route] = []
    page.route("**/answers/*", lambda route: route.fallback() if slow else slow.append(route))
    return slow


def let_go(page: Page, slow: list[Route], last: str = "") -> None:
    """Let the first save go, and wait for the answer to the one that ends with `last`."""
    first = first_of(page, slow)
    with page.expect_response(lambda answer: last in unquote_plus(answer.request.post_data or "")):
        first.continue_()


def type_and_leave(page: Page, code: str, text: str) -> None:
    """Leaving a field saves it at once."""
    field(page, code).press_sequentially(text)
    field(page, code).blur()


def field(page: Page, code: str) -> Locator:
    return page.locator(f"#{code}")


def stored(live: Live, code: str) -> object:
    return live.inside(lambda: value_of(code))


def value_of(code: str) -> object:
    chosen = (
        db.session.query(Answer.value)
        .join(Answer.question)
        .filter(Answer.letter_id == draft().id, Question.code == code)
    )
    return chosen.scalar()


def draft() -> Letter:
    return db.session.query(Letter).join(Letter.district).filter_by(slug="test-cove").one()


def team() -> list[tuple[str, str]]:
    rows = db.session.query(RosterRow).filter_by(letter_id=draft().id).order_by(RosterRow.position, RosterRow.id)
    return [(row.role, row.school) for row in rows]


def save_meanwhile(code: str, text: str) -> None:
    """Save what a colleague writes while the page is open."""
    letter = draft()
    question = db.session.query(Question).filter_by(round_id=letter.round_id, code=code).one()
    stored = answer_to(letter, question.id)
    base = base_of(stored.version, stored.value) if stored else base_of(0, None)
    account = find_account(COVE)
    save_answer(letter, question, text, base, by=account)
