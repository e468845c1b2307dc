"""Four people in an office write one letter, each at a desk of their own: nobody loses a word or is locked out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.accounts.queries import find_account
from portal.core.db import db
from portal.core.tokens import token_of
from portal.letters.editors import invite_editor, join_letter, remove_editor
from portal.letters.models import Letter, RosterRow
from portal.letters.rosters import remove_roster_row
from portal.letters.team_queries import PURPOSE
from portal.rounds.models import Question
from tests.browser.live import Live
from tests.browser.pages import axe, sideways

LEAD, EDITOR = "principal.test-cove@example.org", "teaching@example.org"
SECTION = "/eclc/letters/{}/sections/{}"
Desks = Callable[..., Page]


@pytest.fixture
def letter(live: Live) -> int:
    """The number of Test Cove's draft, in which a co-editor writes with the lead."""
    return int(live.inside(with_an_editor))


@pytest.fixture
def desk(open_page: Callable[..., Page], sign_in_as: Callable[[Page, str], Page], letter: int) -> Desks:
    """desk(email, slug): a section of the draft in the browser of that person."""

    def open_one(email: str, slug: str = "time-and-conditions", **look: int) -> Page:
        page = sign_in_as(open_page(**look), email)
        page.goto(SECTION.format(letter, slug))
        if look.get("script", True):
            page.locator("[data-htmx-powered]").first.wait_for(state="attached")
        return page

    return open_one


def test_two_people_in_one_field_see_both_texts_and_join_them(live: Live, desk: Desks) -> None:
    lead, editor = desk(LEAD), desk(EDITOR)
    say(lead, "q10", "Contract days cover August.")
    expect(state(lead, "q10")).to_contain_text("Saved")
    say(editor, "q10", "Substitutes cover the rest.")
    panel = editor.locator("#q10-conflict")
    expect(panel).to_contain_text("Principal, Test Cove Charter saved this at")
    expect(panel.locator("blockquote")).to_have_text(["Substitutes cover the rest.", "Contract days cover August."])
    assert (axe(editor), sideways(editor)) == ([], 0)
    panel.get_by_role("button", name="Join both texts").press("Enter")
    both = "Substitutes cover the rest.\n\nContract days cover August."
    expect(editor.locator("#q10")).to_have_value(both)
    expect(editor.locator("#q10")).to_be_focused()
    expect(state(editor, "q10")).to_contain_text(re.compile(r"Saved \d+:\d\d"))
    assert (panel.count(), stored(live, "q10")) == (0, both)


def test_two_people_in_two_fields_do_not_meet(live: Live, desk: Desks) -> None:
    lead, editor = desk(LEAD), desk(EDITOR)
    say(lead, "q9", "5")
    say(editor, "q10", "By contract days.")
    for page, code in ((lead, "q9"), (editor, "q10")):
        expect(state(page, code)).to_contain_text(re.compile(r"Saved \d+:\d\d"))
    assert (stored(live, "q9"), stored(live, "q10")) == (5, "By contract days.")
    lead.get_by_role("button", name="Save and continue").click()
    lead.wait_for_url("**/sections/looking-ahead")
    assert (stored(live, "q9"), stored(live, "q10")) == (5, "By contract days.")


def test_two_windows_of_one_person_are_told_apart_from_a_colleague(desk: Desks) -> None:
    first = desk(LEAD)
    second = first.context.new_page()
    second.goto(first.url)
    second.locator("[data-htmx-powered]").first.wait_for(state="attached")
    say(first, "q10", "Here.")
    expect(state(first, "q10")).to_contain_text("Saved")
    say(second, "q10", "There.")
    expect(second.locator("#q10-conflict")).to_contain_text("You, in another window, saved this at")


def test_each_sees_who_else_is_here_and_what_they_say(desk: Desks) -> None:
    lead, editor = desk(LEAD), desk(EDITOR)
    expect(editor.locator("#here")).to_have_text("Writing here now: Principal, Test Cove Charter.")
    lead.get_by_label("Say something to the others").fill("Do contract days count?")
    lead.get_by_role("button", name="Add the comment").click()
    expect(lead.locator("#comments")).to_contain_text("Do contract days count?")
    expect(lead.get_by_label("Say something to the others")).to_have_value("")
    editor.get_by_label("Say something to the others").fill("Half a senten")
    call(editor)
    expect(editor.locator("#comments")).to_contain_text("Do contract days count?")
    expect(editor.locator("#said")).to_have_text("There is a new comment of your team.")
    expect(editor.get_by_label("Say something to the others")).to_have_value("Half a senten")
    call(lead)
    expect(lead.locator("#here")).to_have_text("Writing here now: Director of teaching.")
    assert (axe(lead), sideways(lead)) == ([], 0)


