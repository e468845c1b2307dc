"""Queries for what staff see of a round's invitations: where each stands, what happened to it, whom to remind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from portal.accounts.models import Account
from portal.communities.queries import today_in
from portal.core import clock
from portal.core.db import db
from portal.core.history import History
from portal.districts.models import Affiliation, District
from portal.districts.queries import covers
from portal.rounds.inviting import Contact
from portal.rounds.inviting_rules import UNANSWERED, Step, may, step_of, why_left_out
from portal.rounds.models import AskedQuestion, Invitation, Round
from portal.rounds.queries import invitations_of
from portal.rounds.rules import state_of

from .models import Letter
from .queries import SIGNERS

IS_WRITING = (
    select(Letter.id)
    .where(Letter.round_id == Invitation.round_id, Letter.district_id == Invitation.district_id)
    .correlate(Invitation)
    .exists()
)
_REACHED = func.coalesce(
    case((Invitation.passed_on_at > Invitation.sent_at, Invitation.passed_on_at)), Invitation.sent_at
)
HAS_ASKED = (
    select(AskedQuestion.id)
    .where(AskedQuestion.invitation_id == Invitation.id, AskedQuestion.asked_at >= _REACHED)
    .correlate(Invitation)
    .exists()
)
# The same answer as rounds.rules.state_of, for counting and narrowing in the database; a test holds both together.
STATE: ColumnElement[str] = case(
    (Invitation.answer != "", Invitation.answer),
    (IS_WRITING, "interested"),
    (Invitation.sent_at.is_(None), "prepared"),
    (Invitation.bounced_at.is_not(None), "bounced"),
    (HAS_ASKED, "asked"),
    (Invitation.passed_on_at.is_not(None), "passed_on"),
    (Invitation.opened_at.is_not(None), "opened"),
    else_="sent",
)
# key in the URL: words of the tab, and the states it shows
SHOWN: dict[str, tuple[str, tuple[str, ...]]] = {
    "prepared": ("Not sent", ("prepared",)),
    "silent": ("No answer yet", UNANSWERED),
    "sent": ("Not opened", ("sent",)),
    "opened": ("Opened", ("opened",)),
    "asked": ("Asked", ("asked",)),
    "passed-on": ("Passed on", ("passed_on",)),
    "bounced": ("Came back", ("bounced",)),
    "interested": ("Interested", ("interested",)),
    "not-this-year": ("Not this year", ("not_this_year",)),
}
URGENT = case((STATE == "bounced", 0), (STATE == "asked", 1), (STATE == "sent", 2), else_=3)


@dataclass(frozen=True)
class Row:
    """An invitation as a list shows it: where it stands, and the district's letter."""

    invitation: Invitation
    state: str
    letter: Letter | None


@dataclass(frozen=True)
class Card(Row):
    """The same with all that happened: rows of history and questions, oldest first; `waits`: a question is open."""

    history: Sequence[History]
    asked: Sequence[AskedQuestion]

    @property
    def waits(self) -> bool:
        return waits(self.asked)

    @property
    def steps(self) -> list[Step]:
        asked = [Step(one.asked_at, "Asked", one.text, one.name) for one in self.asked]
        told = [step for row in self.history if (step := step_of(row)) is not None]
        return sorted([*told, *asked], key=lambda step: step.at)

    def may(self, verb: str) -> bool:
        """Whether staff may do `verb` to the invitation as it stands."""
        return may(verb, self.state)


@dataclass(frozen=True)
class Leaving:
    """How far the letters of a round are: mails that left, wait or came back, of all that were owed."""

    left: int = 0
    waiting: int = 0
    bounced: int = 0

    @property
    def all(self) -> int:
        return self.left + self.waiting + self.bounced


def invitations_shown(round: Round, shown: str) -> Select[Invitation]:
    """The round's invitations by the district's name: all, or those that `shown` (a key of SHOWN) narrows to."""
    chosen = invitations_of(round).join(Invitation.district).order_by(None).order_by(District.name, Invitation.id)
    return chosen.where(STATE.in_(SHOWN[shown][1])) if shown in SHOWN else chosen


