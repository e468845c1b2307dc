"""The one form in which the answer to each kind of question is kept. None is no answer.

What of a question's settings each kind reads is listed in rounds/kinds.

short_text       "Harbor Hall, second floor"
long_text        "Our two middle schools …"
number           5, or 2.5 where the step is not whole
date             "2026-11-03"
single_choice    {"choice": "All schools", "follow_up": ""}, and "other" where something else may be typed
multiple_choice  {"choices": ["Newcomers", "Other (say which)"], "other": "Night school"}
ranking          ["First option", "Second option", "Third option"]
contact          {"name": "…", "role": "…", "email": "…", "phone": "…"}
district_profile {"still_true": "no", "corrections": {"students": "2,950"}}
file             {"file": 17, "name": "Plan.pdf", "size": 20480, "sha256": "9f86d0…"}: what stands in LetterFile
commitments      {"c1": {"answer": "yes", "why_not": ""}, "c2": {"answer": "no", "why_not": "Our contract says …"}}
roster           rows of a table of their own: {"role": "principal", "school": "…", "name": "", "email": ""}
endorsement      a row of its own

A shape says what can be kept at all; whether an answer is complete is said in completeness.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from portal.core.errors import RuleBroken
from portal.core.text import one_line, tidy
from portal.core.uploads import Upload
from portal.rounds.models import Question

LONGEST = 20_000  # characters of one text, announced beside long texts
LONGEST_LINE = 300  # characters of a short text, whatever its question says
NUMBER = re.compile(r"[+-]?([0-9]{1,9}|[0-9]{1,3}(,[0-9]{3}){1,2})(\.[0-9]{1,4})?")  # 1,250 is a thousand and more
LENGTHS = {"name": 120, "role": 120, "email": 254, "phone": 40}
ROW_LENGTHS = {"role": 40, "school": 80, "name": 80, "email": 254}
CORRECTION = 80
WHY_NOT = 600  # characters of the word why a commitment is not accepted
JOINTS = {"long_text": "\n\n", "short_text": " "}  # what stands between two texts that are joined, by kind
DAYS = ("%Y-%m-%d", "%m/%d/%Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y")  # how a date is picked or typed here
YEARS = range(1900, 2200)
NO_DATE = "Give a date with its year, such as 11/3/2026."
CONTACT = ("name", "role", "email", "phone")

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Typed:
    """What a form brings for one question: the value, and from which text the form began."""

    question: Question
    value: Any
    base: str


@dataclass(frozen=True)
class TypedRow:
    """What a form brings for one line of the roster."""

    row_id: int
    fields: Mapping[str, str]
    base: str


@dataclass(frozen=True)
class Handed:
    """A file that a form brings for one question, and from which answer the form began."""

    question: Question
    upload: Upload
    base: str


@dataclass(frozen=True)
class Filled:
    """A form filled in: answers, files and lines to save, then perhaps a line to add or to take out."""

    answers: list[Typed] = field(default_factory=list)
    files: list[Handed] = field(default_factory=list)
    rows: list[TypedRow] = field(default_factory=list)
    add_row: bool = False
    remove_row: int | None = None
    restores: bool = True  # a line that somebody took out meanwhile comes back; else it is refused


@dataclass(frozen=True)
class Theirs:
    """What stands in the way of a save: the other text, its version, who wrote it and when. `mine`: a file that came
    with the save, which is kept until one of the two is chosen. `is_own`: the same person wrote it elsewhere."""

    value: Any
    version: int
    name: str
    saved_at: datetime
    mine: Any = None
    is_own: bool = False


def joined(question: Question, mine: str, theirs: str) -> str:
    """Both texts of a clash in one, for their writers to edit: mine, then what theirs says that mine does not."""
    said = [part.strip() for part in tidy(mine).split("\n")]
    more = [part for part in tidy(theirs).split("\n") if part.strip() not in said]
    return JOINTS[question.kind].join(filter(None, [tidy(mine), tidy("\n".join(more))]))


def normal(question: Question, value: Any) -> Any:
    """`value` in the form in which it is kept. Raises RuleBroken with what to mend when it cannot be kept."""
    shape = SHAPES.get(question.kind)
    if shape is None:
        raise RuleBroken("This part of the letter is not answered by a text.")
    return None if value is None else shape(settings_of(question), value)


def settings_of(question: Question) -> Settings:
    """What the question asks for, with what its round says about it: the commitments, the size of files."""
    if question.kind == "commitments":
        promises = [{"code": one.code, "text": one.text} for one in question.section.round.commitments]
        return {**question.settings, "commitments": promises}
    if question.kind == "file":
        return {**question.settings, "limit_mb": question.section.round.file_limit_mb}
    return question.settings


def normal_row(fields: Mapping[str, Any], roles: Mapping[str, str] | None) -> dict[str, str]:
    """One row of the roster as it is kept. Raises RuleBroken for a role that is not in `roles` (None: not looked at
    here), or too long a text."""
    row = {name: _line(fields.get(name, ""), longest) for name, longest in ROW_LENGTHS.items()}
    if roles is not None and row["role"] and row["role"] not in roles:
        raise RuleBroken("Choose a role from the list.")
    return row


def strings_in(value: Any) -> list[str]:
    """Every text in an answer, as kept or as typed, without empty ones."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [text for one in inner for text in strings_in(one)]


