from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account
from portal.accounts.queries import find_account
from portal.cohorts.handing_over import (
    accept_hand_over,
    ask_hand_over,
    give_up_lead,
    name_lead,
    take_back_hand_over,
)
from portal.cohorts.lead_queries import PURPOSE
from portal.cohorts.models import LeadHandOver
from portal.communities.models import Community
from portal.core.clock import now
from portal.core.db import db, transaction
from portal.core.errors import RuleBroken, TooManyTries
from portal.core.history import history_of
from portal.core.tokens import token_of
from portal.districts.models import District, DistrictPermission
from portal.districts.operations import begin_membership
from portal.districts.queries import affiliations_of, leads_of
from tests.cohorts.builders import (
    DECIDING,
    a_community,
    a_district,
    a_lead,
    a_staff_member,
    everything,
    owed,
)
from tests.cohorts.rush import meet_at, no_lock

At = Callable[[str], Any]
SignIn = Callable[[FlaskClient, Account], FlaskClient]
Rush = Callable[..., list[Any]]
NEW = "principal.harbor@example.org"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def district(community: Community) -> District:
    district = a_district()
    begin_membership(community.id, district, date(2026, 12, 1), None)
    return district


@pytest.fixture
def lead(community: Community, district: District) -> Account:
    return a_lead(community, district)


def asked(community: Community, district: District, lead: Account, email: str = NEW, *, keeps: bool = False) -> str:
    found = ask_hand_over(community.id, district, name="Principal", email=email, keeps_lead=keeps, by=lead)
    return token_of(found, PURPOSE)


def names(community: Community, district: District) -> list[str]:
    return [one.email for one in leads_of(community.id, district.id)]


def a_closed_account(email: str) -> Account:
    account = find_or_open_account(email=email, name="Principal")
    with transaction():
        account.disabled_at = now()
    return account


def test_a_closed_account_gets_no_lead_and_the_giver_keeps_it(
    community: Community, district: District, lead: Account
) -> None:
    token = asked(community, district, lead)
    a_closed_account(NEW)
    staff = a_staff_member(community)
    before = everything()
    with pytest.raises(RuleBroken, match="The account of this address is closed"):
        accept_hand_over(token)
    with pytest.raises(RuleBroken, match="The account of this address is closed"):
        name_lead(community.id, district, name="Principal", email=NEW, by=staff)
    assert (names(community, district), owed()) == ([lead.email], [("hand_over", NEW)])
    assert everything() == before


def test_nothing_changes_until_the_colleague_accepts(community: Community, district: District, lead: Account) -> None:
    asked(community, district, lead)
    assert (names(community, district), find_account(NEW)) == ([lead.email], None)
    assert owed() == [("hand_over", NEW)]


def test_accepting_makes_the_colleague_lead_and_the_giver_not_and_both_hear_of_it(
    community: Community, district: District, lead: Account
) -> None:
    accept_hand_over(asked(community, district, lead), next_url="/eclc/district")
    assert names(community, district) == [NEW]
    assert owed()[1:] == [("hand_over_accepted", lead.email), ("sign_in_link", NEW)]
    account = find_account(NEW)
    assert account is not None
    assert [(job.role, job.from_date) for job in affiliations_of(account.id, community.id)] == [
        ("lead", date(2026, 12, 15))
    ]
    assert [row.verb for row in history_of(lead)][-2:] == ["grant lead", "end lead"]


def test_a_shared_lead_stays_with_the_giver_too(community: Community, district: District, lead: Account) -> None:
    accept_hand_over(asked(community, district, lead, keeps=True))
    assert names(community, district) == [lead.email, NEW]


def test_accepting_twice_is_accepting_once(community: Community, district: District, lead: Account) -> None:
    token = asked(community, district, lead)
    accept_hand_over(token)
    before = everything()
    accept_hand_over(token)
    assert everything() == before


def test_a_newer_link_of_the_same_lead_stops_the_earlier(
    community: Community, district: District, lead: Account
) -> None:
    first = asked(community, district, lead)
    second = asked(community, district, lead, "other@example.org")
    before = everything()
    with pytest.raises(RuleBroken, match="a newer link took its place"):
        accept_hand_over(first)
    assert (everything(), names(community, district)) == (before, [lead.email])
    accept_hand_over(second)
    assert names(community, district) == ["other@example.org"]


def test_what_was_taken_back_cannot_be_accepted(community: Community, district: District, lead: Account) -> None:
    token = asked(community, district, lead)
    take_back_hand_over(community.id, district, lead)
    before = everything()
    take_back_hand_over(community.id, district, lead)
    with pytest.raises(RuleBroken, match="taken back"):
        accept_hand_over(token)
    assert (everything(), names(community, district)) == (before, [lead.email])


