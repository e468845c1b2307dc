"""The chapters in which a round is built, and what each still lacks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from itertools import count

from portal.core.clock import local
from portal.core.errors import RuleBroken
from portal.core.text import one_line

from .conditions import condition_fault
from .dates import DAYS, MOMENTS, date_faults
from .gap_rules import Finders, Found, Gap, chapter_after, find_gaps, refuse_broken, refuse_incomplete
from .models import Question, Round
from .rules import check_text, closing_words, stage_of

CHAPTERS = {
    "letter": "Letter",
    "dates": "Dates",
    "eligibility": "Who may answer",
    "info-sessions": "Info sessions",
    "commitments": "Commitments",
    "questions": "Sections and questions",
    "rubric": "Rubric",
    "places": "Places and limits",
}
WANTED = {
    "questions_until": "Set until when districts can ask.",
    "review_from": "Set from when readers read.",
    "decisions_on": "Set the day of the decisions.",
    "reply_by": "Set until when a district says yes or no to a place.",
}


def gaps_of(round: Round, now: datetime) -> list[Gap]:
    """What the round lacks, chapter by chapter. Reads its sections, questions, commitments, criteria, info sessions."""
    return find_gaps(round, now, FINDERS)


def next_chapter(chapter: str) -> tuple[str, str]:
    """The chapter after this one and its words; after the last one the preview."""
    return chapter_after(chapter, CHAPTERS)


def check_complete(round: Round, now: datetime) -> None:
    """Raise RuleBroken with the first thing that keeps the round from being published."""
    refuse_incomplete(gaps_of(round, now), CHAPTERS, "This round cannot be published yet.")


def check_whole(round: Round, now: datetime) -> None:
    """Raise RuleBroken when something that a published round needs is missing after a change."""
    refuse_broken(gaps_of(round, now), "This round is published, so it stays complete.")


def opens_at_once(round: Round, now: datetime) -> bool:
    """Whether the round would open at the moment it is published. Then most of it can never change again."""
    return stage_of(round, now) == "draft" and round.opens_at <= now


def check_publishing(round: Round, confirmation: str, now: datetime) -> None:
    """Raise RuleBroken unless the round's words were typed where publishing opens it at once."""
    words = closing_words(round)
    if opens_at_once(round, now) and one_line(confirmation).casefold() != words.casefold():
        raise RuleBroken(f"The opening date has passed, so the round opens at once. Type “{words}” to confirm.")


def _letter(round: Round, now: datetime) -> Found:
    if not round.letter_text.strip():
        yield "There is no letter yet. Write it.", True
    try:
        check_text(round.letter_text)
    except RuleBroken as fault:
        yield fault.sentence, True
    if not round.summary.strip():
        yield "Write a summary. It stands in the mail and where the page is found.", False


def _dates(round: Round, now: datetime) -> Found:
    zone = round.community.time_zone
    if round.published_at is None and round.closes_at <= now:
        yield "The closing date has passed. Choose one to come.", True
    dates = {name: getattr(round, name) for name in (*MOMENTS, *DAYS)}
    yield from ((sentence, True) for _, sentence in date_faults(dates, zone))
    yield from ((sentence, False) for name, sentence in WANTED.items() if dates[name] is None)


def _eligibility(round: Round, now: datetime) -> Found:
    if not round.eligibility:
        yield "Say who may answer.", False


def _info_sessions(round: Round, now: datetime) -> Found:
    if not round.info_sessions:
        yield "Add an info session. Districts ask there what a page cannot answer.", False
    zone = round.community.time_zone
    for one in round.info_sessions:
        day = f"{local(one.at, zone):%B %-d}"
        if one.at > round.closes_at:
            yield f"The info session of {day} comes after letters close. Move it.", True
        if one.mode != "in_person" and not one.join_link:
            yield f"The info session of {day} has no join link yet.", False
        if one.mode != "online" and not one.place:
            yield f"The info session of {day} has no place yet.", False


def _commitments(round: Round, now: datetime) -> Found:
    if not round.commitments:
        yield "Say what a district promises by joining.", False


def _questions(round: Round, now: datetime) -> Found:
    questions = in_order(round)
    if not questions:
        yield "Ask at least one question.", True
    yield from ((f"“{one.title}” has no question yet.", False) for one in round.sections if not one.questions)
    for question in questions:
        fault = condition_fault(question.condition, question, questions)
        if fault:
            yield f"{question.code}: {fault}", True
    if questions and not any(question.kind == "endorsement" for question in questions):
        yield "Nobody is asked to sign. Add an endorsement, so that the superintendent knows of the letter.", False


def _rubric(round: Round, now: datetime) -> Found:
    if not round.criteria:
        yield "Say what readers look for.", False
        return
    total = sum(one.weight for one in round.criteria)
    if total != 100:
        yield f"The weights of the rubric add to {total}. Change them so that they add to 100.", True
    if not round.scale:
        yield "Name the levels of the scale.", False
    bare = [one.label for one in round.criteria if round.scale and not _is_described(one.levels, len(round.scale))]
    yield from ((f"Say what each level means for “{label}”.", False) for label in bare)


def _places(round: Round, now: datetime) -> Found:
    if round.capacity < 1:
        yield "Say how many places there are.", True


FINDERS: Finders[Round] = {
    "letter": _letter, "dates": _dates, "eligibility": _eligibility, "info-sessions": _info_sessions,
    "commitments": _commitments, "questions": _questions, "rubric": _rubric, "places": _places,
}  # fmt: skip


def in_order(round: Round) -> list[Question]:
    """The questions of the round in the order in which districts meet them."""
    return [question for section in round.sections for question in section.questions]


def _is_described(levels: dict[str, str], count: int) -> bool:
    return all(levels.get(str(level)) for level in range(1, count + 1))


def codes_after(codes: Sequence[str], sign: str) -> str:
    """The next free code: q13 after q12. A code that was given once is not given again while later ones stand."""
    numbers = [int(code[1:]) for code in codes if code[1:].isascii() and code[1:].isdigit()]
    return f"{sign}{max(numbers, default=0) + 1}"


def short_name(words: str, taken: Sequence[str], otherwise: str) -> str:
    """A short name for addresses made of `words`, not among those that are taken: “Why now?” becomes why-now."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or otherwise
    tries = (f"{name}-{number}" if number > 1 else name for number in count(1))
    return next(one for one in tries if one not in taken)
