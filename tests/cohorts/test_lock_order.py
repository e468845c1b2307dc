"""Two districts that share leads accept at one instant in two communities: neither waits for the other in vain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.cohorts.models import PlaceOffer
from portal.cohorts.operations import accept_offer
from portal.core.db import db
from portal.districts.operations import grant_lead
from tests.accounts.builders import a_person
from tests.cohorts.builders import DECIDING, a_closing_round, a_community, a_led_letter, a_staff_member, an_offer
from tests.cohorts.rush import meet_at


def test_leads_are_locked_in_one_order(
    app: Flask, at: Callable[[str], Any], two_at_once: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    at(DECIDING)
    people = [a_person(f"shared-{number}@example.org", f"Shared {number}") for number in range(2)]
    numbers = []
    for slug, leads in (("eclc", people), ("other", people[::-1])):
        community = a_community(slug)
        letter = a_led_letter(a_closing_round(community), slug.title())
        for lead in leads:
            grant_lead(lead, community.id, letter.district, None)
        numbers.append(an_offer(letter, a_staff_member(community, email=f"staff@{slug}.example.org")).id)
    meet_at(monkeypatch, "portal.cohorts.teams", "affiliate")
    answers = two_at_once(lambda n: accept_offer(db.session.get_one(PlaceOffer, numbers[n]), None).id)
    assert {type(answer) for answer in answers} == {int}