def test_the_link_works_for_fourteen_days(community: Community, district: District, lead: Account, at: At) -> None:
    token = asked(community, district, lead, keeps=True)
    at("2026-12-29 10:00")
    before = everything()
    with pytest.raises(RuleBroken, match="older than 14 days"):
        accept_hand_over(token)
    assert everything() == before
    at("2026-12-29 09:59:59")
    accept_hand_over(token)
    assert names(community, district) == [lead.email, NEW]


def test_who_leads_no_more_has_nothing_to_give(community: Community, district: District, lead: Account) -> None:
    second = a_lead(community, district, "second@example.org")
    token = asked(community, district, lead)
    give_up_lead(community.id, district, lead, by=lead)
    before = everything()
    with pytest.raises(RuleBroken, match="does not act for the district any more"):
        accept_hand_over(token)
    with pytest.raises(RuleBroken, match="do not act for this district"):
        asked(community, district, lead)
    assert (everything(), names(community, district)) == (before, [second.email])


@pytest.mark.parametrize(
    ("email", "sentence"), [("lead.harbor@example.org", "acts for your district already"), ("nobody", "Give one mail")]
)
def test_nobody_is_asked_who_leads_already_or_has_no_address(
    community: Community, district: District, lead: Account, email: str, sentence: str
) -> None:
    before = everything()
    with pytest.raises(RuleBroken, match=sentence):
        asked(community, district, lead, email)
    assert everything() == before


def test_the_eleventh_mail_to_one_address_within_an_hour_is_refused(
    community: Community, district: District, lead: Account
) -> None:
    for _ in range(10):
        asked(community, district, lead)
    before = everything()
    with pytest.raises(TooManyTries, match="Ten mails"):
        asked(community, district, lead)
    assert everything() == before


def test_the_last_lead_cannot_vanish(community: Community, district: District, lead: Account) -> None:
    closed = a_lead(community, district, "closed@example.org")
    with transaction():
        closed.disabled_at = now()  # somebody who cannot sign in leads nothing
    before = everything()
    with pytest.raises(RuleBroken, match="alone acts for this district"):
        give_up_lead(community.id, district, lead, by=lead)
    assert everything() == before


def test_of_two_leads_one_may_stop_and_the_other_hears_of_it(
    community: Community, district: District, lead: Account
) -> None:
    second = a_lead(community, district, "second@example.org")
    give_up_lead(community.id, district, second, by=second)
    before = everything()
    give_up_lead(community.id, district, second, by=second)
    assert (names(community, district), everything()) == ([lead.email], before)
    assert owed("lead_given_up") == [("lead_given_up", lead.email), ("lead_given_up", second.email)]


def test_staff_name_a_lead_where_nobody_leads(community: Community, district: District) -> None:
    staff = a_staff_member(community)
    account = name_lead(community.id, district, name="Principal", email=NEW, by=staff)
    assert (names(community, district), owed()) == ([NEW], [("lead_named", NEW)])
    assert [job.role for job in affiliations_of(account.id, community.id)] == ["lead"]
    before = everything()
    with pytest.raises(RuleBroken, match="acts for Harbor already"):
        name_lead(community.id, district, name="Principal", email=NEW, by=staff)
    assert everything() == before


def test_a_job_that_the_colleague_has_in_the_district_stays_their_only_one(
    community: Community, district: District, lead: Account
) -> None:
    account = find_or_open_account(email=NEW)
    with transaction():
        accept_hand_over(asked(community, district, lead, keeps=True))
    with transaction():
        affiliations_of(account.id, community.id)[0].role = "principal"
    give_up_lead(community.id, district, account, by=account)
    accept_hand_over(asked(community, district, lead))
    assert [job.role for job in affiliations_of(account.id, community.id)] == ["principal"]


def test_the_mails_say_who_acts_and_who_no_longer_does(
    community: Community, district: District, lead: Account, mailbox: Any
) -> None:
    second = a_lead(community, district, "second@example.org")
    token = asked(community, district, lead)
    [request] = mailbox()
    assert (f"/eclc/lead/{token}" in request.text, "hands this over to you" in request.text) == (True, True)
    accept_hand_over(token)
    told = {mail.to: mail.text for mail in mailbox()}
    assert ["You do so no longer" in told[one] for one in (lead.email, second.email)] == [True, False]
    assert "You act for the district together" in told[second.email]


def test_a_mail_that_was_taken_back_before_it_left_does_not_leave(
    community: Community, district: District, lead: Account, mailbox: Any
) -> None:
    asked(community, district, lead)
    take_back_hand_over(community.id, district, lead)
    assert mailbox() == []


