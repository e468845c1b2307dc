"""What a reader does with the rubric: score, hand in, and look again when the district has sent a newer version.

Each takes the round's lock, then the letter's, as assigning and sending a decision do: whichever comes first, the other
sees it.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import Doer, record
from portal.core.outbox import post
from portal.core.text import tidy
from portal.letters.models import Letter

from .reading_models import Review, Score
from .reading_queries import running_assignment
from .scoring_queries import (
    is_decision_sent,
    marks_of,
    newest_number,
    outdated_reviews,
    posted,
    review_of,
)
from .scoring_rules import (
    DECIDED,
    GONE,
    HANDED_IN,
    LONGEST,
    NOT_BEGUN,
    WITHDRAWN,
    Mark,
    Marks,
    check_complete,
    check_mark,
    check_version,
    merged,
    scale_of,
)

Bases = Mapping[int, str]  # what the page showed, by criterion: scoring_rules.Mark.stamp


def save_score(
    letter: Letter, marks: Marks, comment: str | None = None, *, bases: Bases | None = None, by: Doer
) -> Review:  # fmt: skip
    """Keep a reader's draft: these marks by criterion, and the comment on the whole where one is given. The rest stays.

    Nobody else sees it before it is handed in. Raises RuleBroken for a letter that is not the reader's to score (not
    assigned, withdrawn, decided), for a level that the scale does not have, once the review is handed in, and where
    another window of the same reader changed the same thing.
    """
    with transaction():
        letter, review = _opened(letter, by)
        if review.handed_in_at is not None:
            raise RuleBroken(HANDED_IN)
        _write(letter, review, marks, comment, bases or {})
    return review


def hand_in(
    letter: Letter, marks: Marks | None = None, comment: str | None = None, *,
    seen: int | None = None, bases: Bases | None = None, by: Doer,
) -> Review:  # fmt: skip
    """Hand in a review, or change one that was handed in: these marks over what is kept, whole or not at all.

    `seen` is the version that the reader's page showed. Raises RuleBroken as save_score does, while a level or a
    comment on a low level is missing, and when the district has sent a newer version than `seen`.
    """
    with transaction():
        letter, review = _opened(letter, by)
        newest = newest_number(letter)
        check_version(seen, newest)
        before = marks_of(review)
        is_new = _write(letter, review, marks or {}, comment, bases or {})
        check_complete(letter.round.criteria, marks_of(review), letter.round.comment_up_to)
        if review.handed_in_at is not None and not is_new and review.number == newest:
            return review
        verb = "hand in" if review.handed_in_at is None else "change"
        review.handed_in_at, review.number = review.handed_in_at or clock.now(), newest
        levels = _changed(before, marks_of(review))
        record(review, verb, by, community_id=letter.community_id, number=newest, levels=levels)
    return review


def reaffirm(letter: Letter, *, seen: int | None = None, by: Doer) -> Review:
    """Stand by the scores that were handed in after the district has sent a newer version. Twice is as good as once.

    Raises RuleBroken as hand_in does, and before a review was handed in.
    """
    with transaction():
        letter, review = _opened(letter, by)
        newest = newest_number(letter)
        check_version(seen, newest)
        if review.handed_in_at is None:
            raise RuleBroken(NOT_BEGUN)
        if review.number != newest:
            check_complete(letter.round.criteria, marks_of(review), letter.round.comment_up_to)
            record(review, "reaffirm", by, community_id=letter.community_id, was=review.number, number=newest)
            review.number = newest
    return review


def ask_again() -> int:
    """Owe each reader one mail for each version that was sent after they scored. Says for how many reviews."""
    waiting = {f"letter_changed:{row.id}:{row.number}": row for row in outdated_reviews()}
    new = waiting.keys() - posted(waiting)
    if not new:
        return 0
    with transaction():
        for once in sorted(new):
            row = waiting[once]
            more = {"community_id": row.community_id, "once": once}
            post("letter_changed", to=row.email, review_id=row.id, number=row.number, **more)
    return len(new)


def _opened(letter: Letter, by: Doer) -> tuple[Letter, Review]:
    assert by.account_id is not None
    lock(letter.round)
    letter = lock(letter)
    if running_assignment(letter, by.account_id) is None:
        raise RuleBroken(GONE)
    if is_decision_sent(letter):
        raise RuleBroken(DECIDED)
    if not newest_number(letter):
        raise RuleBroken(WITHDRAWN)
    return letter, review_of(letter, by.account_id) or _begun(letter, by.account_id)


def _begun(letter: Letter, account_id: int) -> Review:
    now, number = clock.now(), newest_number(letter)
    review = Review(letter_id=letter.id, account_id=account_id, number=number, started_at=now, saved_at=now, comment="")
    db.session.add(review)
    db.session.flush()
    return review


def _write(letter: Letter, review: Review, marks: Marks, comment: str | None, bases: Bases) -> bool:
    known, values = {one.id for one in letter.round.criteria}, [level["value"] for level in scale_of(letter.round)]
    stored = {number: Mark() for number in known} | marks_of(review)
    typed = {number: mark for number, mark in marks.items() if number in known}
    settled = {number: _settled(stored[number], mark, bases.get(number), values) for number, mark in typed.items()}
    changes = {number: mark for number, mark in settled.items() if mark != stored[number]}
    for number, mark in changes.items():
        _put(review, number, mark)
    is_said = comment is not None and _say(review, tidy(comment))
    if changes or is_said:
        review.saved_at = clock.now()
    return bool(changes) or is_said


def _settled(stored: Mark, typed: Mark, base: str | None, values: list[int]) -> Mark:
    mark = merged(stored, Mark(typed.level, tidy(typed.comment)), base)
    check_mark(mark, values)
    return mark


def _put(review: Review, criterion_id: int, mark: Mark) -> None:
    score = next((one for one in review.scores if one.criterion_id == criterion_id), None)
    if score is None:
        score = Score(criterion_id=criterion_id)
        review.scores.append(score)
    score.level, score.comment = mark.level, mark.comment


def _say(review: Review, comment: str) -> bool:
    if len(comment) > LONGEST:
        raise RuleBroken(f"Up to {LONGEST:,} characters fit in a comment.")
    is_new = comment != review.comment
    review.comment = comment
    return is_new


def _changed(before: Marks, after: Marks) -> dict[str, list[int | None]]:
    changed = [number for number, mark in after.items() if before.get(number) != mark]
    return {str(number): [before.get(number, Mark()).level, after[number].level] for number in changed}
