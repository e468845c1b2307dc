"""What deciding costs: the pages of a round with 300 scored letters, and sending all decisions at once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, insert, select

from portal.accounts.models import Account, Permission
from portal.cohorts.models import PlaceOffer
from portal.cohorts.operations import create_cohort
from portal.cohorts.release_queries import outgoings
from portal.cohorts.release_rules import digest
from portal.cohorts.releasing import ask_release, carry_out_releases
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.core.mail import deliver_due
from portal.core.outbox import Outgoing
from portal.districts.models import DistrictPermission
from portal.letters.models import Letter, Submission
from portal.reviews.models import Decision
from portal.reviews.reading_models import Assignment, Review, Score
from portal.rounds.models import Criterion, Invitation, Round
from portal.rounds.operations import create_round, publish_round

from .letters import new_districts, sent_row
from .pages import Page, cost_of, queries_of
from .results import Row, at_most
from .server import serve
from .world import PEOPLE, Stage, cookie_of, portal_in_process

LETTERS, READERS, PLACES = 300, 3, 100
STAFF = PEOPLE - 1
QUERIES = 11  # whatever the number of letters
SECONDS = 10.0
OUTCOMES = ("accept", "waitlist", "decline")  # a third of the letters each
GOAL = 5.0  # as the staff's list of letters
FUNNEL = Page(f"funnel of {LETTERS} districts", "/bench/staff/rounds/1/funnel", cookie_of(STAFF), GOAL)
BOARD = Page(f"board of {LETTERS} letters", "/bench/staff/board?round=deciding", cookie_of(STAFF), GOAL)
PAGES = (BOARD, FUNNEL)
IS_DECISION = Outgoing.template.like("decision_%")
MAILS = 100.0  # a second, that the worker writes


def measure(stage: Stage) -> Iterator[Row]:
    """Queries and CPU of the pages, and how long it takes until every district has its decision and one mail."""
    url = stage.copy()
    with portal_in_process(stage, url) as app:
        with app.app_context():
            fill()
        for page in PAGES:
            yield at_most(f"queries: {page.name}, {stage.store.name}", queries_of(app, page), QUERIES, "", digits=0)
    with serve("bench.served:app", stage.settings(url)) as portal, serve("bench.bare:app", {}) as bare:
        for page in PAGES:
            yield cost_of(stage, portal, bare, page)
    with portal_in_process(stage, url) as app:
        yield from release_of(stage, app)


def release_of(stage: Stage, app: Flask) -> Iterator[Row]:
    """Seconds until all decisions are sent, whether each district has one mail and no place went out twice, and how
    fast the mails leave."""
    with app.app_context():
        round = db.session.scalars(select(Round).where(Round.slug == "deciding")).one()
        staff = db.session.scalars(select(Account).where(Account.email == f"person-{STAFF}@example.org")).one()
        asked = time.monotonic()
        ask_release(round, digest(outgoings(round, staff.id)), by=staff)
        began = time.monotonic()
        count = carry_out_releases()
        seconds = time.monotonic() - began
        yield at_most(f"release: the answer to the button, {stage.store.name}", began - asked, 1.0, "s")
        mails = Counter(db.session.scalars(_mails()))
        offers = db.session.scalar(select(func.count(PlaceOffer.id))) or 0
        decided = db.session.scalar(select(func.count(Decision.id)).where(Decision.status == "released")) or 0
    is_exact = (count, decided, offers) == (LETTERS, LETTERS, PLACES) and set(mails.values()) == {1}
    name = f"release of {LETTERS} decisions, {stage.store.name}"
    told = f"{decided} decided, {len(mails)} districts with one mail, {offers} of {PLACES} places, {seconds:.1f} s"
    met = is_exact and len(mails) == LETTERS and seconds <= SECONDS
    yield Row(name, told, f"{LETTERS} decided, one mail each, {PLACES} places, ≤ {SECONDS:.0f} s", met)
    yield _leaving(stage, app)


def _leaving(stage: Stage, app: Flask) -> Row:
    with app.app_context():
        began = time.monotonic()
        deliver_due()
        left = db.session.scalar(select(func.count(Outgoing.id)).where(Outgoing.sent_at.is_not(None), IS_DECISION)) or 0
        rate = left / (time.monotonic() - began)
    name = f"release: decisions mailed, to files, {stage.store.name}"
    return Row(
        name, f"{left}, {rate:.0f} a second", f"{LETTERS}, ≥ {MAILS:.0f} a second", left == LETTERS and rate >= MAILS
    )


def fill() -> None:
    """A closed round: 300 letters with three readers each who handed in, a lead for each, and prepared decisions."""
    with transaction():
        community = db.session.scalars(select(Community).where(Community.slug == "bench")).one()
        round = _round(community)
        districts = new_districts(LETTERS)
        people = list(db.session.scalars(select(Account.id).where(Account.email.like("person-%")).order_by(Account.id)))
        _permit(community, people[STAFF], "staff")
        for one in people[:READERS]:
            _permit(community, one, "reviewer")
        letters = _letters(community, round, districts)
        _leads(community, districts, people[READERS : READERS + LETTERS])
        _scores(round, letters, people[:READERS])
        _decide(letters, people[STAFF])


def _round(community: Community) -> Round:
    now = clock.now()
    fields = {
        "slug": "deciding", "title": "A round to decide", "letter_text": "Please answer.", "capacity": PLACES,
        "opens_at": now - timedelta(days=60), "closes_at": now - timedelta(days=20), "scale": _scale(),
    }  # fmt: skip
    question = {"code": "q1", "kind": "long_text", "label": "Why now?"}
    sections = [{"slug": "one", "title": "The one section", "questions": [question]}]
    criteria = [{"code": f"k{n}", "label": f"Criterion {n}", "weight": 20, "levels": {}} for n in range(1, 6)]
    with clock.told(now - timedelta(days=61)):
        round = create_round(community, fields=fields, sections=sections, criteria=criteria)
        publish_round(round)
        create_cohort(community, slug="cohort", name="Cohort", starts_on=now.date() + timedelta(days=90), round=round)
    return round


def _scale() -> list[dict[str, Any]]:
    return [
        {"value": value, "label": label} for value, label in enumerate(("Not yet", "Emerging", "Clear", "Strong"), 1)
    ]


def _permit(community: Community, account_id: int, kind: str) -> None:
    row = {"account_id": account_id, "community_id": community.id, "kind": kind, "granted_at": clock.now()}
    db.session.execute(insert(Permission), [row])


def _letters(community: Community, round: Round, districts: list[int]) -> list[int]:
    now, place = clock.now(), {"community_id": community.id, "round_id": round.id}
    invited = {
        **place, "to_name": "Superintendent", "to_email": "s@example.org", "prepared_at": now, "sent_at": now,
        "opened_at": now, "answered_at": now, "answer": "interested",
    }  # fmt: skip
    db.session.execute(insert(Invitation), [{**invited, "district_id": one} for one in districts])
    letter = {**place, "started_at": now, "status": "submitted"}
    db.session.execute(insert(Letter), [{**letter, "district_id": one} for one in districts])
    letters = list(db.session.scalars(select(Letter.id).where(Letter.round_id == round.id).order_by(Letter.id)))
    db.session.execute(insert(Submission), [sent_row(number) for number in letters])
    return letters


def _leads(community: Community, districts: list[int], people: list[int]) -> None:
    lead = {"community_id": community.id, "kind": "lead", "granted_at": clock.now()}
    pairs = zip(people, districts, strict=True)
    rows = [{**lead, "account_id": person, "district_id": district} for person, district in pairs]
    db.session.execute(insert(DistrictPermission), rows)


def _scores(round: Round, letters: list[int], readers: list[int]) -> None:
    now = clock.now()
    pairs = [(letter, reader) for letter in letters for reader in readers]
    given = [{"letter_id": letter, "account_id": reader, "assigned_at": now} for letter, reader in pairs]
    db.session.execute(insert(Assignment), given)
    made = {"number": 1, "started_at": now, "saved_at": now, "handed_in_at": now, "comment": "Read with care."}
    reviews = [{**made, "letter_id": letter, "account_id": reader} for letter, reader in pairs]
    db.session.execute(insert(Review), reviews)
    criteria = list(
        db.session.scalars(select(Criterion.id).where(Criterion.round_id == round.id).order_by(Criterion.id))
    )
    numbers = list(db.session.scalars(select(Review.id).order_by(Review.id)))
    scores = [
        {"review_id": review, "criterion_id": one, "level": 1 + (review * 7 + one * 3) % 4, "comment": "Seen."}
        for review in numbers
        for one in criteria
    ]
    db.session.execute(insert(Score), scores)


def _decide(letters: list[int], staff: int) -> None:
    made = {"status": "prepared", "prepared_at": clock.now(), "prepared_by_id": staff, "rationale": ""}
    rows = [
        {
            **made, "letter_id": letter, "outcome": OUTCOMES[n % 3],
            "waitlist_position": n // 3 + 1 if n % 3 == 1 else None,
        }
        for n, letter in enumerate(letters)
    ]  # fmt: skip
    db.session.execute(insert(Decision), rows)


def _mails() -> Any:
    """Whom the decisions go to, a line for each mail."""
    return select(Outgoing.to_address).where(IS_DECISION).order_by(Outgoing.id)
