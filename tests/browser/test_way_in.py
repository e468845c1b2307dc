"""From a letter given to a reader to the first colleague who signs in: one road through review, decision and cohort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.live import Live
from tests.browser.pages import go
from tests.browser.test_story import follow, link_in, look, mail_to, press
from tests.postbox import Mail

COORDINATOR, READER = "coordinator.hub@example.org", "reviewer-c.hub@example.org"
COLLEAGUE = "principal.mock-landing@example.org"
APPLICANTS = ("fable-point", "fiction-ridge", "invention-bay", "mock-landing", "pretend-pines", "sketch-island")
LEADS = [f"superintendent.{name}@example.org" for name in APPLICANTS]
FABLE, MOCK, SKETCH = LEADS[0], LEADS[3], LEADS[5]
PINES = "/eclc/staff/letters/9"
Open = Callable[..., Page]
SignIn = Callable[[Page, str], Page]


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_letter_is_read_and_decided_its_district_joins_and_a_colleague_signs_in(
    live: Live, open_page: Open, sign_in_as: SignIn, script: bool
) -> None:
    swept(live)  # what the demo owes
    staff = sign_in_as(open_page(script=script), COORDINATOR)
    give_to_a_reader(staff, script)
    read_and_score(live, sign_in_as(open_page(width=768, script=script), READER), script)
    decide(staff, script)
    mails = swept(live)
    assert Counter(mail.to for mail in mails if mail.to in LEADS) == Counter(LEADS)
    turn_the_place_down(sign_in_as(open_page(width=360, script=script), FABLE), mails, script)
    assert "/letters/10/standing" in link_in(mail_to(swept(live), SKETCH), "/standing")
    accept_the_place(sign_in_as(open_page(script=script), MOCK), mails, script)
    join_the_team(live, open_page(width=360, script=script), script)
    look_at_the_funnel(staff, script)


def swept(live: Live) -> list[Mail]:
    """All mail that left once the worker has looked twice: what a job owes leaves with its second look."""
    return live.deliver() + live.deliver()


def give_to_a_reader(staff: Page, script: bool) -> None:
    staff.goto("/eclc/staff/letters?round=eclc-loi-2026-c3")
    look(staff, script)
    follow(staff, "Readers")
    look(staff, script)
    staff.goto(f"{PINES}/readers")
    look(staff, script)
    staff.get_by_label("Who reads it?").select_option(label=option_of(staff, "Reviewer C"))
    press(staff, "Give them this letter")
    expect(staff.get_by_role("listitem").filter(has_text="Reviewer C")).to_be_visible()
    follow(staff, "Readers")
    go(staff.get_by_role("link", name="Tell"))
    look(staff, script)
    staff.get_by_role("button", name="Send").click()
    expect(staff.locator("#said")).to_contain_text("will have a mail in a minute")


def option_of(page: Page, begun: str) -> str:
    """The whole label of the one choice that begins like this."""
    [label] = [one for one in page.locator("option").all_inner_texts() if one.startswith(begun)]
    return label


def read_and_score(live: Live, reader: Page, script: bool) -> None:
    reader.goto(link_in(mail_to(swept(live), READER), "/staff/queue"))
    look(reader, script)
    follow(reader, "Pretend Pines")
    look(reader, script)
    for level in reader.get_by_role("radio", name="3").all():
        level.check()
    reader.get_by_role("button", name="Hand in").click()
    expect(reader.locator("#said")).to_contain_text("Handed in.")
    reader.goto(PINES)
    expect(reader.get_by_text("You handed in")).to_be_visible()
    look(reader, script)


def decide(staff: Page, script: bool) -> None:
    staff.goto("/eclc/staff/board?round=eclc-loi-2026-c3")
    look(staff, script)
    choose(staff, ["Fable Point", "Mock Landing"], "Offer a place")
    choose(staff, ["Sketch Island"], "Waitlist")
    choose(staff, ["Fiction Ridge", "Invention Bay Charter", "Pretend Pines"], "Not this time")
    look(staff, script)
    follow(staff, "Rehearse the release")
    look(staff, script)
    staff.get_by_role("button", name="Send").click()
    expect(staff.get_by_text("Starts within a minute")).to_be_visible()
    look(staff, script)


def choose(staff: Page, names: list[str], outcome: str) -> None:
    for name in names:
        staff.get_by_role("checkbox", name=f"Choose {name}").check()
    press(staff, outcome)
    expect(staff.locator("#said")).to_contain_text("prepared")
    expect(staff.get_by_role("checkbox", checked=True)).to_have_count(0)


def turn_the_place_down(lead: Page, mails: list[Mail], script: bool) -> None:
    lead.goto(link_in(mail_to(mails, FABLE), "/standing"))
    look(lead, script)
    follow(lead, "Turn it down")
    look(lead, script)
    lead.get_by_role("button", name="Turn").click()
    expect(lead.get_by_role("heading", name="You turned the place down")).to_be_visible()


def accept_the_place(lead: Page, mails: list[Mail], script: bool) -> None:
    lead.goto(link_in(mail_to(mails, MOCK), "/standing"))
    press(lead, "Accept the place")
    expect(lead.get_by_role("heading", level=1)).to_contain_text("Mock Landing Public Schools")
    look(lead, script)


def join_the_team(live: Live, colleague: Page, script: bool) -> None:
    colleague.goto(link_in(mail_to(swept(live), COLLEAGUE), "/join/"))
    look(colleague, script)
    press(colleague, "Join the team")
    expect(colleague.get_by_role("heading", level=1)).to_have_text("You are on the team")
    colleague.goto(link_in(mail_to(swept(live), COLLEAGUE), "/sign-in/"))
    press(colleague, "Sign me in")
    expect(colleague.get_by_role("link", name="Our district")).to_be_visible()
    colleague.goto("/eclc/district")
    expect(colleague.get_by_role("heading", level=1)).to_contain_text("Mock Landing")
    look(colleague, script)


def look_at_the_funnel(staff: Page, script: bool) -> None:
    staff.goto("/eclc/staff/?round=eclc-loi-2026-c3")
    follow(staff, "The whole way to an accepted place")
    look(staff, script)
    staff.get_by_role("link", name="3 Offered a place").click()
    expect(staff.get_by_role("rowheader")).to_have_count(3)
    look(staff, script)
    staff.goto("/eclc/staff/rounds/2/funnel/accepted")
    expect(staff.get_by_role("rowheader", name="Mock Landing Public Schools")).to_be_visible()
