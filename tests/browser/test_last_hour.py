"""The last hour of a letter, and what may come after it, in a real browser; the portal's clock is the test's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
import time_machine
from playwright.sync_api import Page, expect

from portal.core.db import db
from portal.letters.models import Answer, Letter, Submission
from portal.rounds.models import Question
from tests.browser.live import Live
from tests.browser.pages import axe, sideways
from tests.browser.test_story import Open, SignIn, ask_to_sign, both, follow, link_in, look, mail_to, press, sign

HILL, DIRECTOR = "superintendent.demo-hill@example.org", "sped-director.demo-hill@example.org"
COVE, HARBOR = "principal.test-cove@example.org", "superintendent.example-harbor@example.org"
COORDINATOR = "coordinator.hub@example.org"
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
Clock = Callable[..., None]


@pytest.fixture
def clock() -> Iterator[Clock]:
    """clock(moment): it is that moment now, and time goes on; with stopped=True it stands still."""
    with ExitStack() as told:

        def tell(moment: datetime, *, stopped: bool = False) -> None:
            told.close()
            told.enter_context(time_machine.travel(moment, tick=not stopped))

        yield tell


@pytest.fixture
def closes(live: Live) -> datetime:
    """When the letters close, as everybody reads it: five in the afternoon; an hour of grace follows."""
    moment: datetime = live.inside(lambda: db.session.get_one(Letter, 3).round.closes_at)
    return moment


def test_the_last_hour(live: Live, open_page: Open, sign_in_as: SignIn, clock: Clock, closes: datetime) -> None:
    """Two write at once, the superintendent signs on a phone at 4:57 PM, and the letter goes out late at 5:40 PM."""
    clock(closes - 20 * MINUTE)
    live.deliver()
    lead, director = sign_in_as(open_page(), HILL), sign_in_as(open_page(width=360), DIRECTOR)
    they_write_at_once(live, lead, director)
    lead.goto("/eclc/letters/3")
    expect(lead.locator("#time")).to_contain_text("Letters close")
    lead.goto("/eclc/letters/3/endorsement")
    ask_to_sign(lead, "Superintendent, Demo Hill", HILL)
    link = link_in(mail_to(live.deliver(), HILL, "sign"), "/endorsements/")
    clock(closes - 3 * MINUTE)
    she_signs_on_her_phone(open_page(width=360, has_touch=True), link)
    clock(closes + 40 * MINUTE)
    it_goes_out_late(live, lead)
    staff_see_that_it_is_late(sign_in_as(open_page(), COORDINATOR))


def they_write_at_once(live: Live, lead: Page, director: Page) -> None:
    for page in (lead, director):
        page.goto("/eclc/letters/3/sections/time-and-conditions")
        page.locator("[data-htmx-powered]").first.wait_for(state="attached")
    lead.locator("#q9").fill("5")
    director.locator("#q10").fill("All five days are contract days. The principals cover classes themselves.")
    lead.locator("#q9").blur()
    director.locator("#q10").blur()
    for page, code in ((lead, "q9"), (director, "q10")):
        expect(page.locator(f"#{code}-field-saved")).to_contain_text(re.compile(r"Saved \d+:\d\d"))
        expect(page.get_by_text("while you were writing")).to_have_count(0)
    assert live.inside(written, "q9") == 5
    assert live.inside(written, "q10") == "All five days are contract days. The principals cover classes themselves."


def she_signs_on_her_phone(phone: Page, link: str) -> None:
    phone.goto(link)
    expect(phone.get_by_text("All five days are contract days.")).to_be_visible()
    look(phone, script=True)
    press(phone, "Sign the letter")
    expect(phone.locator("#errors")).to_be_focused()
    phone.reload()
    for promise in phone.get_by_role("checkbox").all():
        promise.tap()
    phone.get_by_label("Your name").fill("Superintendent, Demo Hill")
    phone.get_by_label("Your title").fill("Superintendent")
    press(phone, "Sign the letter")
    expect(phone.get_by_role("heading", level=1)).to_have_text("The letter is signed")
    look(phone, script=True)


def it_goes_out_late(live: Live, lead: Page) -> None:
    lead.goto("/eclc/letters/3")
    expect(lead.locator("#time")).to_contain_text("Yours still arrives until")
    look(lead, script=True)
    follow(lead, "Check your answers and submit")
    expect(lead.locator("#time")).to_contain_text("is marked late")
    press(lead, "Submit the letter")
    expect(lead.get_by_text("Late, within the extra minutes")).to_be_visible()
    expect(lead.get_by_text("The PDF is being made")).to_be_visible()
    look(lead, script=True)
    mails = live.deliver()
    assert sorted(mail.to for mail in mails if "Receipt" in mail.subject) == sorted(
        {HILL, DIRECTOR, "teacher-ml.demo-hill@example.org"}
    )
    assert "(late, within the extra minutes)" in mail_to(mails, HILL, "Receipt").text
    with lead.expect_download() as download:
        lead.get_by_role("link", name="Save the letter as a PDF").click()
    assert download.value.suggested_filename.startswith("Interest letter of Demo Hill")


def staff_see_that_it_is_late(staff: Page) -> None:
    staff.goto("/eclc/staff/letters")
    expect(staff.get_by_role("row", name="Demo Hill").get_by_text("Late")).to_be_visible()
    follow(staff, "Exceptions")
    expect(staff.get_by_role("row", name="Late letter")).to_contain_text("minutes after closing")
    look(staff, script=True)


@both
def test_a_letter_is_opened_again_withdrawn_and_put_back(
    live: Live, open_page: Open, sign_in_as: SignIn, script: bool
) -> None:
    live.deliver()
    lead = sign_in_as(open_page(width=360, script=script), HARBOR)
    lead.goto("/eclc/letters/1/standing")
    look(lead, script)
    press(lead, "Open the letter again")
    expect(lead.get_by_text("Version 1 counts until you submit the letter again.")).to_be_visible()
    look(lead, script)
    lead.goto("/eclc/letters/1/standing")
    follow(lead, "Withdraw it")
    look(lead, script)
    lead.get_by_label("Why?").fill("Our superintendent is leaving.")
    press(lead, "Withdraw the letter")
    expect(lead.get_by_role("heading", level=1)).to_have_text("Your letter was withdrawn")
    look(lead, script)
    assert "Our superintendent is leaving." in mail_to(live.deliver(), COORDINATOR, "withdrew").text
    press(lead, "Undo the withdrawal")
    expect(lead.get_by_role("heading", level=1)).to_have_text("Your letter has arrived")
    mail_to(live.deliver(), HARBOR, "counts again")


def test_sections_come_back_are_changed_signed_and_compared(
    live: Live, open_page: Open, sign_in_as: SignIn, clock: Clock, closes: datetime
) -> None:
    clock(closes + timedelta(days=10))
    live.deliver()
    staff, lead = sign_in_as(open_page(), COORDINATOR), sign_in_as(open_page(width=360), HARBOR)
    staff_return_a_section(staff, closes + timedelta(days=24))
    assert "Say which days are paid." in mail_to(live.deliver(), HARBOR, "Please change").text
    lead.goto("/eclc/letters/1")
    expect(lead.get_by_text("Say which days are paid.")).to_be_visible()
    look(lead, script=True)
    follow(lead, "Why now")
    expect(lead.get_by_text("This section stays as you sent it.")).to_be_visible()
    look(lead, script=True)
    lead.goto("/eclc/letters/1/sections/time-and-conditions")
    lead.locator("#q10").fill("Days in August are paid. On other days substitutes come from one pool.")
    press(lead, "Save and continue to Looking ahead")
    expect(lead.locator("h1")).to_contain_text("Looking ahead")
    have_it_signed_anew(live, lead, open_page(width=360))
    lead.goto("/eclc/letters/1/check")
    press(lead, "Submit the letter")
    expect(lead.get_by_text(re.compile(r"-2$")).first).to_be_visible()
    follow(lead, "See all versions, and what changed")
    expect(lead.locator("#changes ins").first).to_contain_text("added: ")
    look(lead, script=True)
    staff.goto("/eclc/staff/letters/1")
    follow(staff, "What changed since version 1")
    expect(staff.locator("#changes del").first).to_be_visible()
    look(staff, script=True)
    staff.goto("/eclc/staff/letters/1/timeline")
    expect(staff.get_by_text("returned Time and conditions")).to_be_visible()
    look(staff, script=True)


def staff_return_a_section(staff: Page, due: datetime) -> None:
    staff.goto("/eclc/staff/letters/1")
    look(staff, script=True)
    follow(staff, "Return for changes")
    staff.get_by_label("Time and conditions").check()
    staff.get_by_label("What should change?").fill("Say which days are paid.")
    staff.get_by_label("Until which day?").fill(f"{due:%Y-%m-%d}")
    look(staff, script=True)
    press(staff, "Return these sections")
    expect(staff.get_by_text("Returned for changes until")).to_be_visible()


def have_it_signed_anew(live: Live, lead: Page, signer: Page) -> None:
    lead.goto("/eclc/letters/1/endorsement")
    expect(lead.get_by_text("The answers changed since")).to_be_visible()
    ask_to_sign(lead, "Superintendent, Example Harbor", "signer@example.org")
    signer.goto(link_in(mail_to(live.deliver(), "signer@example.org"), "/endorsements/"))
    sign(signer, "Superintendent, Example Harbor")


def test_one_district_has_more_time_and_the_others_have_not(
    live: Live, open_page: Open, sign_in_as: SignIn, clock: Clock, closes: datetime
) -> None:
    clock(closes + timedelta(days=1))
    live.deliver()
    staff, cove = sign_in_as(open_page(), COORDINATOR), sign_in_as(open_page(width=360), COVE)
    cove.goto("/eclc/letters/4")
    expect(cove.get_by_role("heading", level=1)).to_have_text("Your letter was not submitted")
    staff.goto("/eclc/staff/letters/4")
    follow(staff, "Give more time")
    staff.get_by_label("Until which day?").fill(f"{closes + timedelta(days=8):%Y-%m-%d}")
    staff.get_by_label("Why?").fill("The school was closed for a week.")
    look(staff, script=True)
    press(staff, "Give more time")
    expect(staff.get_by_role("row", name="More time")).to_contain_text("The school was closed for a week.")
    look(staff, script=True)
    assert "The school was closed for a week." in mail_to(live.deliver(), COVE, "has time until").text
    cove.goto("/eclc/letters/4/sections/time-and-conditions")
    expect(cove.locator("#time")).to_contain_text("Your district has time until")
    cove.locator("#q10").fill("We hold a pool.")
    expect(cove.locator("#q10-field-saved")).to_contain_text("Saved")
    look(cove, script=True)
    hill = sign_in_as(open_page(), HILL)
    hill.goto("/eclc/letters/3")
    expect(hill.get_by_role("heading", level=1)).to_have_text("Your letter was not submitted")


def test_the_last_second_counts_and_the_next_one_hands_the_text_back(
    live: Live, open_page: Open, sign_in_as: SignIn, clock: Clock, closes: datetime
) -> None:
    clock(closes + 60 * MINUTE, stopped=True)
    live.deliver()
    cove = sign_in_as(open_page(), COVE)
    cove.goto("/eclc/letters/4/sections/time-and-conditions")
    cove.locator("[data-htmx-powered]").first.wait_for(state="attached")
    cove.locator("#q10").fill("The last second counts.")
    cove.locator("#q10").blur()
    expect(cove.locator("#q10-field-saved")).to_contain_text("Saved")
    clock(closes + 60 * MINUTE + SECOND, stopped=True)
    cove.locator("#q10").fill("One second later.")
    press(cove, "Save and come back later")
    expect(cove.get_by_text("Not saved.").first).to_be_visible()
    expect(cove.get_by_role("textbox").first).to_have_value("One second later.")
    assert live.inside(written, "q10", 4) == "The last second counts."
    assert (axe(cove), sideways(cove)) == ([], 0)
    live.deliver()  # notes what is over; the mail of that leaves the next time
    text = mail_to(live.deliver(), COVE, "The time ended").text
    assert ["The last second counts." in text, "One second later." in text] == [True, False]
    assert live.inside(lambda: db.session.query(Submission).filter_by(letter_id=4).count()) == 0


def written(code: str, letter_id: int = 3) -> object:
    chosen = db.session.query(Answer.value).join(Question, Question.id == Answer.question_id)
    return chosen.filter(Answer.letter_id == letter_id, Question.code == code).scalar()