def unanswered(round: Round) -> Select[Invitation]:
    """Who was written to and has not answered: first those whose mail came back, then who asked, who never opened."""
    chosen = invitations_of(round).join(Invitation.district).where(STATE.in_(UNANSWERED)).order_by(None)
    return chosen.order_by(URGENT, District.name, Invitation.id)


def counts_by_state(round: Round) -> dict[str, int]:
    """How many invitations of the round are in each state."""
    there = and_(Invitation.round_id == round.id, Invitation.withdrawn_at.is_(None))
    states = select(STATE.label("state")).where(there).subquery()
    counted = select(states.c.state, func.count()).group_by(states.c.state)
    return {row[0]: row[1] for row in db.session.execute(counted)}


def find_invited(community_id: int, invitation_id: int) -> Invitation | None:
    """The invitation of this number in the community, with its round and district; one that was withdrawn is none."""
    chosen = select(Invitation).options(joinedload(Invitation.round), joinedload(Invitation.district))
    chosen = chosen.where(Invitation.id == invitation_id, Invitation.community_id == community_id)
    return db.session.scalar(chosen.where(Invitation.withdrawn_at.is_(None)))


def chosen_of(round: Round, numbers: Iterable[str]) -> list[Invitation]:
    """Those of the round's invitations whose numbers were chosen, by the district's name. Others are left out."""
    wanted = {int(one) for one in numbers if one.isascii() and one.isdigit() and len(one) < 19}
    return list(db.session.scalars(invitations_shown(round, "").where(Invitation.id.in_(wanted))))


def waiting_to_leave(round: Round, numbers: Sequence[str] = ()) -> list[Invitation]:
    """The prepared invitations of the round, or those of them whose numbers were chosen, by the district's name."""
    waiting = db.session.scalars(invitations_shown(round, "prepared")).all()
    return [one for one in waiting if not numbers or str(one.id) in numbers]


def rows_of(round: Round, invitations: Sequence[Invitation]) -> list[Row]:
    """These invitations as a list shows them; two queries, however many there are."""
    letters, asked = _letters(round, invitations), _asked(invitations)
    return [Row(one, _state(one, letters, asked), letters.get(one.district_id)) for one in invitations]


def cards_of(round: Round, invitations: Sequence[Invitation]) -> list[Card]:
    """These invitations with all that happened to them; three queries, however many there are."""
    letters, asked, history = _letters(round, invitations), _asked(invitations), _history(invitations)
    return [
        Card(
            one, _state(one, letters, asked), letters.get(one.district_id), history.get(one.id, []),
            asked.get(one.id, []),
        )
        for one in invitations
    ]  # fmt: skip


def reminding(round: Round) -> tuple[list[Invitation], dict[str, int]]:
    """Who would get a reminder now, by the district's name; and why how many others would not, by a key of LEFT_OUT."""
    invitations, now = list(db.session.scalars(invitations_shown(round, "silent"))), clock.now()
    asked = _asked(invitations)
    why = {one.id: why_left_out(one, now, waits_for_us=waits(asked.get(one.id, []))) for one in invitations}
    left_out: dict[str, int] = {}
    for reason in filter(None, why.values()):
        left_out[reason] = left_out.get(reason, 0) + 1
    return [one for one in invitations if not why[one.id]], left_out


def waiting_for_us(invitations: Sequence[Invitation]) -> set[int]:
    """The numbers of those who wait for us: an open question, or a letter that was begun meanwhile."""
    asked = _asked(invitations)
    begun = select(Invitation.id).where(Invitation.id.in_([one.id for one in invitations]), IS_WRITING)
    return {number for number, rows in asked.items() if waits(rows)} | set(db.session.scalars(begun))


