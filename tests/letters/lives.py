"""Letters after they were sent: what brings one where a test begins."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.history import history_of
from portal.core.outbox import Outgoing
from portal.letters.models import Letter, Return, Submission
from portal.letters.reopening import reopen
from portal.letters.returning import Wanted, return_sections
from portal.letters.submitting import submit
from tests.conftest import moment_of
from tests.districts.builders import a_staff_member
from tests.letters.builders import Place, a_signed_letter

DUE = "2026-12-01 17:00"
LATER = moment_of("2026-11-20 17:00")  # an extension, three weeks after closing


def a_sent_letter(place: Place) -> Letter:
    """Submitted as version 1, all in order."""
    letter = a_signed_letter(place)
    submit(letter, by=place.lead)
    return letter


def a_reopened_letter(place: Place) -> Letter:
    letter = a_sent_letter(place)
    reopen(letter, by=place.lead)
    return letter


def wanted(*sections: str, message: str = "Say how many days.", due: str = DUE) -> Wanted:
    return Wanted(sections or ("time",), message, moment_of(due))


def a_returned_letter(place: Place, *sections: str) -> Letter:
    """Submitted, and the section on time (or these) sent back until DUE."""
    letter = a_sent_letter(place)
    return_sections(letter, wanted(*sections), by=staff_of(place))
    return letter


def the_return(letter: Letter) -> Return:
    return letter.returns[-1]


def staff_of(place: Place) -> Account:
    return a_staff_member(place.community)


def verbs(letter: Letter) -> list[str]:
    """What happened to the letter, oldest first, without the writing that came before it was sent."""
    early = {"start", "ask for endorsement", "sign"}
    return [row.verb for row in history_of(letter) if row.verb not in early]


def owed(*templates: str) -> list[tuple[str, str]]:
    """Which mails of these templates are owed to whom, in the order they were posted."""
    rows = db.session.query(Outgoing).filter(Outgoing.template.in_(templates)).order_by(Outgoing.id)
    return [(row.template, row.to_address) for row in rows]


def numbers(letter: Letter) -> list[int]:
    return [one.number for one in db.session.query(Submission).filter_by(letter_id=letter.id).order_by("number")]
