"""What a round's dates mean, what may be done to it when, and what its letter may say.

A moment on a date's own second still counts; the second after does not. Source: a letter says "by 5:00 PM", and from
closing to the end of the grace minutes everything still works and is marked late.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from portal.core.errors import RuleBroken
from portal.core.text import one_line

from .models import Criterion, Extension, Invitation, Round

STAGES = ("draft", "upcoming", "open", "grace", "closed", "archived")
WRITING = ("open", "grace")

ARCHIVED = "This round is archived. It stays as it was."
NO_ANSWER = "This letter takes no answer now: it has not opened yet, or it has closed."
# verb: the stages in which it may be done, and the sentence for all others
MOVES: dict[str, tuple[tuple[str, ...], str]] = {
    "publish": (("draft",), "This round is published already. Its dates now do the rest."),
    "close": (WRITING, "Only a round that is open can be closed. This one is not open."),
    "invite": (("draft", "upcoming", "open"), "This round has closed. Invite the district to the next one."),
    "send": (("upcoming", "open"), "Letters leave once the round is published and until it closes. Check its dates."),
    "answer": (WRITING, NO_ANSWER),
    "archive": (("closed",), "A round is put into the archive once it has closed and every letter has its decision."),
}  # fmt: skip

FIELDS = {
    "district": "the district the letter is for",
    "recipient": "the person it is addressed to",
    "community": "this community's name",
    "region": "where the community is",
    "round": "the round's title",
    "places": "how many places there are",
    "opens": "the moment it opens",
    "closes": "the moment it closes",
    "decisions": "the day of the decisions",
}
FIELD = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
# Every mark of ASCII that CommonMark lets a backslash take the meaning from.
SIGNS = re.compile(r"([!-/:-@\[-`{-~])")


class Unfit(RuleBroken):
    """Something that was typed does not fit; `name` is what it is stored under, so that a form can say it there."""

    def __init__(self, sentence: str, name: str) -> None:
        super().__init__(sentence)
        self.name = name


def stage_of(round: Round, now: datetime) -> str:
    """Where the round is at `now`: one of STAGES. Only what people did is stored; the rest follows from the dates."""
    if round.archived_at is not None:
        return "archived"
    if round.published_at is None:
        return "draft"
    if now < round.opens_at:
        return "upcoming"
    # Before the closing date is looked at: an early close counts whatever the dates say.
    if round.closed_early_at is not None and now >= round.closed_early_at:
        return "closed"
    if is_in_time(now, round.closes_at):
        return "open"
    return "grace" if is_in_time(now, last_moment(round)) else "closed"


def is_in_time(now: datetime, end: datetime) -> bool:
    """Whether `now` is no later than the last second `end`; what happens within that second still counts."""
    return now.replace(microsecond=0) <= end


def last_moment(round: Round) -> datetime:
    """Until when letters can be written and sent: closing plus the grace minutes. An early close has no grace."""
    return round.closed_early_at or round.closes_at + timedelta(minutes=round.grace_minutes)


def end_for(round: Round, extensions: Sequence[Extension]) -> datetime:
    """The last moment for a district with these extensions (oldest first). The newest one counts, even a shorter one;
    none takes away what the round gives everybody."""
    common = last_moment(round)
    return max(common, extensions[-1].until) if extensions else common


def told_end(round: Round, extensions: Sequence[Extension]) -> datetime:
    """Until when a district is told to answer: closing, without the grace minutes; with more time, its own moment."""
    end = end_for(round, extensions)
    return end if end > last_moment(round) else round.closed_early_at or round.closes_at


def may_write(round: Round, now: datetime) -> bool:
    """Whether letters of this round can be written, endorsed and submitted at `now`."""
    return stage_of(round, now) in WRITING


def is_late(round: Round, moment: datetime) -> bool:
    """Whether something done at `moment` came after closing, in the grace minutes."""
    return not is_in_time(moment, round.closes_at)


def may(verb: str, round: Round, now: datetime) -> bool:
    """Whether `verb` (a key of MOVES) can be done to the round at `now`: the same table guards and draws buttons."""
    return stage_of(round, now) in MOVES[verb][0]


def check_move(verb: str, round: Round, now: datetime) -> None:
    """Raise RuleBroken with a sentence when `verb` cannot be done to the round at `now`."""
    if not may(verb, round, now):
        raise RuleBroken(MOVES[verb][1])


def choose_shown(rounds: Iterable[Round], now: datetime) -> Round | None:
    """Which of a community's rounds visitors see: the open one, else the next, else the last; never a draft."""
    seen = [(stage_of(round, now), round) for round in rounds]
    running = [round for stage, round in seen if stage in WRITING]
    coming = [round for stage, round in seen if stage == "upcoming"]
    past = [round for stage, round in seen if stage in ("closed", "archived")]
    if running or coming:
        return min(running or coming, key=lambda round: (round.closes_at, round.id))
    return max(past, key=lambda round: (last_moment(round), round.id), default=None)


