"""The whole story in a real browser, with scripts and without: from the mailed letter to the freed seat."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.core.db import db
from portal.rounds.models import Invitation
from tests.browser.live import Live
from tests.browser.pages import axe, sideways
from tests.postbox import Mail

HILL = "superintendent.demo-hill@example.org"
MEADOW = "superintendent.trial-meadow@example.org"
COORDINATOR = "coordinator.hub@example.org"
COLLEAGUE = "principal.demo-hill@example.org"
FIRST, SECOND = "teacher-general.danvers@example.org", "teacher-general.gloucester@example.org"
GATHERING = "/eclc/agenda/fall-gathering-2026"
LINK = re.compile(r"https?://[^\s<>\"]+")
Open = Callable[..., Page]
SignIn = Callable[[Page, str], Page]

both = pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])


def mail_to(mails: list[Mail], address: str, words: str = "") -> Mail:
    """The one mail to `address` whose subject holds `words`."""
    found = [mail for mail in mails if mail.to == address and words in mail.subject]
    assert len(found) == 1, [(mail.to, mail.subject) for mail in mails]
    return found[0]


def link_in(mail: Mail, part: str) -> str:
    """The path of the link in a mail that leads to `part`."""
    [path] = {urlsplit(link).path for link in LINK.findall(mail.text) if part in link}
    return path


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=name, exact=True).first.click()


def look(page: Page, script: bool) -> None:
    """What every page on the way must be: accessible (axe needs scripts) and not wider than the window."""
    if script:
        assert axe(page) == []
        assert sideways(page) == 0


@both
def test_a_superintendent_answers_the_letter_from_the_mail_and_starts_writing(
    live: Live, open_page: Open, script: bool
) -> None:
    page = open_page(script=script)
    letter = mail_to(live.deliver(), MEADOW)
    page.goto(link_in(letter, "/invitations/"))
    look(page, script)
    page.get_by_label("We are interested").check()
    page.get_by_label("Name of the person who will write").fill("Superintendent, Trial Meadow")
    page.get_by_label("Their work e-mail").fill(MEADOW)
    press(page, "Send this answer")
    expect(page.get_by_text("Trial Meadow is interested", exact=True)).to_be_visible()
    page.goto(link_in(mail_to(live.deliver(), MEADOW), "/sign-in/"))
    press(page, "Sign me in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your interest letter")
    look(page, script)
    follow(page, "Why now")
    page.get_by_label("Why does your district want to learn").fill("Our meadow is wide, and we are few.")
    press(page, "Save and continue to Learning in your district")
    expect(page.get_by_role("heading", level=1)).to_have_text("Learning in your district")
    follow(page, "Your interest letter")
    follow(page, "Why now")
    expect(page.get_by_label("Why does your district want to learn")).to_have_value(
        "Our meadow is wide, and we are few."
    )
    look(page, script)


def test_a_mail_scanner_that_looks_three_times_takes_nothing_from_the_person(live: Live, open_page: Open) -> None:
    scanner, page = open_page(), open_page(width=360)
    link = link_in(mail_to(live.deliver(), MEADOW), "/invitations/")
    scan(scanner, link)
    assert live.inside(opened_and_answered, MEADOW) == (None, "")
    page.goto(link)
    page.get_by_label("We are interested").check()
    page.get_by_label("Name of the person who will write").fill("Superintendent, Trial Meadow")
    page.get_by_label("Their work e-mail").fill(MEADOW)
    press(page, "Send this answer")
    expect(page.get_by_text("Trial Meadow is interested", exact=True)).to_be_visible()
    link = link_in(mail_to(live.deliver(), MEADOW), "/sign-in/")
    scan(scanner, link)
    scanner.goto("/my")
    expect(scanner).to_have_url(f"{live.url}/sign-in?next=/my")
    page.goto(link)
    press(page, "Sign me in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your interest letter")


def scan(page: Page, link: str) -> None:
    """Look at a mailed link as mail systems of schools do, scripts and all."""
    for _ in range(3):
        answer = page.goto(link)
        assert answer is not None
        assert (answer.status, page.request.head(link).status) == (200, 200)


def opened_and_answered(email: str) -> tuple[datetime | None, str]:
    """When the invitation to this person was opened, and what was answered."""
    found = db.session.scalars(select(Invitation).where(Invitation.to_email == email)).one()
    return found.opened_at, found.answer


@both
def test_a_district_joins_the_cohort_and_its_colleague_the_team(
    live: Live, open_page: Open, sign_in_as: SignIn, script: bool
) -> None:
    lead = sign_in_as(open_page(script=script), HILL)
    live.deliver()
    have_it_signed(live, lead, open_page(script=script), script)
    submit(live, lead, script)
    staff = sign_in_as(open_page(script=script), COORDINATOR)
    close_the_round(staff, script)
    accept_the_letter(staff, script)
    mails = accept_the_place(live, lead, script)
    join_the_team(live, open_page(script=script), mails, script)


def have_it_signed(live: Live, lead: Page, signer: Page, script: bool) -> None:
    lead.goto("/eclc/letters/3")
    follow(lead, "Continue to Endorsement")
    ask_to_sign(lead, "Superintendent, Demo Hill", HILL)
    look(lead, script)
    lead.goto("/eclc/letters/3/sections/why-now")
    expect(lead.get_by_text("The answers are locked while the letter is being signed")).to_be_visible()
    expect(lead.locator("[name=q3]")).to_have_count(0)
    signer.goto(link_in(mail_to(live.deliver(), HILL), "/endorsements/"))
    look(signer, script)
    sign(signer, "Superintendent, Demo Hill")
    signer.goto("/my")
    expect(signer).to_have_url(f"{live.url}/sign-in?next=/my")


def ask_to_sign(lead: Page, name: str, email: str) -> None:
    """From the endorsement's page, have this person mailed the link to sign."""
    lead.get_by_label("Their name").fill(name)
    lead.get_by_label("Their work e-mail").fill(email)
    press(lead, "Mail the private link")
    expect(lead.get_by_text("was asked to sign")).to_be_visible()