def test_a_sign_in_that_ends_in_the_middle_of_a_sentence_loses_nothing(
    live: Live, desk: Desks, sign_in_as: Callable[[Page, str], Page]
) -> None:
    page = desk(EDITOR)
    page.context.clear_cookies()
    say(page, "q10", "We hold a pool of sub")
    expect(state(page, "q10")).to_have_text("Not saved, kept on this computer. You are signed out.")
    way = page.get_by_role("link", name="Sign in in another window")
    assert (axe(page), way.get_attribute("target")) == ([], "_blank")
    with page.context.expect_page() as opened:
        way.click()
    opened.value.wait_for_url(re.compile(r"/sign-in\?next=.*time-and-conditions$"))
    sign_in_as(page, EDITOR)
    opened.value.reload()
    opened.value.wait_for_url("**/sections/time-and-conditions")
    page.locator("#q10").press_sequentially("stitutes.")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(state(page, "q10")).to_contain_text(re.compile(r"^\s*Saved \d+:\d\d"))
    expect(page.locator("#refusal")).to_be_empty()
    assert stored(live, "q10") == "We hold a pool of substitutes."


def test_a_window_closed_without_a_network_gives_its_text_back(live: Live, desk: Desks) -> None:
    page = desk(EDITOR)
    here, context = page.url, page.context
    context.set_offline(True)
    page.evaluate("console.error = () => {}")
    say(page, "q10", "We hold a pool.")
    expect(state(page, "q10")).to_have_text("Not saved, kept on this computer. Check the connection.")
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(here)
    note = again.locator("#q10-field-kept")
    expect(note).to_contain_text("and it was not saved.")
    assert (axe(again), sideways(again)) == ([], 0)
    note.get_by_role("button", name="Use it").press("Enter")
    expect(state(again, "q10")).to_contain_text(re.compile(r"Saved \d+:\d\d"))
    assert (stored(live, "q10"), note.count()) == ("We hold a pool.", 0)


def test_what_was_kept_meets_what_a_colleague_wrote_meanwhile(live: Live, desk: Desks) -> None:
    page, here = left_behind(desk, EDITOR, "Mine, from the train.")
    lead = desk(LEAD)
    say(lead, "q10", "Theirs, meanwhile.")
    expect(state(lead, "q10")).to_contain_text("Saved")
    page.goto(here)
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("#q10-conflict blockquote")).to_have_text(["Mine, from the train.", "Theirs, meanwhile."])
    assert stored(live, "q10") == "Theirs, meanwhile."


def test_signing_out_asks_before_it_drops_what_was_not_saved(
    live: Live, desk: Desks, sign_in_as: Callable[[Page, str], Page]
) -> None:
    page, here = left_behind(desk, EDITOR, "Not saved yet.")
    page.goto("/eclc/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#refusal")).to_contain_text("Not saved yet, and kept on this computer: 1.")
    expect(page.get_by_role("button", name="Sign out and drop them")).to_be_focused()
    assert (axe(page), sideways(page)) == ([], 0)
    page.get_by_role("button", name="Sign out and drop them").click()
    expect(page.locator("#said")).to_contain_text("You are signed out.")
    sign_in_as(page, EDITOR)
    page.goto(here)
    assert (page.locator("#q10-field-kept").count(), page.evaluate("localStorage.length")) == (0, 0)


def test_another_person_at_the_same_computer_is_not_offered_it(
    desk: Desks, sign_in_as: Callable[[Page, str], Page]
) -> None:
    page, here = left_behind(desk, EDITOR, "For my eyes.")
    sign_in_as(page, LEAD)
    page.goto(here)
    page.locator("[data-htmx-powered]").first.wait_for(state="attached")
    assert page.locator("#q10-field-kept").count() == 0
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#said")).to_contain_text("You are signed out.")
    sign_in_as(page, EDITOR)
    page.goto(here)
    expect(page.locator("#q10-field-kept blockquote")).to_have_text("For my eyes.")


def test_a_line_taken_out_leaves_the_next_one_to_whoever_writes_in_it(live: Live, desk: Desks) -> None:
    lead, editor = desk(LEAD, "your-team"), desk(EDITOR, "your-team")
    names = [row.get_attribute("id") for row in editor.locator("li.person").all()]
    second = editor.locator(f"#{names[1]}")
    second.get_by_label("School or office").fill("Upper School")
    lead.get_by_role("button", name="Take person 1 out").click()
    expect(lead.locator("li.person")).to_have_count(len(names) - 1)
    # The school may have been saved already and say so: what is waited for is the answer to the name.
    with editor.expect_response(lambda answer: "nurse" in (answer.request.post_data or "")):
        second.get_by_label("Name").fill("A nurse")
        second.get_by_label("Name").blur()
    expect(second.locator(".saved")).to_contain_text(re.compile(r"Saved \d+:\d\d"))
    assert live.inside(people)[0] == ("Upper School", "A nurse")


