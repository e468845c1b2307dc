"""What the pages show on which staff choose districts and say whom each letter is addressed to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from portal.accounts.rules import is_address
from portal.core.db import db
from portal.core.text import one_line, tidy
from portal.core.web import Page, page_of
from portal.districts.models import District
from portal.districts.queries import Chosen, districts_filtered, latest_facts, states_there
from portal.districts.rules import KIND_WORDS, fact_words, kind_words
from portal.rounds.inviting import Contact
from portal.rounds.models import Invitation, Round
from portal.rounds.queries import invited_in

from .invited import known_contacts

MOST = 300  # districts at once: each has three fields, and a form takes a thousand
LONGEST = 80  # characters of what is looked for


@dataclass
class Addressee:
    """A district that is about to be invited, with the person its letter goes to and what is wrong with that."""

    district: District
    name: str = ""
    email: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def contact(self) -> Contact:
        return Contact(self.name, self.email)


def choosing_page(round: Round) -> dict[str, Any]:
    """The districts that the URL narrows to, with those chosen so far, and who is invited already."""
    chosen = _asked_for()
    picked = picked_districts(request.args)
    found: Page[District] = page_of(districts_filtered(chosen))
    if request.args.get("all"):
        picked = _with(picked, db.session.scalars(districts_filtered(chosen).limit(MOST)).all())
    there = invited_in(round, [one.id for one in [*found.items, *picked]])
    picked = [one for one in picked if one.id not in there][:MOST]
    return {
        "round": round,
        "chosen": chosen,
        "page": found,
        "picked": picked,
        "numbers": {one.id for one in picked},
        "apart": [one for one in picked if one.id not in {each.id for each in found.items}],
        "there": there,
        "facts": latest_facts(one.id for one in found.items),
        "states": [("", "Any state"), *((one, one) for one in states_there())],
        "kinds": [("", "Any kind"), *KIND_WORDS.items()],
        "kind_words": kind_words,
        "fact_words": fact_words,
        "most": MOST,
    }


def picked_districts(given: MultiDict[str, str]) -> list[District]:
    """The districts whose numbers were ticked (`d`), by name; at most 300."""
    numbers = {int(one) for one in given.getlist("d") if one.isascii() and one.isdigit() and len(one) < 19}
    chosen = select(District).where(District.id.in_(numbers)).order_by(District.name, District.state, District.id)
    return list(db.session.scalars(chosen.limit(MOST)))


def contacts_page(
    round: Round, given: MultiDict[str, str], people: Sequence[Addressee] | None = None
) -> dict[str, Any]:
    """Whom the letters to the ticked districts go to, as known so far or as typed; and who is invited already."""
    districts = picked_districts(given)
    there = invited_in(round, [one.id for one in districts])
    known = known_contacts(round.community_id, [one.id for one in districts]) if people is None else {}
    new = people if people is not None else [_known(one, known) for one in districts if one.id not in there]
    return {
        "round": round,
        "people": new,
        "invited": [there[one.id] for one in districts if one.id in there],
        "errors": [(f"{name}-{one.district.id}", sentence) for one in new for name, sentence in one.errors.items()],
    }


def typed_people(round: Round, given: MultiDict[str, str]) -> list[Addressee]:
    """What was typed for each ticked district that is not invited yet, with what is wrong."""
    districts = picked_districts(given)
    there: dict[int, Invitation] = invited_in(round, [one.id for one in districts])
    people = [
        Addressee(one, one_line(given.get(f"name-{one.id}", "")), given.get(f"email-{one.id}", "").strip())
        for one in districts
        if one.id not in there
    ]
    for one in people:
        one.errors = dict(_wrong(one))
    return people


def _wrong(one: Addressee) -> Iterable[tuple[str, str]]:
    if not one.name:
        yield "name", f"{one.district.label}: give the name of the person."
    elif len(one.name) > 120:
        yield "name", f"{one.district.label}: shorten the name to 120 characters."
    if not is_address(one.email):
        yield "email", f"{one.district.label}: give one mail address, such as name@example.org."


def _asked_for() -> Chosen:
    given = {name: tidy(request.args.get(name))[:LONGEST] for name in ("q", "state", "kind", "place")}
    is_open = None if request.args.get("closed") else True
    return Chosen(given["q"], given["state"], given["kind"], given["place"], is_open)


def _with(picked: list[District], found: Sequence[District]) -> list[District]:
    numbers = {one.id for one in picked}
    return [*picked, *(one for one in found if one.id not in numbers)]


def _known(district: District, known: dict[int, Contact]) -> Addressee:
    contact = known.get(district.id, Contact("", ""))
    return Addressee(district, contact.name, contact.email)
