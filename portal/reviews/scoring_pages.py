"""What stands beside a letter: one's own scores, and once they are handed in those of the others."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from flask import url_for

from portal.core import clock
from portal.core.clock import local
from portal.letters.comparing import Chapter, compared
from portal.letters.models import Letter, Submission
from portal.letters.versions import find_version

from .blind_rules import blind_content
from .pages import letter_page
from .reading_models import Review
from .reading_queries import is_blind_for, queue_of, running_assignment
from .reading_rules import next_of
from .scoring_forms import Lacks, Typed, lines_of, too_long
from .scoring_queries import is_decision_sent, levels_of, marks_of, newest_number, review_of, reviews_of
from .scoring_rules import Mark, lacking, scale_of, spreads, summarize
from .talk_queries import audiences_for, remarks_of


class Queue(NamedTuple):
    """Where a reader is in their queue: which one of how many this letter is, how many are done, and which is next."""

    place: int
    total: int
    done: int
    following: int | None


class Compared(NamedTuple):
    """What the readers who handed in say about one criterion: name and mark of each, and how far apart they are."""

    criterion: Any
    given: list[tuple[str, Mark]]
    spread: int
    is_disputed: bool

    @property
    def levels(self) -> list[int]:
        return [mark.level for _, mark in self.given if mark.level is not None]


def reading_page(
    reader: Any, letter: Letter, submission: Submission, typed: Typed | None = None, lacks: Lacks | None = None
) -> dict[str, Any]:  # fmt: skip
    """A letter as it was sent beside the rubric: with one's own scores where it is one's to read, as kept or as
    `typed`, and with what the others say once that is not to sway anybody."""
    given = running_assignment(letter, reader.account_id)
    review = review_of(letter, reader.account_id) if given else None
    is_sent, shown = is_decision_sent(letter), letter_page(reader, letter, submission)
    # Others' scores sway nobody once the decision was sent: staff read them then, whatever they handed in.
    is_over = shown["is_staff"] and is_sent
    sees_others = given is None or is_over or (review is not None and review.handed_in_at is not None)
    return {
        **shown, **_own(letter, review, typed, lacks),
        "file_url": partial(url_for, "reviews.letter_attachment", letter_id=letter.id), "here": "staff",
        "is_reader": given is not None, "may_score": given is not None and not is_sent,
        "sees_others": sees_others, **others_page(letter, reviews_of(letter) if sees_others else []),
        **talk_page(reader, letter),
        "changes": _changes(reader, letter, submission, review), "queue": queue_at(reader, letter) if given else None,
    }  # fmt: skip


def others_page(letter: Letter, reviews: list[Review]) -> dict[str, Any]:
    """What these reviews say, criterion by criterion and together."""
    weights = {one.id: one.weight for one in letter.round.criteria}
    given = [(review.number, levels_of(review)) for review in reviews]
    wanted, flag = letter.round.reviewers_per_letter, letter.round.spread_flag
    found = summarize(weights, given, newest=newest_number(letter), wanted=wanted, spread_flag=flag)
    return {
        "others": compared_scores(letter, reviews),
        "comments": [one for one in reviews if one.comment],
        "sum": found,
        "scale": scale_of(letter.round),
    }


def talk_page(reader: Any, letter: Letter) -> dict[str, Any]:
    """What was said about the letter, as far as this person may hear it, and whom they talk with."""
    audiences = audiences_for(reader, letter)
    return {"audiences": audiences, "remarks": remarks_of(letter, audiences) if audiences else []}


def line_page(letter: Letter, reader: Any, criterion_id: int | None, typed: Typed | None) -> dict[str, Any]:
    """How one criterion, or the comment on the whole, stands with its reader: the part below a text that saves."""
    review = review_of(letter, reader.account_id)
    criteria = [one for one in letter.round.criteria if one.id == criterion_id]
    lines = lines_of(criteria, marks_of(review), typed, too_long(typed) if typed else None)
    return {
        "line": lines[0] if lines else None, "key": lines[0].key if lines else "whole", "review": review,
        "scale": scale_of(letter.round), "today": start_of_today(letter), "is_saved": typed is None,
    }  # fmt: skip


def lacks_of(letter: Letter, reader: Any, typed: Typed, *, is_final: bool) -> Lacks:
    """What is wrong with what was typed; to hand it in, also what is missing of it and of what is kept."""
    marks = {**marks_of(review_of(letter, reader.account_id)), **typed.marks}
    missing = lacking(letter.round.criteria, marks, letter.round.comment_up_to) if is_final else {}
    return {**missing, **too_long(typed)}


def queue_at(reader: Any, letter: Letter) -> Queue:
    """Where this letter is in the reader's queue, how much of that is done, and what comes next."""
    waiting = queue_of(reader, letter.round)
    numbers = [one.letter_id for one in waiting]
    at = numbers.index(letter.id) if letter.id in numbers else -1
    following = next_of(waiting, letter.id)
    done = sum(one.is_done for one in waiting)
    return Queue(at + 1, len(waiting), done, following.letter_id if following else None)


def compared_scores(letter: Letter, reviews: list[Review]) -> list[Compared]:
    """Criterion by criterion what the readers say, where anybody has handed in."""
    weights = {one.id: one.weight for one in letter.round.criteria}
    marks = [(review.account.name, marks_of(review)) for review in reviews]
    apart, flag = spreads(weights, [levels_of(review) for review in reviews]), max(letter.round.spread_flag, 1)
    return [
        Compared(
            one, [(name, given.get(one.id, Mark())) for name, given in marks], apart.get(one.id, 0),
            apart.get(one.id, 0) >= flag,
        )
        for one in letter.round.criteria
        if marks
    ]  # fmt: skip


def start_of_today(letter: Letter) -> Any:
    """The first moment of today where the community lives."""
    now = local(clock.now(), letter.round.community.time_zone)
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _own(letter: Letter, review: Review | None, typed: Typed | None, lacks: Lacks | None) -> dict[str, Any]:
    stored = marks_of(review)
    said = typed.comment if typed and typed.comment is not None else (review.comment if review else "")
    lines = lines_of(letter.round.criteria, stored, typed, lacks)
    return {
        "review": review, "lines": lines, "whole": said, "scale": scale_of(letter.round),
        "today": start_of_today(letter), "is_saved": typed is None,
        "is_handed_in": review is not None and review.handed_in_at is not None,
        "faults": [(f"{one.key}-{one.field}", one.error) for one in lines if one.error],
    }  # fmt: skip


def _changes(reader: Any, letter: Letter, submission: Submission, review: Review | None) -> list[Chapter]:
    """What came and went since the version that this reader scored; nothing where that is the newest."""
    if review is None or review.number >= submission.number:
        return []
    before = find_version(letter, review.number)
    contents = [one.content for one in (before, submission) if one is not None]
    if is_blind_for(reader, letter):
        contents = [blind_content(letter, content) for content in contents]
    return compared(*contents) if len(contents) == 2 else []