def merged(text: str, fields: Mapping[str, str]) -> str:
    """`text` with each {{field}} replaced by its value. A value's own braces stay as they are: nothing is read twice.

    Raises RuleBroken for a field that does not exist.
    """

    def value(found: re.Match[str]) -> str:
        name = one_line(found.group(1))
        if name not in fields:
            known = ", ".join("{{" + each + "}}" for each in fields)
            raise RuleBroken(
                f"The text names a field that does not exist: {{{{{name[:40]}}}}}. Use one of these: {known}."
            )
        return fields[name]

    # One pass: a district called {{recipient}} must not be filled in again.
    return FIELD.sub(value, text)


def check_text(text: str) -> None:
    """Raise RuleBroken, naming it, for a merge field in `text` that does not exist or has no end: no mail that goes out
    has a hole."""
    merged(text, FIELDS)
    rest = FIELD.sub("", text)
    if "{{" in rest or "}}" in rest:
        raise RuleBroken("A field in the text has lost half of its braces. It is written like this: {{district}}.")


def has_fields(text: str) -> bool:
    """Whether `text` names merge fields, or something that looks like one."""
    return FIELD.search(text) is not None


def plain(value: str) -> str:
    """`value` as Markdown that shows every sign as it was typed, on one line."""
    return SIGNS.sub(r"\\\1", one_line(value))


def closing_words(round: Round) -> str:
    """What staff type to confirm that they close the round early: its title up to a colon."""
    return round.title.partition(":")[0].strip()


def check_closing(round: Round, reason: str, confirmation: str) -> None:
    """Raise RuleBroken unless there is a reason and the round's words were typed."""
    if not reason.strip():
        raise RuleBroken("Say why the round closes early. The reason stays with the round.")
    if _folded(confirmation) != _folded(closing_words(round)):
        raise RuleBroken(f"Type “{closing_words(round)}” to confirm that the round closes now.")


def may_answer(round: Round, extensions: Sequence[Extension], now: datetime) -> bool:
    """Whether a district with these extensions (oldest first) can answer its letter at `now`."""
    if may("answer", round, now):
        return True
    return stage_of(round, now) == "closed" and bool(extensions) and is_in_time(now, extensions[-1].until)


def may_press(round: Round, extensions: Sequence[Extension], now: datetime) -> bool:
    """Whether a press on the letter's page means anything at `now`: as long as it can be answered, or will be."""
    return stage_of(round, now) == "upcoming" or may_answer(round, extensions, now)


def check_weights(criteria: Iterable[Criterion]) -> None:
    """Raise RuleBroken unless the weights of the rubric add to 100. A round may have no rubric yet."""
    weights = [criterion.weight for criterion in criteria]
    if weights and sum(weights) != 100:
        raise RuleBroken(f"The weights of the rubric add to {sum(weights)}. Change them so that they add to 100.")


def state_of(invitation: Invitation, *, asked_at: datetime | None = None, is_writing: bool = False) -> str:
    """Where an invitation stands: prepared, sent, opened, asked, passed_on, bounced, interested or not_this_year.

    `asked_at`: when its district asked something last. `is_writing`: the district has a letter, answered or not.
    """
    if invitation.answer:
        return invitation.answer
    if is_writing:
        return "interested"
    if invitation.sent_at is None:
        return "prepared"
    if invitation.bounced_at is not None:
        return "bounced"
    # Only what was asked since the letter came to the person who has it now: whoever follows starts anew.
    if asked_at is not None and asked_at >= max(invitation.sent_at, invitation.passed_on_at or invitation.sent_at):
        return "asked"
    if invitation.passed_on_at is not None:
        return "passed_on"
    return "opened" if invitation.opened_at is not None else "sent"


def _folded(text: str) -> str:
    return one_line(text.casefold())
