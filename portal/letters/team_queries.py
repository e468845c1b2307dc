"""Finding who writes in a letter, how its sections are planned, what the team says, and who was seen where."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from portal.accounts.models import Account
from portal.communities.models import Role
from portal.core import tokens
from portal.core.db import db, look_up
from portal.districts.models import DistrictPermission
from portal.districts.queries import leads_of
from portal.rounds.models import Question, Round, Section

from .models import Comment, Editor, Letter, Presence, RosterRow, SectionTask
from .queries import letter_of

PURPOSE = "editor"
EDITED = (
    select(Editor.letter_id)
    .where(Editor.account_id == bindparam("account_id"), Editor.removed_at.is_(None))
    .order_by(Editor.letter_id)
)
WHOLE = (
    select(Letter)
    .options(joinedload(Letter.district), joinedload(Letter.round).joinedload(Round.community))
    .where(Letter.id.in_(bindparam("numbers", expanding=True)))
    .order_by(Letter.started_at.desc(), Letter.id.desc())
)


def find_editor(token: str) -> Editor | None:
    """The co-editor whom a private link was mailed to."""
    return tokens.find(Editor, PURPOSE, token)


def find_editor_of(letter: Letter, editor_id: int) -> Editor | None:
    """The co-editor of this number in the letter, on the team or taken off."""
    return db.session.scalar(select(Editor).where(Editor.id == editor_id, Editor.letter_id == letter.id))


def writing_addresses(round_id: int, community_id: int, district_id: int) -> set[str]:
    """The addresses of everyone who writes for the district in the round: who acts for it, and co-editors, joined or
    only invited. What is counted against the round's limit."""
    addresses = {lead.email for lead in leads_of(community_id, district_id)}
    letter = letter_of(round_id, district_id)
    if letter is None:
        return addresses
    live = select(Editor.email).where(Editor.letter_id == letter.id, Editor.removed_at.is_(None))
    return addresses | set(db.session.scalars(live))


def planned_sections(letter: Letter) -> dict[int, Any]:
    """Each section with its plan, by its number and in order: its task (or None), the names of owner and of who called
    it done, how many comments the team wrote about it, and whether it is the one in which the letter is signed."""
    owner, doer = aliased(Account), aliased(Account)
    written = select(func.count()).where(
        Comment.letter_id == letter.id, Comment.section_id == Section.id, Comment.removed_at.is_(None)
    )
    signing = select(Question.id).where(Question.section_id == Section.id, Question.kind == "endorsement")
    chosen = (
        select(Section, SectionTask, owner.name.label("owner"), doer.name.label("doer"),
               written.scalar_subquery().label("comments"), signing.exists().label("is_signing"))
        .outerjoin(SectionTask, and_(SectionTask.section_id == Section.id, SectionTask.letter_id == letter.id))
        .outerjoin(owner, owner.id == SectionTask.owner_id)
        .outerjoin(doer, doer.id == SectionTask.done_by_id)
        .where(Section.round_id == letter.round_id)
        .order_by(Section.position, Section.id)
    )  # fmt: skip
    return {row.Section.id: row for row in db.session.execute(chosen)}


def talk_of(letter: Letter, section: Section, saver_id: int | None) -> list[Any]:
    """One row for each comment on the section (one row when there is none): the comment with its writer's name, the
    section's task with its names, and the name of `saver_id`. All in one round trip, for every page of a section."""
    owner, doer, writer, saver = (aliased(Account) for _ in range(4))
    chosen = (
        select(Comment, writer.name.label("writer"), SectionTask, owner.name.label("owner"), doer.name.label("doer"),
               select(saver.name).where(saver.id == saver_id).scalar_subquery().label("saver"))
        .select_from(Section)
        .outerjoin(Comment, and_(Comment.section_id == Section.id, Comment.letter_id == letter.id,
                                 Comment.removed_at.is_(None)))
        .outerjoin(writer, writer.id == Comment.account_id)
        .outerjoin(SectionTask, and_(SectionTask.section_id == Section.id, SectionTask.letter_id == letter.id))
        .outerjoin(owner, owner.id == SectionTask.owner_id)
        .outerjoin(doer, doer.id == SectionTask.done_by_id)
        .where(Section.id == section.id)
        .order_by(Comment.id)
    )  # fmt: skip
    return list(db.session.execute(chosen))


def roles_with_team(letter: Letter) -> dict[str, str]:
    """The labels of the district's roles by slug, in their order; the roster is read in the same round trip."""
    first = select(func.min(Role.id)).where(Role.community_id == letter.community_id, Role.place == "district")
    chosen = (
        select(Role, RosterRow)
        .outerjoin(RosterRow, and_(RosterRow.letter_id == letter.id, Role.id == first.scalar_subquery()))
        .where(Role.community_id == letter.community_id, Role.place == "district")
    )
    rows = db.session.execute(chosen.order_by(Role.position, Role.id, RosterRow.position, RosterRow.id)).all()
    # As role_words does: the whole roster hangs on the first role, so that it does not take a query of its own.
    if rows:
        set_committed_value(letter, "roster", [row[1] for row in rows if row[1] is not None])
    return {row[0].slug: row[0].label for row in rows}


def find_section(letter: Letter, slug: str) -> Section | None:
    """The section of this name in the letter's round, without its questions."""
    return db.session.scalar(select(Section).where(Section.round_id == letter.round_id, Section.slug == slug))


def task_of(letter: Letter, section: Section) -> SectionTask | None:
    """How the section is planned, if anybody did."""
    chosen = select(SectionTask).where(SectionTask.letter_id == letter.id, SectionTask.section_id == section.id)
    return db.session.scalar(chosen)


def comments_on(letter: Letter, section: Section) -> list[Any]:
    """The team's comments on the section with the names of who wrote them, the oldest first."""
    chosen = select(Comment, Account.name.label("writer")).outerjoin(Account, Account.id == Comment.account_id)
    chosen = chosen.where(Comment.letter_id == letter.id, Comment.section_id == section.id)
    return list(db.session.execute(chosen.where(Comment.removed_at.is_(None)).order_by(Comment.id)))


def find_comment(letter: Letter, comment_id: int) -> Comment | None:
    """The comment of this number in the letter."""
    return db.session.scalar(select(Comment).where(Comment.id == comment_id, Comment.letter_id == letter.id))


def seen_in(letter: Letter) -> list[Any]:
    """Where each of those who write now was seen last, with their names, the latest first."""
    leads = select(DistrictPermission.account_id).where(
        DistrictPermission.community_id == letter.community_id, DistrictPermission.district_id == letter.district_id
    )
    edits = select(Editor.account_id).where(Editor.letter_id == letter.id, Editor.removed_at.is_(None))
    chosen = (
        select(Presence, Account.name.label("name"), Section.title.label("section"))
        .join(Account, Account.id == Presence.account_id)
        .outerjoin(Section, Section.id == Presence.section_id)
        .where(Presence.letter_id == letter.id)
        .where(or_(Presence.account_id.in_(leads), Presence.account_id.in_(edits)))
        .order_by(Presence.seen_at.desc(), Presence.id)
    )
    return list(db.session.execute(chosen))


def edited_letters(account_id: int) -> list[Letter]:
    """The letters in which this person was asked to write and does, in any community, the newest first, each with its
    district, round and community."""
    # Most people write in none: that is asked first, for columns only, because their page asks it each time.
    numbers = [row.letter_id for row in look_up(EDITED, {"account_id": account_id})]
    return list(db.session.scalars(WHOLE, {"numbers": numbers})) if numbers else []
