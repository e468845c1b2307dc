"""Finding letters: always through the person, so that a stranger's number leads nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, undefer
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.interfaces import ORMOption

from portal.accounts.models import Account
from portal.accounts.queries import has_permission
from portal.communities.models import Role
from portal.core import tokens
from portal.core.db import db
from portal.core.history import Doer
from portal.districts.actors import Person
from portal.districts.models import DistrictPermission
from portal.districts.queries import affiliations_of, leads_of
from portal.rounds.models import Question, Round, Section

from .models import Answer, AnswerRevision, Editor, Endorsement, Letter, RosterRow, Submission

PURPOSE = "endorsement"
SIGNERS = ("superintendent", "head-of-school")  # roles whose people may sign for their district
_QUESTIONS = joinedload(Letter.round, innerjoin=True).selectinload(Round.sections).joinedload(Section.questions)
_ROUND = joinedload(Letter.round, innerjoin=True).defer(Round.letter_text)
# What one section's page reads.
SECTION = (
    _ROUND, _QUESTIONS, joinedload(Letter.answers), joinedload(Letter.waivers), undefer(Letter.earlier_id)
)  # fmt: skip
TIMES = (joinedload(Letter.returns), joinedload(Letter.extensions))
SIGNED = (joinedload(Letter.endorsements),)
WHOLE = (*SECTION, *TIMES, *SIGNED, undefer(Letter.sent_number))  # the roster: see role_words
ANSWER = (_ROUND,)  # what saving one answer reads
SAVED = (_ROUND, joinedload(Letter.answers))  # what the state of one answer reads
TEAM = (_ROUND, joinedload(Letter.answers), joinedload(Letter.waivers))  # the same of one line of the roster
DECIDING = (*SAVED, _QUESTIONS)  # the same where other questions wait for the answer


@dataclass(frozen=True)
class Stored:
    """What is stored under a question of a letter: its answer and the newest row of its earlier texts, if any."""

    question: Question
    answer: Answer | None
    revision: AnswerRevision | None


def letters_of(person: Person, community_id: int) -> Select[Letter]:
    """The letters that this person writes, the newest first, each with its round and district: those of districts
    they lead, and those in which they were asked to write."""
    edited = select(Editor.letter_id).where(Editor.account_id == person.account_id, Editor.removed_at.is_(None))
    return (
        select(Letter)
        .options(joinedload(Letter.round, innerjoin=True), joinedload(Letter.district, innerjoin=True))
        .where(Letter.community_id == community_id)
        .where(or_(Letter.district_id.in_(person.led_districts(community_id)), Letter.id.in_(edited)))
        .order_by(Letter.started_at.desc(), Letter.id.desc())
    )


def find_letter(person: Person, community_id: int, letter_id: int, *load: ORMOption) -> Letter | None:
    """The letter of this number if the person writes it; `load` names what the page will read of it."""
    chosen = letters_of(person, community_id).where(Letter.id == letter_id).options(*load)
    return db.session.scalars(chosen).unique().one_or_none()


def letter_of(round_id: int, district_id: int) -> Letter | None:
    """The district's letter in the round, if it was started."""
    return db.session.scalar(select(Letter).where(Letter.round_id == round_id, Letter.district_id == district_id))


def letter_counts(round: Round) -> dict[str, int]:
    """How many letters of the round have each status."""
    chosen = select(Letter.status, func.count()).where(Letter.round_id == round.id).group_by(Letter.status)
    return {row[0]: row[1] for row in db.session.execute(chosen)}


def stored_under(letter: Letter, question_ids: Sequence[int]) -> dict[int, Stored]:
    """What is stored under these questions of the letter's round, by question, with section and round."""
    if not question_ids:
        return {}
    is_answer = and_(Answer.question_id == Question.id, Answer.letter_id == letter.id)
    # Each save either adds a row of earlier texts or moves the newest one on: its version is always the answer's.
    is_newest = and_(AnswerRevision.answer_id == Answer.id, AnswerRevision.version == Answer.version)
    whole = joinedload(Question.section, innerjoin=True).joinedload(Section.round, innerjoin=True)
    chosen = select(Question, Answer, AnswerRevision).options(whole.defer(Round.letter_text))
    chosen = chosen.outerjoin(Answer, is_answer).outerjoin(AnswerRevision, is_newest)
    chosen = chosen.where(Question.id.in_(question_ids), Question.round_id == letter.round_id).order_by(Question.id)
    rows = db.session.execute(chosen.execution_options(populate_existing=True))
    return {row[0].id: Stored(*row) for row in rows}


def find_question(
    person: Person, community_id: int, letter_id: int, question_id: int, *load: ORMOption
) -> tuple[Letter, Question] | None:
    """The letter of this number if the person writes it, and the question of that number in its round, with its
    section, if it is answered by typing."""
    chosen = letters_of(person, community_id).where(Letter.id == letter_id).options(*load)
    chosen = chosen.options(joinedload(Question.section, innerjoin=True)).add_columns(Question)
    chosen = chosen.join(Question, Question.round_id == Letter.round_id)
    chosen = chosen.where(Question.id == question_id, Question.kind != "endorsement")
    row: Any = db.session.execute(chosen).unique().one_or_none()
    return (row[0], row[1]) if row else None


