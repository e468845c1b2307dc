"""What an answer still needs, by kind of question. A sentence tells how to mend it, an anchor where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from portal.accounts.rules import is_address
from portal.core.text import count_words
from portal.rounds.kinds import PROFILE
from portal.rounds.models import Question

from .content import date_words, has_follow_up, is_filled, other_of
from .models import RosterRow
from .shapes import CONTACT, LONGEST_LINE, NUMBER, settings_of

Settings = Mapping[str, Any]
ASK_FOR = {
    "name": "Give the name of the person we should talk to.",
    "role": "Give this person’s role.",
    "email": "Give this person’s mail address.",
    "phone": "Give this person’s phone number.",
}
SHORT = 120  # characters of a short text whose question says nothing else
COUNTED = ("schools", "students", "teacher_fte")  # facts of a district that are numbers


class Playing(Protocol):
    """Somebody with a job: a row of the roster, or a seat of the team that came of it."""

    role: Any


@dataclass(frozen=True)
class Problem:
    """Something to mend. `is_wrong`: what is there does not fit; else something is only missing yet."""

    code: str
    anchor: str
    sentence: str
    is_wrong: bool = False


@dataclass(frozen=True)
class RuleState:
    """One rule of the roster: how many people count for it, and whether it is met or waived."""

    code: str
    text: str
    have: int
    need: int
    waived: str = ""

    @property
    def is_met(self) -> bool:
        return self.have >= self.need or bool(self.waived)


def problems_of(question: Question, value: Any) -> list[Problem]:
    """What the answer to `question` (any kind but roster and endorsement) still needs; nothing when it is complete."""
    if value is None:
        missing = Problem(question.code, anchor_of(question), f"Answer “{question.label}”.")
        return [missing] if question.is_required else []
    return list(CHECKS[question.kind](question, settings_of(question), value))


def roster_problems(question: Question, rows: Sequence[RosterRow], waivers: Mapping[str, str]) -> list[Problem]:
    """What the roster still needs: enough rows, a role and a place in each, every rule met or waived."""
    filled = [row for row in rows if is_filled(row)]
    if not filled:
        return [Problem(question.code, question.code, f"Answer “{question.label}”.")] if question.is_required else []
    found = list(_row_count(question, len(filled)))
    found += [problem for row in filled for problem in row_problems(question, row)]
    found += [
        Problem(question.code, question.code, f"{rule.text}. So far {rule.have} of {rule.need}.")
        for rule in rule_states(question, filled, waivers)
        if not rule.is_met
    ]
    return found


def row_problems(question: Question, row: RosterRow) -> Iterator[Problem]:
    """What one row of the roster still needs."""
    if not row.role:
        yield Problem(question.code, f"row-{row.id}-role", f"Choose the role of {_who(row)}.")
    if not row.school:
        yield Problem(question.code, f"row-{row.id}-school", f"Name the school or office of {_who(row)}.")
    if row.email and not is_address(row.email):
        yield Problem(question.code, f"row-{row.id}-email", f"Give one mail address for {_who(row)}, or none.", True)


def rule_states(question: Question, rows: Sequence[Playing], waivers: Mapping[str, str]) -> list[RuleState]:
    """Each rule of the roster and how far it is met by `rows`."""
    return [_rule_state(rule, rows, waivers) for rule in question.settings.get("rules", [])]


def anchor_of(question: Question) -> str:
    """The id of what the cursor goes to."""
    return f"{question.code}-name" if question.kind == "contact" else question.code


def most_words(settings: Settings) -> int | None:
    """How many words the text may have."""
    return (settings.get("limits") or {}).get("max_words")


def most_characters(settings: Settings) -> int:
    """How many characters a short text may have."""
    return min(int((settings.get("limits") or {}).get("max_characters", SHORT)), LONGEST_LINE)


def _short_text(question: Question, settings: Settings, value: str) -> Iterator[Problem]:
    most = most_characters(settings)
    if len(value) > most:
        more = _n(len(value) - most, "character")
        sentence = f"Shorten “{question.label}” by {more}. It has {len(value)}; up to {most} fit."
        yield Problem(question.code, question.code, sentence, True)


def _long_text(question: Question, settings: Settings, value: str) -> Iterator[Problem]:
    limits, count = settings.get("limits") or {}, count_words(value)
    yield from _too_long(question, question.code, question.label, count, limits.get("max_words"))
    if count < limits.get("min_words", 0):
        more = _n(limits["min_words"] - count, "word")
        yield Problem(question.code, question.code, f"Say a little more in “{question.label}”: {more} to go.")


def _number(question: Question, settings: Settings, value: float) -> Iterator[Problem]:
    limits = settings.get("limits") or {}
    low, high, step = (_exact(limits.get(name)) for name in ("min", "max", "step"))
    given = Decimal(str(value))  # not as a float, of which 0.3 is no multiple of 0.1
    too_far = (low is not None and given < low) or (high is not None and given > high)
    if too_far or (step and (given - (low or 0)) % step):
        yield Problem(question.code, question.code, number_sentence(settings), True)


def _date(question: Question, settings: Settings, value: str) -> Iterator[Problem]:
    limits = settings.get("limits") or {}
    first, last = limits.get("min", ""), limits.get("max", "")
    if value < first or (last and value > last):
        yield Problem(question.code, question.code, f"Give a date {date_reach(settings)}.", True)


def _single(question: Question, settings: Settings, value: Mapping[str, str]) -> Iterator[Problem]:
    if not value["choice"]:
        yield Problem(question.code, question.code, f"Choose an answer to “{question.label}”.")
    yield from _say_which(question, settings, [value["choice"]], value.get("other", ""))
    if has_follow_up(settings, value):
        anchor, follow_up = f"{question.code}-more", settings["follow_up"]
        if not value["follow_up"]:
            yield Problem(question.code, anchor, f"Say which, below “{value['choice']}”.")
        count = count_words(value["follow_up"])
        yield from _too_long(question, anchor, value["choice"], count, follow_up.get("max_words"))


def _multiple(question: Question, settings: Settings, value: Mapping[str, Any]) -> Iterator[Problem]:
    limits, chosen = settings.get("limits") or {}, value["choices"]
    least, most = limits.get("min_choices", 1), limits.get("max_choices")
    if len(chosen) < least:
        yield Problem(question.code, question.code, f"Choose at least {least} for “{question.label}”.")
    if most and len(chosen) > most:
        yield Problem(question.code, question.code, f"Choose {most} at most. {len(chosen)} are chosen.", True)
    yield from _say_which(question, settings, chosen, value["other"])


def _say_which(question: Question, settings: Settings, chosen: Sequence[str], typed: str) -> Iterator[Problem]:
    other = other_of(settings)
    if other and other in chosen and not typed:
        yield Problem(question.code, f"{question.code}-other", f"Say which, below “{other}”.")


def _ranking(question: Question, settings: Settings, value: Sequence[str]) -> Iterator[Problem]:
    limits = settings.get("limits") or {}
    least, most = limits.get("min_choices", 1), limits.get("max_choices", len(settings["options"]))
    if len(value) < least:
        yield Problem(question.code, question.code, f"Put {least} in order. So far there are {len(value)}.")
    if len(value) > most:
        yield Problem(question.code, question.code, f"Keep {most} in order. There are {len(value)}.", True)


def _contact(question: Question, settings: Settings, value: Mapping[str, str]) -> Iterator[Problem]:
    for name in settings.get("fields", CONTACT):
        if not value.get(name) and name != "phone":
            yield Problem(question.code, f"{question.code}-{name}", ASK_FOR.get(name, f"Give the {name}."))
    if value.get("email") and not is_address(value["email"]):
        sentence = "Give one mail address, such as name@example.org."
        yield Problem(question.code, f"{question.code}-email", sentence, True)


def _profile(question: Question, settings: Settings, value: Mapping[str, Any]) -> Iterator[Problem]:
    if not value["still_true"]:
        yield Problem(question.code, question.code, "Say whether what we know of your district is still true.")
    if value["still_true"] == "no" and not value["corrections"]:
        yield Problem(question.code, f"{question.code}-corrections", "Correct at least one line of what has changed.")
    for name, text in value["corrections"].items() if value["still_true"] == "no" else ():
        if name in COUNTED and not NUMBER.fullmatch(text):
            sentence = f"Give “{PROFILE[name]} now” as a number, such as 2,950."
            yield Problem(question.code, f"{question.code}-{name}", sentence, True)


def _file(question: Question, settings: Settings, value: Mapping[str, Any]) -> Iterator[Problem]:
    yield from ()  # what is kept was looked at when it came


def _commitments(question: Question, settings: Settings, value: Mapping[str, Any]) -> Iterator[Problem]:
    codes = [one["code"] for one in settings["commitments"]]
    open_ones = [code for code in codes if not value.get(code, {}).get("answer")]
    if open_ones:
        sentence = f"Say yes or no to each commitment: {len(open_ones)} to go."
        yield Problem(question.code, f"{question.code}-{open_ones[0]}", sentence)
    for code in codes:
        if value.get(code, {}).get("answer") == "no" and not value[code]["why_not"]:
            sentence = f"Say in a word why you do not accept commitment {codes.index(code) + 1}."
            yield Problem(question.code, f"{question.code}-{code}-why", sentence)


CHECKS: dict[str, Callable[[Question, Settings, Any], Iterator[Problem]]] = {
    "short_text": _short_text, "long_text": _long_text, "number": _number, "date": _date, "single_choice": _single,
    "multiple_choice": _multiple, "ranking": _ranking, "contact": _contact, "district_profile": _profile,
    "file": _file, "commitments": _commitments,
}  # fmt: skip


def number_sentence(settings: Settings) -> str:
    """What number is asked for, in one sentence: the hint beside it, and what is said of one that does not fit."""
    limits, unit = settings.get("limits") or {}, settings.get("unit", "")
    step = _exact(limits.get("step"))
    kind = "a whole number" if step == 1 else "a number"
    steps = f", in steps of {_plain(step)}" if step and step != 1 else ""
    return f"Give {kind}{f' of {unit}' if unit else ''}{_reach(limits.get('min'), limits.get('max'), _plain)}{steps}."


def date_reach(settings: Settings) -> str:
    """Between which days a date has to lie, in words; empty for any."""
    limits = settings.get("limits") or {}
    return _reach(limits.get("min"), limits.get("max"), date_words).strip()


def _too_long(question: Question, anchor: str, label: str, count: int, most: int | None) -> Iterator[Problem]:
    if most and count > most:
        sentence = f"Shorten “{label}” by {_n(count - most, 'word')}. It has {count}; up to {most} fit."
        yield Problem(question.code, anchor, sentence, True)


def _row_count(question: Question, count: int) -> Iterator[Problem]:
    limits = question.settings.get("limits") or {}
    least, most = limits.get("min_rows", 0), limits.get("max_rows")
    if count < least:
        more = _n(least - count, "more person", "more people")
        yield Problem(question.code, question.code, f"Add {more} to the team.")
    if most and count > most:
        sentence = f"A team has {most} people at most. Take {_n(count - most, 'person', 'people')} out."
        yield Problem(question.code, question.code, sentence, True)


def _rule_state(rule: Settings, rows: Sequence[Playing], waivers: Mapping[str, str]) -> RuleState:
    have, need = _counted(rule, rows), int(rule["min"])
    also = rule.get("also")
    # A rule with a second clause (“two teachers, one of them of special education”) is one short until both hold.
    if also and have >= need and _counted(also, rows) < int(also["min"]):
        have = need - 1
    return RuleState(rule["id"], rule["text"], min(have, need), need, waivers.get(rule["id"], ""))


def _counted(rule: Settings, rows: Sequence[Playing]) -> int:
    return sum(row.role in rule["any_role"] for row in rows)


def _reach(low: Any, high: Any, words: Callable[[Any], str]) -> str:
    if low is not None and high is not None:
        return f" from {words(low)} to {words(high)}"
    return f" from {words(low)} on" if low is not None else f" up to {words(high)}" if high is not None else ""


def _exact(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))


def _plain(number: float | Decimal | None) -> str:
    return f"{Decimal(str(number)).normalize():,f}"


def _n(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _who(row: RosterRow) -> str:
    return row.name or f"the person in line {row.position}"