def waits(asked: Sequence[AskedQuestion]) -> bool:
    """Whether one of these questions has no answer yet."""
    return any(one.answered_at is None for one in asked)


def leaving(round: Round) -> Leaving:
    """What became of the latest mail of each invitation: letter, reminder, or letter to a new contact."""
    is_back, has_left = Invitation.bounced_at.is_not(None), Invitation.mailed_at.is_not(None)
    counted = select(
        func.count().filter(has_left, ~is_back).label("left"),
        func.count().filter(~has_left, ~is_back).label("waiting"),
        func.count().filter(is_back).label("bounced"),
    ).where(_is_owed(round))
    return Leaving(**db.session.execute(counted).one()._asdict())


def not_left(round: Round) -> Select[Invitation]:
    """The letters that wait to leave, and those that came back, by the district's name."""
    chosen = invitations_shown(round, "").where(_is_owed(round))
    return chosen.where(or_(Invitation.mailed_at.is_(None), Invitation.bounced_at.is_not(None)))


def known_contacts(community_id: int, districts: Sequence[int]) -> dict[int, Contact]:
    """Whom the community wrote to last in each of these districts, else who is superintendent there."""
    known: dict[int, Contact] = {}
    jobs = (
        select(Affiliation.district_id, Account.name, Account.email)
        .join(Affiliation.account)
        .where(Affiliation.community_id == community_id, Affiliation.district_id.in_(districts))
        .where(Affiliation.role.in_(SIGNERS), covers(Affiliation, today_in(community_id)))
        .where(Account.disabled_at.is_(None))
    )
    letters = select(Invitation.district_id, Invitation.to_name, Invitation.to_email).where(
        Invitation.community_id == community_id, Invitation.district_id.in_(districts), Invitation.bounced_at.is_(None)
    )
    # Later ones win: a letter beats a job, and the latest letter an earlier one.
    for chosen in (jobs.order_by(Affiliation.id.desc()), letters.order_by(Invitation.prepared_at, Invitation.id)):
        known |= {row[0]: Contact(row[1].partition(",")[0], row[2]) for row in db.session.execute(chosen)}
    return known


def _is_owed(round: Round) -> ColumnElement[bool]:
    return and_(
        Invitation.round_id == round.id, Invitation.withdrawn_at.is_(None), Invitation.sent_at.is_not(None),
        or_(Invitation.mails > 0, Invitation.mailed_at.is_not(None), Invitation.bounced_at.is_not(None)),
    )  # fmt: skip


def _state(one: Invitation, letters: dict[int, Letter], asked: dict[int, list[AskedQuestion]]) -> str:
    last = max((question.asked_at for question in asked.get(one.id, [])), default=None)
    return state_of(one, asked_at=last, is_writing=one.district_id in letters)


def _letters(round: Round, invitations: Sequence[Invitation]) -> dict[int, Letter]:
    districts = [one.district_id for one in invitations]
    chosen = select(Letter).where(Letter.round_id == round.id, Letter.district_id.in_(districts)).order_by(Letter.id)
    return {letter.district_id: letter for letter in db.session.scalars(chosen)}


def _asked(invitations: Sequence[Invitation]) -> dict[int, list[AskedQuestion]]:
    chosen = select(AskedQuestion).where(AskedQuestion.invitation_id.in_([one.id for one in invitations]))
    found: dict[int, list[AskedQuestion]] = {}
    for question in db.session.scalars(chosen.order_by(AskedQuestion.asked_at, AskedQuestion.id)):
        found.setdefault(question.invitation_id or 0, []).append(question)
    return found


def _history(invitations: Sequence[Invitation]) -> dict[int, list[History]]:
    chosen = select(History).where(History.subject_table == Invitation.__tablename__)
    chosen = chosen.where(History.subject_id.in_([one.id for one in invitations])).order_by(History.at, History.id)
    found: dict[int, list[History]] = {}
    for row in db.session.scalars(chosen):
        found.setdefault(row.subject_id, []).append(row)
    return found
