"""A member district in a real browser: joining by link and by address, the lead handed over, promises, leaving."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from portal.accounts.queries import find_account
from portal.cohorts.handing_over import ask_hand_over
from portal.cohorts.join_queries import LINK_PURPOSE, REQUEST_PURPOSE
from portal.cohorts.joining import Joiner, ask_to_join, make_join_link
from portal.cohorts.lead_queries import PURPOSE
from portal.cohorts.models import TeamSeat
from portal.core.db import db
from portal.core.tokens import token_of
from portal.districts.models import Affiliation
from tests.browser.live import Live
from tests.browser.membership import LEAD, STAFF, lead, let_harbor_in, membership_of
from tests.browser.pages import axe, sideways
from tests.postbox import Mail

OpenPage = Callable[..., Page]
SignInAs = Callable[[Page, str], Page]
NURSE, NEXT = "nurse@harborschools.org", "principal@example.org"


@pytest.fixture
def harbor(live: Live) -> int:
    """The number of Example Harbor, which is a member."""
    return int(live.inside(let_harbor_in))


def link_in(mails: list[Mail], to: str, part: str) -> str:
    """The address in the newest mail to this person that has `part` in it."""
    [text] = [mail.text for mail in mails if mail.to == to and part in mail.text][-1:]
    found = re.search(rf"https?://\S*{part}\S*", text)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("script", [True, False])
def test_a_colleague_joins_with_the_school_address_and_signs_in(
    live: Live, harbor: int, open_page: OpenPage, deliver: Callable[[], list[Mail]], script: bool
) -> None:
    page = open_page(script=script)
    page.goto("/eclc/members")
    page.get_by_role("link", name="Join your district").click()
    page.get_by_label("Your name").fill("School nurse, Harbor Middle")
    page.get_by_label("Your work e-mail").fill(NURSE)
    page.get_by_label("Your job").select_option(label="School counselor")
    page.get_by_role("button", name="Mail me the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    page.goto(link_in(deliver(), NURSE, "/join/requests/"))
    page.get_by_role("button", name="This is me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in")
    page.goto(link_in(deliver(), NURSE, "/sign-in/"))
    page.get_by_role("button", name="Sign me in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Example Harbor Public Schools")
    expect(page.get_by_text("2 of 10 seats joined")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_by_the_lead_s_link_somebody_of_another_address_waits_until_the_lead_lets_them_in(
    live: Live, harbor: int, open_page: OpenPage, sign_in_as: SignInAs, deliver: Callable[[], list[Mail]], script: bool
) -> None:
    desk = sign_in_as(open_page(script=script), LEAD)
    desk.goto("/eclc/district")
    desk.get_by_role("link", name="People: who joins").click()
    desk.get_by_role("button", name="Make a link").click()
    url = desk.get_by_label("Link", exact=True).input_value()
    phone = open_page(script=script, width=360)
    phone.goto(url)
    phone.get_by_label("Your name").fill("Coach")
    phone.get_by_label("Your work e-mail").fill("coach@example.com")
    phone.get_by_label("Your job").select_option(label="Paraprofessional")
    phone.get_by_role("button", name="Mail me the link").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    phone.goto(link_in(deliver(), "coach@example.com", "/join/requests/"))
    phone.get_by_role("button", name="This is me").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your district decides")
    desk.reload()
    desk.get_by_role("button", name="Let in Coach").click()
    expect(desk.get_by_text("Coach is in.")).to_be_visible()
    assert [mail.to for mail in deliver() if "You are in" in mail.subject] == ["coach@example.com"]


@pytest.mark.parametrize("script", [True, False])
def test_the_lead_goes_to_a_colleague_by_mail(
    live: Live, harbor: int, open_page: OpenPage, sign_in_as: SignInAs, deliver: Callable[[], list[Mail]], script: bool
) -> None:
    page = sign_in_as(open_page(script=script), LEAD)
    page.goto(f"/eclc/district/{harbor}/people")
    page.get_by_text("Hand this over, or share it").click()
    page.get_by_label("Their name").fill("Principal")
    page.get_by_label("Their work e-mail").fill(NEXT)
    page.get_by_label("I stop when they accept").check()
    page.get_by_role("button", name="Mail them the link").click()
    expect(page.get_by_text("has a link to take this over")).to_be_visible()
    other = open_page(script=script)
    other.goto(link_in(deliver(), NEXT, "/lead/"))
    other.get_by_role("button", name="I accept").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("You act for Example Harbor")
    assert {mail.to for mail in deliver()} >= {LEAD, NEXT}
    page.goto(f"/eclc/district/{harbor}/people")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no page here")


@pytest.mark.parametrize("script", [True, False])
def test_a_promise_is_ticked_by_the_lead_and_seen_by_staff(
    live: Live, harbor: int, open_page: OpenPage, sign_in_as: SignInAs, script: bool
) -> None:
    page = sign_in_as(open_page(script=script), LEAD)
    page.goto("/eclc/district")
    first = page.locator("#promises li").first
    first.get_by_text("We keep this").click()
    first.get_by_label("How do you keep it?").fill("Twelve people in four schools.")
    first.get_by_role("button", name="Tick it").click()
    expect(page.get_by_text("1 of 8 ticked")).to_be_visible()
    staff = sign_in_as(open_page(script=script), STAFF)
    staff.goto("/eclc/staff/members")
    staff.get_by_role("link", name="Example Harbor").click()
    expect(staff.get_by_text("Twelve people in four schools.").first).to_be_visible()
    staff.get_by_role("button", name="Take the tick back").click()
    expect(staff.get_by_text("0 of 8 ticked")).to_be_visible()


def test_a_lead_takes_a_seat_back_and_it_is_free_from_the_day_after(
    live: Live, harbor: int, open_page: OpenPage, sign_in_as: SignInAs
) -> None:
    page = sign_in_as(open_page(), LEAD)
    page.goto("/eclc/district")
    page.get_by_role("link", name="Take the seat back").click()
    page.get_by_role("button", name="Take the seat back").click()
    expect(page.get_by_text("The seat comes back after that day.")).to_be_visible()
    expect(page.get_by_text("Free from")).to_be_visible()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)])
def test_the_pages_of_belonging_are_fit_for_everybody(
    live: Live, harbor: int, open_page: OpenPage, sign_in_as: SignInAs, width: int, dark: bool
) -> None:
    troubles = []
    for email, paths in live.inside(doors, harbor).items():
        page = open_page(width=width, dark=dark)
        if email:
            sign_in_as(page, email)
        for path in paths:
            page.goto(path)
            wide = sideways(page)
            troubles += [f"{path}: {fault}" for fault in axe(page)] + ([f"{path}: {wide} too wide"] if wide else [])
    assert troubles == []


def doors(harbor: int) -> dict[str, list[str]]:
    """The pages of each person, with something on them."""
    membership = membership_of(harbor)
    link = token_of(make_join_link(membership, lead()), LINK_PURPOSE)
    asked = token_of(ask_to_join(membership, Joiner("Nurse", NURSE, "nurse")), REQUEST_PURPOSE)
    given = ask_hand_over(1, membership.district, name="Principal", email=NEXT, keeps_lead=True, by=lead())
    seats: Any = db.session.query(TeamSeat).filter_by(membership_id=membership.id)
    seat = next(one.id for one in seats if one.affiliation_id)
    account = find_account(LEAD)
    assert account is not None
    job = db.session.query(Affiliation).filter_by(district_id=harbor, account_id=account.id).one().id
    own, staff = f"/eclc/district/{harbor}", f"/eclc/staff/members/{membership.id}"
    return {
        "": ["/eclc/join", f"/eclc/join/by/{link}", f"/eclc/join/requests/{asked}", "/eclc/join/sent", "/eclc/cohorts",
             "/eclc/cohorts/eclc-c1", f"/eclc/lead/{token_of(given, PURPOSE)}"],
        LEAD: ["/eclc/district", f"{own}/people", f"{own}/history", f"{own}/people/{job}/leaving",
               f"{own}/seats/{seat}/return", "/eclc/cohorts/eclc-c1"],
        STAFF: ["/eclc/staff/members", staff, f"{staff}/ending", f"{staff}/people/{job}/move"],
    }  # fmt: skip