def test_a_line_that_a_colleague_edits_is_not_taken_out_unseen(live: Live, desk: Desks) -> None:
    lead, editor = desk(LEAD, "your-team"), desk(EDITOR, "your-team")
    first = editor.locator("li.person").first
    first.get_by_label("School or office").fill("Upper School")
    first.get_by_label("School or office").blur()
    expect(first.locator(".saved")).to_contain_text(re.compile(r"Saved \d+:\d\d"))
    before = len(live.inside(people))
    lead.get_by_role("button", name="Take person 1 out").click()
    expect(lead.get_by_role("alert").filter(has_text="Director of teaching saved this")).to_be_visible()
    assert len(live.inside(people)) == before
    lead.get_by_role("button", name="Keep theirs").click()
    expect(lead.locator("li.person").first.get_by_label("School or office")).to_have_value("Upper School")
    lead.get_by_role("button", name="Take person 1 out").click()
    expect(lead.locator("li.person")).to_have_count(before - 1)


def test_the_text_of_a_line_that_somebody_took_out_stays_on_the_page(live: Live, desk: Desks) -> None:
    page = desk(EDITOR, "your-team")
    first = page.locator("li.person").first
    live.inside(take_out_first)
    first.get_by_label("Name").fill("A nurse")
    first.get_by_label("Name").blur()
    expect(first.locator(".saved")).to_contain_text("Somebody took this person out meanwhile.")
    expect(first.get_by_label("Name")).to_have_value("A nurse")


def test_whoever_is_taken_off_the_team_is_told_at_the_next_word_and_keeps_the_text(live: Live, desk: Desks) -> None:
    page = desk(EDITOR)
    live.inside(without_the_editor)
    say(page, "q10", "One more thing")
    expect(page.locator("#refusal")).to_contain_text("You do not write in this letter any more")
    expect(page.locator("#q10")).to_have_value("One more thing")
    expect(state(page, "q10")).to_have_text("Not saved, kept on this computer.")


def test_a_colleague_is_asked_by_mail_and_writes_without_knowing_a_password(
    live: Live, desk: Desks, open_page: Callable[..., Page], letter: int
) -> None:
    lead = desk(LEAD)
    lead.goto(f"/eclc/letters/{letter}/team")
    lead.locator("[data-htmx-powered]").first.wait_for(state="attached")
    lead.get_by_label("Their name").fill("School nurse")
    lead.get_by_label("Their work e-mail").fill("nurse@example.org")
    lead.get_by_role("button", name="Mail the private link").click()
    expect(lead.locator("#team")).to_contain_text("nurse@example.org")
    assert (axe(lead), sideways(lead)) == ([], 0)
    nurse = open_page(width=360)
    nurse.goto(link_in(live, "nurse@example.org", "/editors/"))
    assert (axe(nurse), sideways(nurse)) == ([], 0)
    nurse.get_by_role("button", name="Write in this letter").click()
    expect(nurse.get_by_role("heading", level=1)).to_contain_text("You write in the letter of Test Cove")
    nurse.goto(link_in(live, "nurse@example.org", "/sign-in/"))
    nurse.get_by_role("button", name="Sign me in").click()
    nurse.wait_for_url(f"**/eclc/letters/{letter}")
    nurse.get_by_role("link", name="Time and conditions").click()
    nurse.wait_for_url("**/sections/time-and-conditions")
    nurse.locator("[data-htmx-powered]").first.wait_for(state="attached")
    say(nurse, "q10", "Nurses have a pool too.")
    expect(state(nurse, "q10")).to_contain_text(re.compile(r"Saved \d+:\d\d"))
    assert (axe(nurse), sideways(nurse)) == ([], 0)
    assert stored(live, "q10") == "Nurses have a pool too."


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_the_work_is_shared_with_and_without_scripts(desk: Desks, letter: int, script: bool) -> None:
    page = desk(LEAD, script=script)
    page.goto(f"/eclc/letters/{letter}/team#plan")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Time and conditions"))
    row.get_by_label("Looks after it").select_option("Director of teaching")
    row.get_by_role("button", name="Save").click()
    expect(page.locator("#said")).to_contain_text("The plan for “Time and conditions” is saved.")
    page.goto(f"/eclc/letters/{letter}")
    expect(page.get_by_role("listitem").filter(has_text="Time and conditions")).to_contain_text("Director of teaching")
    page.get_by_role("link", name="Time and conditions").click()
    page.get_by_label("Say something to the others").fill("Yours, please.")
    page.locator("#q10").fill("A word that must not get lost.")
    page.get_by_role("button", name="Add the comment").click()
    expect(page.locator("#comments")).to_contain_text("Yours, please.")
    page.get_by_role("button", name="Mark it as done").click()
    expect(page.locator("#done")).to_contain_text("Marked as done")
    expect(page.locator("#q10")).to_have_value("A word that must not get lost.")