def role_words(letter: Letter) -> dict[str, str]:
    """The roster read anew together with the names of its roles, which are given by slug."""
    is_role = and_(Role.slug == RosterRow.role, Role.community_id == letter.community_id)
    chosen = select(RosterRow, Role.label).outerjoin(Role, is_role).where(RosterRow.letter_id == letter.id)
    rows = db.session.execute(chosen.order_by(RosterRow.position, RosterRow.id)).all()
    # Put where the relation would have read them, as if it had: reading roster and names apart would take two queries
    # on every page.
    set_committed_value(letter, "roster", [row[0] for row in rows])
    return {row[0].role: row[1] or row[0].role for row in rows if row[0].role}


def roles_for(by: Doer | None, letter: Letter) -> set[str]:
    """In which roles `by` meets the letter: lead, editor, superintendent, staff. None is the portal itself."""
    if by is None:
        return {"portal"}
    # The person at the door has brought their rights along; whoever else acts (the worker, the demo) is looked up.
    roles = _roles_in_memory(by, letter) if isinstance(by, Person) else _roles_in_tables(by, letter)
    return roles if "lead" in roles or not is_editor(by, letter) else roles | {"editor"}


def is_staff_member(by: Doer, community_id: int) -> bool:
    """Whether `by` runs the community."""
    return any(has_permission(by.account_id or 0, community_id, kind) for kind in ("staff", "admin"))


def is_editor(by: Doer, letter: Letter) -> bool:
    """Whether this person was asked to write in the letter and joined."""
    return by.account_id is not None and any(
        one.account_id == by.account_id and one.removed_at is None for one in letter.editors
    )


def writers_of(letter: Letter) -> list[Account]:
    """Everyone who writes the letter: the district's leads, then co-editors who joined; closed accounts left out."""
    leads = leads_of(letter.community_id, letter.district_id)
    joined = [one.account_id for one in letter.editors if one.removed_at is None and one.account_id]
    others = [number for number in joined if number not in {lead.id for lead in leads}]
    if not others:
        return leads
    chosen = select(Account).where(Account.id.in_(others), Account.disabled_at.is_(None)).order_by(Account.id)
    return [*leads, *db.session.scalars(chosen)]


def find_endorsement(token: str) -> Endorsement | None:
    """The request to sign that a private link leads to."""
    return tokens.find(Endorsement, PURPOSE, token)


def last_submission(letter: Letter) -> Submission | None:
    """The letter as it was sent last."""
    chosen = select(Submission).where(Submission.letter_id == letter.id).order_by(Submission.number.desc())
    return db.session.scalar(chosen.limit(1))


def last_number(letter: Letter) -> int:
    """The number of the version that was sent last; 0 before the first."""
    return db.session.scalar(select(func.max(Submission.number)).where(Submission.letter_id == letter.id)) or 0


def submission_in_force(letter: Letter) -> Submission | None:
    """The version that is with the readers and can be decided: none while the district changes the letter."""
    return last_submission(letter) if letter.status == "submitted" else None


def version_that_counts(letter: Letter) -> Submission | None:
    """The last complete version, also while the district changes the letter; none once it withdrew it."""
    return last_submission(letter) if letter.status != "withdrawn" else None


def answer_to(letter: Letter, question_id: int) -> Answer | None:
    """The stored answer to one question."""
    chosen = select(Answer).where(Answer.letter_id == letter.id, Answer.question_id == question_id)
    return db.session.scalar(chosen)


def name_of(account_id: int | None) -> str:
    """Who it was, in words for the people of the district."""
    return db.session.scalar(select(Account.name).where(Account.id == account_id)) or "Somebody"


def _roles_in_memory(by: Person, letter: Letter) -> set[str]:
    here: dict[str, Any] = {
        "lead": letter.district_id in by.led_districts(letter.community_id),
        "superintendent": bool(by.jobs & {(letter.community_id, letter.district_id, role) for role in SIGNERS}),
        "staff": by.has_permission(letter.community_id, "staff", "admin"),
    }
    return {role for role, is_so in here.items() if is_so}


def _roles_in_tables(by: Doer, letter: Letter) -> set[str]:
    leads = select(DistrictPermission.id).filter_by(
        account_id=by.account_id, community_id=letter.community_id, district_id=letter.district_id
    )
    roles = {"lead"} if db.session.scalar(leads.limit(1)) else set()
    jobs = affiliations_of(by.account_id or 0, letter.community_id)
    if any(job.district_id == letter.district_id and job.role in SIGNERS for job in jobs):
        roles.add("superintendent")
    return roles | ({"staff"} if is_staff_member(by, letter.community_id) else set())
