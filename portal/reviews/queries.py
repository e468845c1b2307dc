"""Finding the letters that staff and reviewers read, and what was decided about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Row, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import contains_eager

from portal.accounts.models import Account
from portal.accounts.queries import has_permission
from portal.core.db import db, look_up
from portal.core.inventory import names_files
from portal.districts.models import District, DistrictFact
from portal.letters.models import Letter, LetterFile, Submission
from portal.letters.printing import PRINT_TRIES
from portal.letters.queries import TIMES
from portal.letters.rules import UNSENT
from portal.rounds.models import Round

from .conflict_queries import CONFLICTED, asked_in
from .models import Decision, LetterExport
from .reading_models import Assignment
from .rules import TABS

# As letters.queries.version_that_counts: a letter that its district is changing is read as it was sent last.
HAS_VERSION = (Letter.status != "withdrawn") & exists().where(Submission.letter_id == Letter.id).correlate(Letter)
# A reviewer knows only of what was given to them to read.
GIVEN = (
    exists()
    .where(Assignment.letter_id == Letter.id, Assignment.account_id == bindparam("reader_id"))
    .where(Assignment.ended_at.is_(None))
    .correlate(Letter)
)
READABLE = (
    Letter.round_id == bindparam("round_id"),
    Letter.district_id.not_in(CONFLICTED),
    or_(bindparam("sees_all", type_=Boolean), and_(GIVEN, HAS_VERSION)),
)
# Put together once, and columns only: composing these for every request and filling objects took half of the list.
BY_STATUS = select(Letter.status, func.count()).where(*READABLE).group_by(Letter.status)
FOUND = Letter.id.in_(bindparam("found", expanding=True))
LAST = select(func.max(Submission.number)).where(Submission.letter_id == Letter.id).correlate(Letter).scalar_subquery()
STUDENTS = (
    select(DistrictFact.value)
    .where(DistrictFact.district_id == District.id, DistrictFact.name == "students")
    .order_by(DistrictFact.year.desc(), DistrictFact.id.desc())
    .limit(1)
    .correlate(District)
    .scalar_subquery()
)
ROWS = (
    select(
        Letter.id, Letter.status, func.coalesce(func.nullif(District.short_name, ""), District.name).label("district"),
        District.kind, District.grades, STUDENTS.label("students"),
        Submission.reference, Submission.submitted_at, Submission.is_late,
        Decision.outcome, Decision.status.label("decision"),
    )
    .join(District, District.id == Letter.district_id)
    .outerjoin(Submission, and_(Submission.letter_id == Letter.id, Submission.number == LAST))
    .outerjoin(Decision, Decision.letter_id == Letter.id)
    .where(*READABLE, Letter.status.in_(bindparam("statuses", expanding=True)))
    # Where names are hidden, the order must not tell what they do not.
    .order_by(case((bindparam("is_blind", type_=Boolean), ""), else_=District.name), Letter.id)
    .limit(bindparam("size"))
    .offset(bindparam("skipped"))
)  # fmt: skip
BY_STATUS_FOUND, ROWS_FOUND = BY_STATUS.where(FOUND), ROWS.where(FOUND)


@dataclass(frozen=True)
class Asker:
    """Whoever is read for by the worker: with the rights they have now, not when something was asked."""

    account_id: int

    def has_permission(self, community_id: int, *kinds: str) -> bool:
        """Whether this person has one of `kinds` in the community."""
        return any(has_permission(self.account_id, community_id, kind) for kind in kinds)


def is_staff(reader: Any, community_id: int) -> bool:
    """Whether this reader runs the community, and not only reviews: staff see drafts in the list, and decisions."""
    return bool(reader.has_permission(community_id, "staff", "admin"))


def asked_of(reader: Any, round: Round) -> dict[str, Any]:
    """What READABLE has to be told: which round, and who asks."""
    sees_all = is_staff(reader, round.community_id)
    return {**asked_in(round.id), "reader_id": reader.account_id, "sees_all": sees_all}


def readable_letters(reader: Any, round: Round) -> Select[Letter]:
    """The letters of the round that this reader may know of, by the district's name.

    Staff see drafts too (as rows, never their text), reviewers what was sent, not withdrawn, and given to them. Nobody
    sees a district that they have a conflict with.
    """
    chosen = select(Letter).join(Letter.district).options(contains_eager(Letter.district)).where(*READABLE)
    return chosen.order_by(District.name, Letter.id).params(asked_of(reader, round))


def readable_ids(reader: Any, round: Round) -> Select[int]:
    """The numbers of the letters that this reader may know of, to choose by: in no order."""
    letters = readable_letters(reader, round)
    return letters.with_only_columns(Letter.id, maintain_column_froms=True).order_by(None)


def find_readable(reader: Any, community_id: int, letter_id: int) -> Letter | None:
    """The letter of this number if the reader may know of it."""
    # Through the same select as the list: what a reader cannot see there has no page either.
    letter = db.session.get(Letter, letter_id)
    if letter is None or letter.community_id != community_id:
        return None
    return db.session.scalar(readable_letters(reader, letter.round).where(Letter.id == letter_id))


def load_times(letter_ids: Iterable[int]) -> dict[int, Letter]:
    """Read, for all of these letters at once, what tells whether they are still open; gives them by their number."""
    numbers = list(letter_ids)
    if not numbers:
        return {}
    chosen = select(Letter).options(*TIMES).where(Letter.id.in_(numbers)).order_by(Letter.id)
    return {letter.id: letter for letter in db.session.scalars(chosen).unique()}


def counts_by_status(reader: Any, round: Round, found: Sequence[int] | None = None) -> dict[str, int]:
    """How many letters of each status this reader may know of; of those `found` where something was looked for."""
    asked = asked_of(reader, round)
    return dict(look_up(BY_STATUS, asked) if found is None else look_up(BY_STATUS_FOUND, {**asked, "found": found}))


def letter_rows(
    reader: Any, round: Round, tab: str, found: Sequence[int] | None, size: int, skipped: int
) -> Sequence[Row[Any]]:
    """The letters behind a tab that this reader may know of, by the district's name (without names by their number):
    `size` rows after `skipped`, each with what was sent last and what was decided; of those `found` where something
    was looked for.
    """
    asked = {**asked_of(reader, round), "statuses": TABS[tab], "size": size, "skipped": skipped}
    asked["is_blind"] = round.is_blind and not asked["sees_all"]
    return look_up(ROWS, asked) if found is None else look_up(ROWS_FOUND, {**asked, "found": found})


def decision_of(letter: Letter) -> Decision | None:
    """What was decided about the letter, prepared or released."""
    return db.session.scalar(select(Decision).where(Decision.letter_id == letter.id))


def decisions_of(letter_ids: Iterable[int]) -> dict[int, Decision]:
    """What was decided about each of these letters, by letter."""
    chosen = select(Decision).where(Decision.letter_id.in_(list(letter_ids))).order_by(Decision.id)
    return {decision.letter_id: decision for decision in db.session.scalars(chosen)}


def decider_of(decision: Decision | None) -> str:
    """The name of who released the decision, else of who prepared it."""
    if decision is None:
        return ""
    # The sender, once there is one: the decision is theirs then, whoever prepared it.
    account_id = decision.released_by_id or decision.prepared_by_id
    return db.session.scalar(select(Account.name).where(Account.id == account_id)) or "the portal"


def last_in_line(round: Round) -> int:
    """The last place on the round's waitlist, 0 while nobody is on it. Read under the round's lock."""
    chosen = select(func.max(Decision.waitlist_position)).join(Decision.letter).where(Letter.round_id == round.id)
    return db.session.scalar(chosen) or 0


def exported_letters(
    reader: Any, round: Round, tab: str, *, with_drafts: bool = False, found: Sequence[int] | None = None
) -> list[Letter]:
    """Every letter behind a tab of the list that this member of staff may know of; not sent ones on request only, and
    of those `found` where something was looked for."""
    if not is_staff(reader, round.community_id):
        return []
    chosen = readable_letters(reader, round).where(Letter.status.in_(TABS.get(tab, TABS[""])))
    chosen = chosen if with_drafts else chosen.where(HAS_VERSION)
    letters = list(db.session.scalars(chosen if found is None else chosen.where(Letter.id.in_(found))))
    load_times(letter.id for letter in letters if letter.status in UNSENT)
    return letters


def last_submissions(letter_ids: Iterable[int]) -> dict[int, Submission]:
    """The last submission of each of these letters, by letter, with its whole text."""
    numbers = list(letter_ids)
    last = select(Submission.letter_id, func.max(Submission.number).label("number"))
    newest = last.where(Submission.letter_id.in_(numbers)).group_by(Submission.letter_id).subquery()
    fits = (Submission.letter_id == newest.c.letter_id) & (Submission.number == newest.c.number)
    rows = db.session.scalars(select(Submission).join(newest, fits).order_by(Submission.id))
    return {submission.letter_id: submission for submission in rows}


def unprinted(letter_ids: Sequence[int]) -> int:
    """How many of these letters still wait for the PDF of their last submission; those given up are not waited for."""
    last = select(func.max(Submission.id)).where(Submission.letter_id.in_(letter_ids)).group_by(Submission.letter_id)
    waiting = select(func.count()).where(Submission.id.in_(last), Submission.pdf_key == "")
    return db.session.scalar(waiting.where(Submission.pdf_tries < PRINT_TRIES)) or 0


def files_in(submission: Submission) -> list[LetterFile]:
    """The files that stood in the letter when it was sent, in the order of its questions."""
    questions = [one for section in submission.content["sections"] for one in section["questions"]]
    numbers = [one["value"]["file"] for one in questions if one["kind"] == "file" and one["value"]]
    chosen = select(LetterFile).where(LetterFile.letter_id == submission.letter_id, LetterFile.id.in_(numbers))
    return sorted(db.session.scalars(chosen.order_by(LetterFile.id)), key=lambda file: numbers.index(file.id))


def export_under_way(round: Round, state: str, account_id: int) -> LetterExport | None:
    """The same download, asked for by the same person and not ready yet."""
    mine = select(LetterExport).where(LetterExport.round_id == round.id, LetterExport.asked_by_id == account_id)
    waiting = mine.where(LetterExport.ready_at.is_(None), LetterExport.failed_at.is_(None), LetterExport.state == state)
    return db.session.scalar(waiting.order_by(LetterExport.id).limit(1))


def exports_of(round: Round, account_id: int) -> list[LetterExport]:
    """The downloads that this person asked for, the newest first, without those that were taken away."""
    mine = select(LetterExport).where(LetterExport.round_id == round.id, LetterExport.asked_by_id == account_id)
    return list(db.session.scalars(mine.where(LetterExport.forgotten_at.is_(None)).order_by(LetterExport.id.desc())))


def unreadable_exports(reader: Any, round: Round, exports: Iterable[LetterExport]) -> set[int]:
    """The numbers of the downloads that hold a letter of which this person must know nothing by now."""
    known = set(db.session.scalars(readable_ids(reader, round)))
    ready = [one for one in exports if one.done]
    return {one.id for one in ready if not one.letters or not known.issuperset(one.letters)}


def find_export(community_id: int, account_id: int, export_id: int) -> LetterExport | None:
    """The download of this number if this person asked for it."""
    mine = select(LetterExport).where(LetterExport.id == export_id, LetterExport.asked_by_id == account_id)
    return db.session.scalar(mine.where(LetterExport.community_id == community_id))


def waiting_exports() -> list[int]:
    """The numbers of downloads that are to be made, the oldest first."""
    waiting = select(LetterExport.id).where(LetterExport.ready_at.is_(None), LetterExport.failed_at.is_(None))
    return list(db.session.scalars(waiting.order_by(LetterExport.id)))


@names_files
def keys_of_exports() -> list[str]:
    """The keys of all downloads that are kept."""
    return list(db.session.scalars(select(LetterExport.key).where(LetterExport.key != "")))


def exports_ready_before(moment: datetime) -> list[LetterExport]:
    """The downloads that lay ready already at `moment` and still do."""
    old = select(LetterExport).where(LetterExport.ready_at < moment, LetterExport.forgotten_at.is_(None))
    return list(db.session.scalars(old.order_by(LetterExport.id)))