def two_hand_overs(two_at_once: Rush) -> list[str]:
    community = a_community()
    district = a_district()
    lead = a_lead(community, district)
    tokens = [asked(community, district, lead, f"{name}@example.org") for name in ("first", "second")]
    with transaction():  # as if both had been asked at one instant
        for one in db.session.query(LeadHandOver):
            one.taken_back_at = None
    place, number = community.id, district.id
    two_at_once(lambda n: accept_hand_over(tokens[n]))
    db.session.rollback()
    return [one.email for one in leads_of(place, number)]


def test_of_two_hand_overs_of_one_lead_one_is_accepted(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, "portal.cohorts.handing_over", "check_acceptance")
    assert len(two_hand_overs(two_at_once)) == 1


def test_without_the_lock_one_lead_is_given_twice(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, "portal.cohorts.handing_over", "check_acceptance", seconds=10)
    with no_lock(monkeypatch, "portal.cohorts.handing_over"):
        leads = two_hand_overs(two_at_once)
    assert len(leads) == 2


def two_who_give_up(two_at_once: Rush) -> int:
    community = a_community()
    district = a_district()
    people = [a_lead(community, district, f"{name}@example.org").id for name in ("first", "second")]
    place, number = community.id, district.id

    def stop(n: int) -> None:
        account = db.session.get_one(Account, people[n])
        give_up_lead(place, db.session.get_one(District, number), account, by=account)

    two_at_once(stop)
    db.session.rollback()
    return db.session.query(DistrictPermission).count()


def test_two_leads_who_stop_at_once_leave_one(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, "portal.cohorts.handing_over", "check_lead_end")
    assert two_who_give_up(two_at_once) == 1


def test_without_the_lock_two_leads_who_stop_leave_none(
    app: Flask, at: At, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    meet_at(monkeypatch, "portal.cohorts.handing_over", "check_lead_end", seconds=10)
    with no_lock(monkeypatch, "portal.cohorts.handing_over"):
        assert two_who_give_up(two_at_once) == 0


def test_a_lead_hands_over_by_part_or_by_page(
    community: Community, district: District, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, lead)
    path = f"/eclc/district/{district.id}/lead"
    typed = {"name": "Principal", "email": NEW, "keeps": "no"}
    answer = client.post(path, data=typed, headers=HTMX)
    assert (answer.status_code, answer.text.startswith('<section id="leads"')) == (200, True)
    assert ["Principal (principal.harbor@example.org) has a link to take this over" in answer.text] == [True]
    plain = client.post(path, data=typed)
    assert (plain.status_code, plain.location) == (303, f"/eclc/district/{district.id}/people")
    assert client.post(f"{path}/taking-back").status_code == 303
    assert "has a link" not in client.get(f"/eclc/district/{district.id}/people").text


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"keeps": ""}, 422, "Say whether you go on."),
        ({"email": "nobody"}, 422, "Give one mail address"),
        ({"name": ""}, 422, "Give a name."),
        ({"email": "lead.harbor@example.org"}, 409, "acts for your district already"),
    ],
)
def test_a_slip_comes_back_as_typed(
    community: Community, district: District, lead: Account, client: FlaskClient, sign_in: SignIn,
    typed: dict[str, str], status: int, sentence: str,
) -> None:  # fmt: skip
    sign_in(client, lead)
    before = everything()
    path = f"/eclc/district/{district.id}/lead"
    for headers in ({}, HTMX):
        answer = client.post(path, data={"name": "Principal", "email": NEW, "keeps": "no", **typed}, headers=headers)
        assert (answer.status_code, sentence in answer.text, answer.text.count('id="leads"')) == (status, True, 1)
    assert everything() == before


def test_the_link_is_looked_at_as_often_as_one_likes_and_signs_nobody_in(
    community: Community, district: District, lead: Account, client: FlaskClient
) -> None:
    path = f"/eclc/lead/{asked(community, district, lead)}"
    before = everything()
    assert [client.get(path).status_code, client.head(path).status_code, client.get(path).status_code] == [200] * 3
    assert everything() == before
    assert client.post(path).location == path
    page = client.get(path).text
    assert ["You act for Harbor" in page, "Signed in as" in page] == [True, False]


def test_a_lead_who_stops_loses_the_doors_at_once(
    community: Community, district: District, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    a_lead(community, district, "second@example.org")
    sign_in(client, lead)
    assert client.post(f"/eclc/district/{district.id}/lead/giving-up").status_code == 303
    assert client.get(f"/eclc/district/{district.id}/people").status_code == 404


def test_the_only_lead_is_told_why_not(
    community: Community, district: District, lead: Account, client: FlaskClient, sign_in: SignIn
) -> None:
    sign_in(client, lead)
    assert "I stop acting" not in client.get(f"/eclc/district/{district.id}/people").text
    answer = client.post(f"/eclc/district/{district.id}/lead/giving-up", headers=HTMX)
    assert (answer.status_code, "alone acts for this district" in answer.text) == (409, True)
