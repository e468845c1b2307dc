"""From a letter's readers to the first colleague on the team, in a real browser, with scripts and without: the demo's
second round is given out, read, decided and sent; a district accepts, and a colleague joins and signs in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import Live
from tests.browser.pages import axe, sideways
from tests.postbox import Mail

DIRECTOR, READER = "director.hub@example.org", "reviewer-a.hub@example.org"
LEAD, COLLEAGUE = "superintendent.fable-point@example.org", "principal.fable-point@example.org"
LINK = re.compile(r"https?://[^\s<>\"]+")
Open = Callable[..., Page]
SignIn = Callable[[Page, str], Page]


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_letters_are_given_out_read_decided_and_a_district_with_its_team_comes_in(
    live: Live, open_page: Open, sign_in_as: SignIn, script: bool
) -> None:
    live.deliver()  # what the demo owes
    staff = sign_in_as(open_page(script=script), DIRECTOR)
    give_out(staff, script)
    read_all(sign_in_as(open_page(width=1024, script=script), READER), script)
    look_at_the_funnel(staff, script)
    decide(staff, script)
    mails = release(live, staff, script)
    mails = accept(live, sign_in_as(open_page(script=script), LEAD), mails, script)
    join(live, open_page(width=360, script=script), mails, script)
    staff.goto("/eclc/staff/rounds/2/funnel/accepted")
    expect(staff.get_by_role("rowheader", name="Fable Point Public Schools")).to_be_visible()


def give_out(staff: Page, script: bool) -> None:
    staff.goto("/eclc/staff/rounds/2/readers")
    staff.get_by_label("Readers for each letter").fill("3")
    staff.get_by_role("button", name="Give letters out").click()
    expect(staff.get_by_text(re.compile("readings? (is|are) given out"))).to_be_visible()
    look(staff, script)


def read_all(reader: Page, script: bool) -> None:
    """Hand in every letter of the queue."""
    reader.goto("/eclc/staff/queue")
    look(reader, script)
    left = reader.get_by_role("link", name=re.compile("^Read "))
    assert left.count() == 1
    while left.count():
        left.first.click()
        expect(reader.locator("#scores fieldset").first).to_be_visible()
        for one in reader.locator("#scores fieldset").all():
            reader.locator(f"#{one.get_attribute('id')}-3").check()
        look(reader, script)
        reader.get_by_role("button", name=re.compile("^Hand in")).click()
        expect(reader.locator("#said")).to_contain_text("Handed in.")
        reader.goto("/eclc/staff/queue")


def look_at_the_funnel(staff: Page, script: bool) -> None:
    staff.goto("/eclc/staff/?round=eclc-loi-2026-c3")
    staff.get_by_role("link", name="The whole way to an accepted place").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("From invitation to accepted place")
    look(staff, script)
    staff.get_by_role("link", name="6 Reviewed").click()
    expect(staff.get_by_role("rowheader")).to_have_count(6)
    look(staff, script)


def decide(staff: Page, script: bool) -> None:
    staff.goto("/eclc/staff/board?round=eclc-loi-2026-c3")
    prepare(staff, ["Fable Point", "Mock Landing"], "Offer a place")
    prepare(staff, ["Fiction Ridge", "Sketch Island"], "Waitlist")
    prepare(staff, ["Pretend Pines", "Invention Bay Charter"], "Not this time")
    look(staff, script)


def prepare(staff: Page, names: list[str], button: str) -> None:
    for name in names:
        staff.get_by_role("checkbox", name=f"Choose {name}").check()
    staff.get_by_role("button", name=button, exact=True).click()
    for name in names:
        expect(staff.get_by_role("row", name=name)).to_contain_text("Prepared")


def release(live: Live, staff: Page, script: bool) -> list[Mail]:
    """Send all decisions; gives the mails. Before the press nobody hears a word."""
    assert [mail.to for mail in live.deliver() if "superintendent." in mail.to] == []
    staff.get_by_role("link", name="Rehearse the release").click()
    expect(staff.get_by_role("heading", name="Every mail as it would leave")).to_be_visible()
    look(staff, script)
    staff.get_by_role("button", name=re.compile("^Send 6")).click()
    expect(staff.get_by_text("Waits for the worker")).to_be_visible()
    mails = [*live.deliver(), *live.deliver()]
    told = [mail.to for mail in mails if mail.to.startswith("superintendent.")]
    assert sorted(told) == sorted(set(told))
    assert len(told) == 6
    return mails


def accept(live: Live, lead: Page, mails: list[Mail], script: bool) -> list[Mail]:
    lead.goto(link_in(mails, LEAD, "/letters/"))
    expect(lead.get_by_role("heading", name="There is a place for your district")).to_be_visible()
    look(lead, script)
    lead.get_by_role("button", name="Accept the place").click()
    expect(lead.get_by_role("heading", level=1)).to_contain_text("Fable Point")
    look(lead, script)
    return live.deliver()


def join(live: Live, colleague: Page, mails: list[Mail], script: bool) -> None:
    colleague.goto(link_in(mails, COLLEAGUE, "/join/"))
    look(colleague, script)
    colleague.get_by_role("button", name="Join the team", exact=True).click()
    expect(colleague.get_by_role("heading", level=1)).to_have_text("You are on the team")
    colleague.goto(link_in(live.deliver(), COLLEAGUE, "/sign-in/"))
    colleague.get_by_role("button", name="Sign me in", exact=True).click()
    expect(colleague.get_by_text("Signed in as Principal, Point Elementary School.")).to_be_visible()
    colleague.goto("/eclc/district")
    expect(colleague.get_by_role("heading", level=1)).to_contain_text("Fable Point")
    look(colleague, script)


def link_in(mails: list[Mail], address: str, part: str) -> str:
    """The path of the link to `part` in the one mail to `address`."""
    [mail] = [one for one in mails if one.to == address]
    [path] = {urlsplit(link).path for link in LINK.findall(mail.text) if part in link}
    return path


def look(page: Page, script: bool) -> None:
    """What every page on the way must be: accessible (axe needs scripts) and not wider than the window."""
    if script:
        assert (axe(page), sideways(page)) == ([], 0)
