"""A closed round with letters to read, and those who read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.letters.models import Letter
from portal.reviews.assigning import assign
from portal.reviews.reading_models import Assignment, Review
from portal.rounds.models import Round
from tests.cohorts.builders import a_closing_round, a_community, a_led_letter, a_staff_member

NAMES = ("Harbor", "River", "Hill", "Cove", "Valley", "Meadow", "Point", "Grove", "Spring", "Ridge")


@dataclass
class Desk:
    """A community whose round has closed, a coordinator, and letters in it."""

    community: Community
    round: Round
    staff: Account
    letters: list[Letter]


def a_desk(letters: int = 1, **round_fields: Any) -> Desk:
    """So many submitted letters in a closed round, and somebody who gives them out."""
    community = a_community()
    round = a_closing_round(community, **round_fields)
    staff = a_staff_member(community)
    return Desk(community, round, staff, [a_led_letter(round, name) for name in NAMES[:letters]])


def a_reader(community: Community, letter: str = "a") -> Account:
    """Somebody who reviews letters: Reader A, Reader B and so on."""
    account = a_staff_member(community, "reviewer", email=f"reader-{letter}@example.org")
    with transaction():
        account.name = f"Reader {letter.upper()}"
    return account


def readers_of(community: Community, count: int) -> list[Account]:
    """Several of them."""
    return [a_reader(community, chr(ord("a") + number)) for number in range(count)]


def given(letter: Letter, *readers: Account) -> Letter:
    """The same letter with these people as its readers."""
    for reader in readers:
        assign(letter, reader, by=None)
    return letter


def handed_in(letter: Letter, reader: Account, number: int = 1) -> Review:
    """The reader's review of a version of the letter, handed in."""
    now = clock.now()
    with transaction():
        review = Review(
            letter_id=letter.id, account_id=reader.id, number=number, started_at=now, saved_at=now, handed_in_at=now
        )
        db.session.add(review)
    return review


def running(letter: Letter) -> list[str]:
    """Who reads the letter now, by name."""
    chosen = db.session.query(Assignment).filter_by(letter_id=letter.id, ended_at=None)
    return sorted(one.account.name for one in chosen)
