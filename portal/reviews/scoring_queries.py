"""The scores of readers: one's own, all of a letter's, and what the letters of a round come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, and_, exists, func, select
from sqlalchemy.orm import joinedload, selectinload

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.letters.models import Letter, Submission
from portal.rounds.models import Round

from .queries import decision_of
from .reading_models import Assignment, Review, Score
from .reading_queries import DECIDED
from .rules import is_released
from .scoring_rules import Mark, Summary, summarize

# A review counts as long as its letter lies with the reader: what was taken from somebody, for whatever reason, is out.
HELD = (
    exists()
    .where(Assignment.letter_id == Review.letter_id, Assignment.account_id == Review.account_id)
    .where(Assignment.ended_at.is_(None))
    .correlate(Review)
)
COUNTS = and_(Review.handed_in_at.is_not(None), HELD)


def summaries(round: Round) -> dict[int, Summary]:
    """What readers make of each letter of the round that was sent, by the letter's number. Two queries for all."""
    given = _given(round)
    weights = {one.id: one.weight for one in round.criteria}
    return {
        number: summarize(
            weights, given.get(number, ()), newest=newest,
            wanted=round.reviewers_per_letter, spread_flag=round.spread_flag,
        )
        for number, newest in _letters(round)
    }  # fmt: skip


def summaries_for(reader: Any, round: Round) -> dict[int, Summary]:
    """The same as somebody may know it: of a letter that they are still to score themselves only that it is read."""
    hidden = unscored_by(reader.account_id, round)
    return {
        number: Summary(wanted=found.wanted, is_kept_back=True) if number in hidden else found
        for number, found in summaries(round).items()
    }


def review_of(letter: Letter, account_id: int) -> Review | None:
    """What this person makes of the letter, with all scores: a draft or handed in."""
    chosen = select(Review).options(selectinload(Review.scores)).execution_options(populate_existing=True)
    return db.session.scalar(chosen.where(Review.letter_id == letter.id, Review.account_id == account_id))


def reviews_of(letter: Letter) -> list[Review]:
    """The reviews of the letter that were handed in and count, with scores and names, in the order of their making."""
    chosen = select(Review).options(selectinload(Review.scores), joinedload(Review.account))
    return list(db.session.scalars(chosen.where(Review.letter_id == letter.id, COUNTS).order_by(Review.id)))


def outdated_reviews() -> Sequence[Row[Any]]:
    """What was handed in about a letter that its district has sent anew since, while its reader can still say whether
    the scores stand: number of the review, address of the reader, community, number of the newest version."""
    newest = select(func.max(Submission.number)).where(Submission.letter_id == Review.letter_id).scalar_subquery()
    chosen = select(Review.id, Account.email, Letter.community_id, newest.label("number"))
    chosen = chosen.join(Review.letter).join(Review.account).where(COUNTS, Review.number < newest, ~DECIDED)
    chosen = chosen.where(Letter.status == "submitted", Account.disabled_at.is_(None))
    return db.session.execute(chosen.order_by(Review.id)).all()


def posted(keys: Iterable[str]) -> set[str]:
    """Which of these mails, told by what they are sent once for, were posted already."""
    return set(db.session.scalars(select(Outgoing.once).where(Outgoing.once.in_(list(keys)))))


def unscored_by(account_id: int | None, round: Round) -> set[int]:
    """The letters of the round that this person is to read and has not handed in: others' scores would sway.

    Not those that are decided: nobody scores them any more."""
    same = and_(Review.letter_id == Assignment.letter_id, Review.account_id == Assignment.account_id)
    chosen = select(Assignment.letter_id).join(Assignment.letter).outerjoin(Review, same)
    mine = chosen.where(Assignment.account_id == account_id, Assignment.ended_at.is_(None), Letter.round_id == round.id)
    return set(db.session.scalars(mine.where(Review.handed_in_at.is_(None), ~DECIDED)))


def newest_number(letter: Letter) -> int:
    """The number of the version that was sent last; 0 before the first, and once the letter was withdrawn."""
    chosen = select(func.max(Submission.number)).join(Letter).where(Submission.letter_id == letter.id)
    return db.session.scalar(chosen.where(Letter.status != "withdrawn")) or 0


def is_decision_sent(letter: Letter) -> bool:
    """Whether the district knows what was decided."""
    return is_released(decision_of(letter))


def reviews_for(reader: Any, letter: Letter) -> list[Review]:
    """The same as somebody may read them: none while they are still to score the letter themselves."""
    return [] if letter.id in unscored_by(reader.account_id, letter.round) else reviews_of(letter)


def marks_of(review: Review | None) -> dict[int, Mark]:
    """The marks of a review by criterion; empty without one."""
    return {score.criterion_id: Mark(score.level, score.comment) for score in (review.scores if review else ())}


def levels_of(review: Review) -> dict[int, int]:
    """The levels of a review by criterion, without those that are not given yet."""
    return {score.criterion_id: score.level for score in review.scores if score.level is not None}


def _given(round: Round) -> dict[int, list[tuple[int, dict[int, int]]]]:
    chosen = (
        select(Review.letter_id, Review.id, Review.number, Score.criterion_id, Score.level)
        .join(Letter, Letter.id == Review.letter_id)
        .join(Score, Score.review_id == Review.id)
        .where(Letter.round_id == round.id, COUNTS, Score.level.is_not(None))
        .order_by(Review.id, Score.id)
    )
    reviews: dict[tuple[int, int, int], dict[int, int]] = defaultdict(dict)
    for letter_id, review_id, number, criterion_id, level in db.session.execute(chosen):
        reviews[letter_id, review_id, number][criterion_id] = level or 0
    given: dict[int, list[tuple[int, dict[int, int]]]] = defaultdict(list)
    for (letter_id, _, number), levels in reviews.items():
        given[letter_id].append((number, levels))
    return given


def _letters(round: Round) -> Iterator[Any]:
    newest = select(func.max(Submission.number)).where(Submission.letter_id == Letter.id).scalar_subquery()
    chosen = select(Letter.id, newest).where(Letter.round_id == round.id, newest.is_not(None))
    yield from db.session.execute(chosen.order_by(Letter.id))