def test_a_section_is_filled_in_by_keyboard_alone(live: Live, desk: Desks) -> None:
    page = desk(LEAD)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    go_to(page, page.locator("#q9"))
    page.keyboard.press("Control+A")
    page.keyboard.type("4")
    page.keyboard.press("Tab")
    expect(page.locator("#q10")).to_be_focused()
    page.keyboard.type("By contract days.")
    expect(state(page, "q10")).to_contain_text(re.compile(r"Saved \d+:\d\d"))
    expect(page.locator("#q10")).to_be_focused()
    go_to(page, page.get_by_label("Say something to the others"))
    page.keyboard.type("Done, I think.")
    go_to(page, page.get_by_role("button", name="Add the comment"))
    page.keyboard.press("Enter")
    expect(page.locator("#comments")).to_contain_text("Done, I think.")
    expect(page.get_by_role("button", name="Add the comment")).to_be_focused()
    go_to(page, page.get_by_role("button", name="Save and continue to Looking ahead"), "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sections/looking-ahead")
    assert (stored(live, "q9"), stored(live, "q10")) == (4, "By contract days.")


def say(page: Page, code: str, text: str) -> None:
    """Leaving a field saves it at once."""
    page.locator(f"#{code}").fill(text)
    page.locator(f"#{code}").blur()


def state(page: Page, code: str) -> Locator:
    return page.locator(f"#{code}-field-saved")


def call(page: Page) -> None:
    """Let the page say where it is now, and not only half a minute from now."""
    page.locator("#presence").dispatch_event("every")


def go_to(page: Page, place: Locator, key: str = "Tab") -> None:
    """Press Tab until the cursor is at `place`."""
    is_there = (page.keyboard.press(key) or place.evaluate("one => one === document.activeElement") for _ in range(60))
    assert any(is_there)


def left_behind(desk: Desks, email: str, text: str) -> tuple[Page, str]:
    """A browser in which `text` was typed into q10 without a network, and whose window was closed; and the address."""
    page = desk(email)
    here, context = page.url, page.context
    context.set_offline(True)
    page.evaluate("console.error = () => {}")
    say(page, "q10", text)
    expect(state(page, "q10")).to_contain_text("kept on this computer")
    page.close()
    context.set_offline(False)
    return context.new_page(), here


def link_in(live: Live, to: str, path: str) -> str:
    """The link in the newest mail to this address."""
    [mail] = [mail for mail in live.deliver() if mail.to == to]
    found = re.search(rf"https?://\S+{path}\S+", mail.text)
    assert found
    return found[0]


def stored(live: Live, code: str) -> object:
    return live.inside(lambda: value_of(code))


def value_of(code: str) -> object:
    letter = draft()
    question = db.session.query(Question).filter_by(round_id=letter.round_id, code=code).one()
    return next((answer.value for answer in letter.answers if answer.question_id == question.id), None)


def draft() -> Letter:
    return db.session.query(Letter).join(Letter.district).filter_by(slug="test-cove").one()


def with_an_editor() -> int:
    letter, lead = draft(), find_account(LEAD)
    if not any(one.email == EDITOR for one in letter.editors):
        invited = invite_editor(letter, name="Director of teaching", email=EDITOR, by=lead)
        join_letter(token_of(invited, PURPOSE))
    return letter.id


def without_the_editor() -> None:
    letter = draft()
    [editor] = [one for one in letter.editors if one.email == EDITOR]
    remove_editor(editor, by=find_account(LEAD))


def people() -> list[tuple[str, str]]:
    rows = db.session.query(RosterRow).filter_by(letter_id=draft().id).order_by(RosterRow.position, RosterRow.id)
    return [(row.school, row.name) for row in rows]


def take_out_first() -> None:
    letter = draft()
    remove_roster_row(letter, letter.roster[0].id, by=find_account(LEAD))