def sign(signer: Page, name: str) -> None:
    """On the page of that link, accept every promise and sign."""
    for promise in signer.get_by_role("checkbox").all():
        promise.check()
    signer.get_by_label("Your name").fill(name)
    signer.get_by_label("Your title").fill("Superintendent")
    press(signer, "Sign the letter")
    expect(signer.get_by_role("heading", level=1)).to_have_text("The letter is signed")


def submit(live: Live, lead: Page, script: bool) -> None:
    lead.goto("/eclc/letters/3/check")
    look(lead, script)
    press(lead, "Submit the letter")
    expect(lead.get_by_text("DH-2026-0003").first).to_be_visible()
    look(lead, script)
    assert "DH-2026-0003" in mail_to(live.deliver(), HILL, "submitted").text


def close_the_round(staff: Page, script: bool) -> None:
    staff.goto("/eclc/staff/")
    look(staff, script)
    follow(staff, "Close now")
    staff.get_by_label("Why does it close early?").fill("All letters that we expected are in.")
    staff.get_by_label("to confirm").fill("letter of invitation")
    press(staff, "Close the round now")
    expect(staff.get_by_role("heading", level=1)).to_have_text("Round at a glance")
    expect(staff.get_by_text("Close now", exact=True)).to_have_count(0)


def accept_the_letter(staff: Page, script: bool) -> None:
    staff.goto("/eclc/staff/letters")
    look(staff, script)
    follow(staff, "Demo Hill")
    look(staff, script)
    staff.goto("/eclc/staff/letters/3/decision")
    staff.get_by_role("radio").first.check()
    press(staff, "Prepare the decision")
    expect(staff.get_by_role("link", name="Send this decision", exact=True).first).to_be_visible()
    look(staff, script)
    follow(staff, "Send this decision")
    look(staff, script)
    press(staff, "Send this decision")
    expect(staff.get_by_text("Sent").first).to_be_visible()


def accept_the_place(live: Live, lead: Page, script: bool) -> list[Mail]:
    assert "place" in mail_to(live.deliver(), HILL).text
    lead.goto("/eclc/letters/3/standing")
    look(lead, script)
    press(lead, "Accept the place")
    expect(lead.get_by_role("heading", level=1)).to_contain_text("Demo Hill Public Schools")
    lead.goto("/eclc/district")
    expect(lead.get_by_text("Paraprofessional").first).to_be_visible()
    look(lead, script)
    return live.deliver()


def join_the_team(live: Live, colleague: Page, mails: list[Mail], script: bool) -> None:
    colleague.goto(link_in(mail_to(mails, COLLEAGUE), "/join/"))
    look(colleague, script)
    press(colleague, "Join the team")
    expect(colleague.get_by_role("heading", level=1)).to_have_text("You are on the team")
    colleague.goto(link_in(mail_to(live.deliver(), COLLEAGUE), "/sign-in/"))
    press(colleague, "Sign me in")
    expect(colleague.get_by_role("link", name="Our district")).to_be_visible()
    colleague.goto(GATHERING)
    expect(colleague.get_by_role("button", name="Take a seat")).to_be_visible()


@both
def test_the_last_seat_goes_once_and_a_freed_seat_to_the_next_in_line(
    live: Live, open_page: Open, sign_in_as: SignIn, script: bool
) -> None:
    first, second = sign_in_as(open_page(script=script), FIRST), sign_in_as(open_page(width=360, script=script), SECOND)
    live.deliver()
    live.deliver()  # the first tells staff what lies on their desk; that mail leaves with the second
    first.goto("/eclc/agenda")
    look(first, script)
    follow(first, "Fall Gathering: The Stories We Tell About Students")
    press(first, "Take a seat")
    expect(first.get_by_role("heading", name="You have a seat")).to_be_visible()
    look(first, script)
    second.goto(GATHERING)
    press(second, "Join the line")
    expect(second.get_by_role("heading", name="You are 1st in line")).to_be_visible()
    look(second, script)
    assert heard(live) == {FIRST: 1, SECOND: 1}
    follow(first, "Give up my seat")
    look(first, script)
    press(first, "Give up my seat")
    expect(first.get_by_role("heading", name="All seats are taken")).to_be_visible()
    second.goto("/my")
    expect(second.get_by_text("You have a seat").first).to_be_visible()
    look(second, script)
    assert heard(live) == {FIRST: 1, SECOND: 1}


def heard(live: Live) -> dict[str, int]:
    """How many mails went out to each person since the last time."""
    return dict(Counter(mail.to for mail in live.deliver()))
