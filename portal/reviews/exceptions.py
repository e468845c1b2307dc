"""What went otherwise than a round's rules say: more time, waived rules, late letters, returns, changes on the way.

Each entry says who, when and why. What belongs to a district of the reader's own is left out, as everywhere.
A feature above tells its own: a query under @tells_exceptions gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import Select, select

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.exports import Cell, Table
from portal.core.filters import moment_text, plural, until_text
from portal.core.history import History
from portal.districts.models import District
from portal.letters.models import Letter, Return, RosterWaiver, Submission
from portal.rounds.models import Extension, Invitation, Round

from .conflict_queries import conflicted_districts
from .models import Decision
from .rules import OUTCOMES

COLUMNS = ("When", "What", "District", "In detail", "Why", "Who")
# Verbs that change nothing that districts were told, and those that have a line of their own.
PLANNED = ("create", "publish", "archive", "copy", "close early", "word the mails", "tell readers", "change places")
SHOWN = 120  # characters of a text that was changed
NAMED = {"capacity": "places"}  # columns whose names say nothing to staff


@dataclass(frozen=True)
class Entry:
    """One exception: when, which kind, about which district (none: the whole round), in detail, why, and by whom."""

    at: datetime
    kind: str
    district: str
    detail: str
    why: str
    who: str
    letter_id: int | None = None


Tells = TypeVar("Tells", bound=Callable[[Round, Collection[int], str], Iterator[Entry]])
TELLERS: list[Callable[[Round, Collection[int], str], Iterator[Entry]]] = []


def tells_exceptions(query: Tells) -> Tells:
    """Register a query that gives entries of a round, without those of some districts, with times in a zone."""
    TELLERS.append(query)
    return query


def exceptions_of(round: Round, reader: Any) -> list[Entry]:
    """Everything that went otherwise in this round and that the reader may know of, the newest first."""
    own, zone = conflicted_districts(reader.account_id, round.id), round.community.time_zone
    found = chain(
        _extensions(round, own, zone), _waivers(round, own), _late(round, own), _returns(round, own, zone),
        _moved_returns(round, own, zone), _turned(round, own), _closing(round), _places(round),
        _changes(round), *(tell(round, own, zone) for tell in TELLERS),
    )  # fmt: skip
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def exceptions_table(round: Round, entries: list[Entry]) -> Table:
    """The same as a file for a spreadsheet."""
    rows: list[list[Cell]] = [[one.at, one.kind, one.district, one.detail, one.why, one.who] for one in entries]
    return Table(f"Exceptions, {round.title}", COLUMNS, rows, round.community.time_zone)


def districts_of(round: Round, reader: Any) -> list[District]:
    """The districts that were invited to the round or write a letter in it, by name; none of the reader's own."""
    invited = select(Invitation.district_id).where(Invitation.round_id == round.id)
    writing = select(Letter.district_id).where(Letter.round_id == round.id)
    chosen = select(District).where(District.id.in_(invited.union(writing)))
    chosen = chosen.where(District.id.not_in(conflicted_districts(reader.account_id, round.id)))
    return list(db.session.scalars(chosen.order_by(District.name, District.id)))


def _extensions(round: Round, own: Collection[int], zone: str) -> Iterator[Entry]:
    chosen = select(Extension, District, Account.name, Letter.id).join(Extension.district)
    chosen = chosen.outerjoin(Account, Account.id == Extension.granted_by_id)
    same = (Letter.round_id == Extension.round_id) & (Letter.district_id == Extension.district_id)
    chosen = chosen.outerjoin(Letter, same).where(Extension.round_id == round.id, District.id.not_in(own))
    for given, district, name, letter_id in db.session.execute(chosen.order_by(Extension.id)):
        detail = f"Until {until_text(given.until, zone)}"
        yield Entry(given.granted_at, "More time", district.label, detail, given.reason, _who(name), letter_id)


def _waivers(round: Round, own: Collection[int]) -> Iterator[Entry]:
    rules = {rule["id"]: rule["text"] for rule in _roster_rules(round)}
    for waiver, letter, district, name in _of_letters(RosterWaiver, RosterWaiver.waived_by_id, round, own):
        detail = rules.get(waiver.rule_code, waiver.rule_code)
        yield Entry(
            waiver.waived_at, "Rule of the team waived", district.label, detail, waiver.reason, _who(name), letter.id
        )