def _short(settings: Settings, value: Any) -> str | None:
    return _line(value, LONGEST_LINE) or None


def _text(settings: Settings, value: Any) -> str | None:
    text = tidy(_words(value))
    if len(text) > LONGEST:
        raise RuleBroken(f"Shorten this answer: it has {len(text):,} characters; up to {LONGEST:,} fit.")
    return text or None


def _number(settings: Settings, value: Any) -> int | float | None:
    text = str(value).strip()
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise RuleBroken("Give a number in digits, such as 4.")
    number = float(text.replace(",", ""))
    return int(number) if number.is_integer() else number


def _date(settings: Settings, value: Any) -> str | None:
    text = one_line(_words(value))
    if not text:
        return None
    # Only plain digits: Python also takes those of other scripts, and a year of three.
    days = [_day(text, pattern) for pattern in DAYS] if text.isascii() else []
    found = next((day for day in days if day is not None), None)
    if found is None or found.year not in YEARS:
        raise RuleBroken(NO_DATE)
    return found.isoformat()


def _day(text: str, pattern: str) -> date | None:
    try:
        return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _single(settings: Settings, value: Any) -> dict[str, str] | None:
    parts = _mapping(value)
    kept = {"choice": _words(parts.get("choice", "")), "follow_up": _text(settings, parts.get("follow_up", "")) or ""}
    if kept["choice"]:
        _check_options(settings, [kept["choice"]])
    if settings.get("allow_other"):
        kept["other"] = _line(parts.get("other", ""), 200)
    return kept if any(kept.values()) else None


def _multiple(settings: Settings, value: Any) -> dict[str, Any] | None:
    parts = _mapping(value)
    chosen, other = _list(parts.get("choices", [])), _line(parts.get("other", ""), 200)
    _check_options(settings, chosen)
    # Kept in the order of the question: the same choices are then the same value, whatever the browser sent first.
    ordered = [option for option in settings["options"] if option in chosen]
    return {"choices": ordered, "other": other} if ordered or other else None


def _ranking(settings: Settings, value: Any) -> list[str] | None:
    ordered = _list(value)
    _check_options(settings, ordered)
    if len(set(ordered)) < len(ordered):
        raise RuleBroken("One line stands in two places. Give each line one number.")
    return ordered or None


def _contact(settings: Settings, value: Any) -> dict[str, str] | None:
    parts = _mapping(value)
    kept = {name: _line(parts.get(name, ""), LENGTHS.get(name, 120)) for name in settings.get("fields", CONTACT)}
    return kept if any(kept.values()) else None


def _profile(settings: Settings, value: Any) -> dict[str, Any] | None:
    parts = _mapping(value)
    still = _words(parts.get("still_true", ""))
    if still not in ("", "yes", "no"):
        raise RuleBroken("Choose whether this is still true.")
    typed = _mapping(parts.get("corrections", {}))
    lines = {name: _line(typed.get(name, ""), CORRECTION) for name in settings.get("prefill", [])}
    corrections = {name: text for name, text in lines.items() if text}
    return {"still_true": still, "corrections": corrections} if still or corrections else None


def _file(settings: Settings, value: Any) -> dict[str, Any] | None:
    # Only the number is typed; which name, size and content go with it, its row says (letters/files).
    parts = _mapping(value)
    number = parts.get("file")
    if not isinstance(number, int) or isinstance(number, bool):
        raise RuleBroken("This answer is a file.")
    return {"file": number, **{name: parts[name] for name in ("name", "size", "sha256") if name in parts}}


def _commitments(settings: Settings, value: Any) -> dict[str, dict[str, str]] | None:
    parts, kept = _mapping(value), {}
    codes = [one["code"] for one in settings["commitments"]]
    if not set(parts) <= set(codes):
        raise RuleBroken("One of these commitments is not part of this round.")
    for code in codes:
        one = _mapping(parts.get(code, {}))
        answer, why = _words(one.get("answer", "")), _line(one.get("why_not", ""), WHY_NOT)
        if answer not in ("", "yes", "no"):
            raise RuleBroken("Choose yes or no for each commitment.")
        if answer or why:
            kept[code] = {"answer": answer, "why_not": why}
    return kept or None


SHAPES: dict[str, Callable[[Settings, Any], Any]] = {
    "short_text": _short, "long_text": _text, "number": _number, "date": _date, "single_choice": _single,
    "multiple_choice": _multiple, "ranking": _ranking, "contact": _contact, "district_profile": _profile,
    "file": _file, "commitments": _commitments,
}  # fmt: skip


def _check_options(settings: Settings, chosen: list[str]) -> None:
    if not set(chosen) <= set(settings["options"]):
        raise RuleBroken("Choose from the list. One of the choices sent is not in it.")


def _line(value: Any, longest: int) -> str:
    line = one_line(_words(value))
    if len(line) > longest:
        raise RuleBroken(f"Shorten this line: it has {len(line):,} characters; up to {longest} fit.")
    return line


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise RuleBroken("This answer is a text.")
    return value


def _list(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise RuleBroken("This answer is a list.")
    return [_words(item) for item in value]


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RuleBroken("This answer has several parts.")
    return value
