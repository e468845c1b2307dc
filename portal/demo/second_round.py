"""The demo's second round: closed and being read, with late, scored and disputed letters. Told by the operations that
districts, staff and readers use, each at its own time.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.letters.models import Letter
from portal.letters.operations import lapse
from portal.letters.returning import Wanted
from portal.reviews.assigning import assign, tell_readers
from portal.reviews.conflicts import declare_conflict
from portal.reviews.moving import return_sections
from portal.reviews.scoring import hand_in, save_score
from portal.reviews.scoring_rules import Mark
from portal.rounds.models import Round
from portal.rounds.operations import answer_not_this_year
from portal.rounds.rules import last_moment

from .days import day_in, days_ago
from .letter_round import publish
from .people import People, load_people
from .places import load_district
from .stories import invite_district, rewrite, write_letter
from .world import ZONE, World

HEARD = ("reader_queue",)  # mails of this round that still lie in the mailbox
Row = dict[str, Any]


def load_second_round(world: World, communities: dict[str, Community], people: People, password: str) -> None:
    """The round, its districts and their people, their letters, and what readers made of them so far."""
    second, community = world.second, communities["eclc"]
    before = db.session.scalar(select(Outgoing.id).order_by(Outgoing.id.desc()).limit(1)) or 0
    districts = {row["slug"]: load_district(row, {}) for row in second["districts"]}
    people |= load_people(second["people"], communities, districts, password)
    data = {**world.data["round"], **second["round"]}
    round = publish(world, community, data, second["cohort"], people["director.hub"])
    letters = _letters(round, second, districts, people)
    _give_out(round, second, letters, people)
    _read(second, letters, people)
    told = update(Outgoing).where(Outgoing.id > before, Outgoing.template.not_in(HEARD))
    now = clock.now()  # weeks old: whoever opens the mailbox looks for what comes today
    db.session.execute(told.values(sent_at=now, dropped_at=now).execution_options(synchronize_session=False))


def _letters(round: Round, second: Row, districts: dict[str, Any], people: People) -> dict[str, Letter]:
    staff, refusal = people["coordinator.hub"], second["not_this_year"]
    invitations = {
        slug: invite_district(round, district, people[f"superintendent.{slug}"], staff)
        for slug, district in districts.items()
    }
    with days_ago(_before(round, refusal["before"])):
        answer_not_this_year(invitations[refusal["district"]], reason=refusal["reason"])
    letters = {}
    for slug, row in second["letters"].items():
        told = {name: _before(round, before) for name, before in row["before"].items()}
        row = {**row, "writer": f"superintendent.{slug}", "days_ago": told}
        letters[slug] = write_letter(round, invitations[slug], row, people)
    with clock.told(last_moment(round) + timedelta(minutes=1)):
        for letter in letters.values():
            lapse(letter)
    return letters


def _give_out(round: Round, second: Row, letters: dict[str, Letter], people: People) -> None:
    staff, conflict = people["coordinator.hub"], second["conflict"]
    with days_ago(_hour(second["assigned"])):
        for slug, names in second["readers"].items():
            for name in names:
                assign(letters[slug], people[name], by=staff)
        tell_readers(round, by=staff)
    with days_ago(_hour(conflict["days_ago"])):
        declare_conflict(letters[conflict["letter"]], conflict["note"], by=people[conflict["reader"]])
    with days_ago(_hour(conflict["given"])):
        assign(letters[conflict["letter"]], people[conflict["instead"]], by=staff)
        tell_readers(round, by=staff)


def _read(second: Row, letters: dict[str, Letter], people: People) -> None:
    for row in second["scores"]:
        letter, reader = letters[row["letter"]], people[row["reader"]]
        marks = _marks(letter.round, row)
        with days_ago(_hour(row.get("handed_in") or row["saved"])):
            if "handed_in" in row:
                hand_in(letter, marks, row["whole"], by=reader)
            else:
                save_score(letter, marks, by=reader)
    for slug, row in second["letters"].items():
        if "returned" in row:
            _return(letters[slug], row["returned"], people[f"superintendent.{slug}"], people["coordinator.hub"])


def _return(letter: Letter, row: Row, writer: Account, staff: Account) -> None:
    """Send a section back for changes; the district sends its letter again, and who scored it has to look anew."""
    due = clock.end_of_day(day_in(row["due"]), ZONE)
    row = {**row, "days_ago": {name: _hour(days) for name, days in row["days_ago"].items()}}
    with days_ago(row["days_ago"]["returned"]):
        return_sections(letter, Wanted(row["sections"], row["message"], due), by=staff)
    rewrite(letter, writer, row)


def _marks(round: Round, row: Row) -> dict[int, Mark]:
    why = row.get("why", {})
    given = zip(round.criteria, row["levels"], strict=False)
    return {one.id: Mark(level, why.get(one.code, "")) for one, level in given}


def _before(round: Round, days: float) -> float:
    """How many days ago it was so many days before the closing, as days_ago counts."""
    return (clock.now() - round.closes_at + timedelta(days=days, hours=-2)) / timedelta(days=1)


def _hour(days: float) -> float:
    """How many days ago, as days_ago counts, it was nine in the morning so many whole days ago; .5 means three in the
    afternoon, .9 a quarter to eight in the evening.
    """
    whole = int(days)
    nine = clock.to_utc(datetime.combine(day_in(-whole), time(9)), ZONE, fold=0)
    return (clock.now() - nine - timedelta(hours=2 + 12 * (days - whole))) / timedelta(days=1)