def _late(round: Round, own: Collection[int]) -> Iterator[Entry]:
    # Only the late ones are read: a submission holds the whole text of its letter.
    late = _of_letters(Submission, Submission.submitted_by_id, round, own, Submission.is_late)
    for sent, letter, district, name in late:
        minutes = -(-(sent.submitted_at - round.closes_at).total_seconds() // 60)
        detail = f"{sent.reference}, {plural(int(minutes), 'minute')} after closing"
        yield Entry(sent.submitted_at, "Late letter", district.label, detail, "", _who(name), letter.id)


def _returns(round: Round, own: Collection[int], zone: str) -> Iterator[Entry]:
    titles = {section.slug: section.title for section in round.sections}
    for made, letter, district, name in _of_letters(Return, Return.returned_by_id, round, own):
        sections = ", ".join(titles.get(slug, slug) for slug in made.sections)
        detail = f"{sections}, until {until_text(made.due_at, zone)}"
        yield Entry(
            made.returned_at, "Returned for changes", district.label, detail, made.message, _who(name), letter.id
        )


def _moved_returns(round: Round, own: Collection[int], zone: str) -> Iterator[Entry]:
    chosen = select(History, Letter.id, District).join(Letter, Letter.id == History.subject_id)
    chosen = chosen.join(District, District.id == Letter.district_id)
    chosen = chosen.where(History.subject_table == Letter.__tablename__, History.verb == "extend return")
    chosen = chosen.where(Letter.round_id == round.id, District.id.not_in(own))
    for row, letter_id, district in db.session.execute(chosen.order_by(History.id)):
        detail = f"Until {until_text(datetime.fromisoformat(row.data['until']), zone)}"
        yield Entry(row.at, "More time for changes", district.label, detail, row.note, _who(row.by_name), letter_id)


def _turned(round: Round, own: Collection[int]) -> Iterator[Entry]:
    chosen = select(History, Letter.id, District).join(Decision, Decision.id == History.subject_id)
    chosen = chosen.join(Letter, Letter.id == Decision.letter_id).join(District, District.id == Letter.district_id)
    chosen = chosen.where(History.subject_table == Decision.__tablename__, History.verb == "turn")
    chosen = chosen.where(Letter.round_id == round.id, District.id.not_in(own))
    for row, letter_id, district in db.session.execute(chosen.order_by(History.id)):
        detail = f"{OUTCOMES[row.data['before']]} → {OUTCOMES[row.data['outcome']].lower()}"
        yield Entry(row.at, "Decision changed", district.label, detail, row.note, _who(row.by_name), letter_id)


def _closing(round: Round) -> Iterator[Entry]:
    for row in _history(round, History.verb == "close early"):
        yield Entry(
            row.at, "Closed early", "", moment_text(row.at, round.community.time_zone), row.note, _who(row.by_name)
        )


def _places(round: Round) -> Iterator[Entry]:
    for row in _history(round, History.verb == "change places"):
        detail = "; ".join(_pairs(row.data.get("changes"))).capitalize()
        yield Entry(row.at, "Number of places changed", "", detail, row.note, _who(row.by_name))


def _changes(round: Round) -> Iterator[Entry]:
    chosen = _history(round, History.verb.not_in(PLANNED) & (History.at >= round.opens_at))
    for row in chosen if round.published_at is not None else ():
        detail = "; ".join(filter(None, (row.verb.capitalize(), row.note, *_pairs(row.data.get("changes")))))
        yield Entry(row.at, "Changed after opening", "", detail, "", _who(row.by_name))


def _of_letters(model: Any, by: Any, round: Round, own: Collection[int], *which: Any) -> Any:
    chosen: Select[Any] = (
        select(model, Letter, District, Account.name)
        .join(Letter, Letter.id == model.letter_id)
        .join(District, District.id == Letter.district_id)
        .outerjoin(Account, Account.id == by)
        .where(Letter.round_id == round.id, District.id.not_in(own), *which)
        .order_by(model.id)
    )
    return db.session.execute(chosen)


def _history(round: Round, which: Any) -> list[History]:
    about = select(History).where(History.subject_table == Round.__tablename__, History.subject_id == round.id, which)
    return list(db.session.scalars(about.order_by(History.at, History.id)))


def _roster_rules(round: Round) -> Iterator[dict[str, Any]]:
    for section in round.sections:
        for question in section.questions:
            yield from question.settings.get("rules", []) if question.kind == "roster" else []


def _pairs(changes: Any) -> Iterator[str]:
    if isinstance(changes, dict):
        for name, pair in changes.items():
            before, after = pair if isinstance(pair, list) and len(pair) == 2 else ("", pair)
            yield f"{NAMED.get(str(name), str(name)).replace('_', ' ')}: {_short(before)} → {_short(after)}"


def _short(value: Any) -> str:
    text = " ".join(str(value if value is not None else "").split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN].rstrip()} …"


def _who(name: str | None) -> str:
    return name or "the portal"
