"""What may be done with what lies on the staff's desk, and what everybody may read of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from portal.core.errors import RuleBroken

from .models import AnswerRequest, AskedQuestion, Inquiry

LONGEST = 4000
SHORTEST_NAME = 3  # shorter words stand in too many texts to tell anybody

# verb: the states of an inquiry in which it may be done, and the sentence for all others
MOVES: dict[str, tuple[tuple[str, ...], str]] = {
    "answer": (("open", "set_aside"), "This inquiry is settled already. What was done stands on this page."),
    "set aside": (("open",), "This inquiry is settled already. What was done stands on this page."),
    "invite": (("open", "answered", "set_aside"), "This inquiry became an invitation already. Open it to go on."),
    "reopen": (("answered", "set_aside"), "This inquiry lies on the desk already."),
}  # fmt: skip


def may(verb: str, inquiry: Inquiry) -> bool:
    """Whether `verb` (a key of MOVES) can be done to the inquiry: the same table guards and draws buttons."""
    return inquiry.state in MOVES[verb][0]


def check_move(verb: str, inquiry: Inquiry) -> None:
    """Raise RuleBroken when `verb` cannot be done to the inquiry as it stands."""
    if not may(verb, inquiry):
        raise RuleBroken(MOVES[verb][1])


def check_unanswered(question: AskedQuestion) -> None:
    """Raise RuleBroken when somebody answered the question meanwhile."""
    if question.answered_at is not None:
        raise RuleBroken("A colleague answered this question already. Their answer stands on this page.")


def check_answered(question: AskedQuestion) -> None:
    """Raise RuleBroken while the question has no answer: published first, nobody would write to who asked."""
    if question.answered_at is None:
        raise RuleBroken("This question waits for its answer. Answer it first; it can be published with that.")


def check_pending(request: AnswerRequest) -> None:
    """Raise RuleBroken when the request was decided, or needs no decision because its address fits the district."""
    if request.outcome:
        raise RuleBroken("This request was decided already. What was decided stands on this page.")
    if request.fits:
        raise RuleBroken("This address belongs to the district, so there is nothing to decide.")


def checked_text(text: str, sentence: str) -> str:
    """What staff wrote, tidied. Raises RuleBroken with `sentence` when there is nothing, or when it is too long."""
    words = text.strip()
    if not words:
        raise RuleBroken(sentence)
    if len(words) > LONGEST:
        raise RuleBroken(f"Shorten the text to {LONGEST:,} characters.")
    return words


def check_public(texts: Iterable[str], names: Iterable[str]) -> None:
    """Raise RuleBroken when a text for everybody tells who asked: it holds one of `names`, or a mail address."""
    whole = " ".join(texts)
    for name in names:
        if len(name) >= SHORTEST_NAME and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", whole, re.IGNORECASE):
            raise RuleBroken(f"Everybody will read this, and it names {name}. Say it without, then publish it.")
    if re.search(r"\S@\S+\.\S", whole):
        raise RuleBroken("Everybody will read this, and it holds a mail address. Take it out, then publish it.")


def names_in(question: AskedQuestion) -> list[str]:
    """Words by which everybody would know who asked: the person's name, the district's names."""
    district = question.district
    return [name for name in (question.name, *((district.name, district.label) if district else ())) if name]
