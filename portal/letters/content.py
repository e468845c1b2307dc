"""A letter as it reads at one moment: wording and answers in one piece that can be shown, signed and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from portal.rounds.kinds import PROFILE
from portal.rounds.models import Question

from .conditions import asked_in
from .models import Letter, RosterRow
from .shapes import settings_of

PROMISE_WORDS = {"yes": "Accepted", "no": "Not accepted", "": "Not answered"}
CONTACT_WORDS = {"name": "Name", "role": "Role", "email": "E-mail", "phone": "Phone"}


def content_of(letter: Letter) -> dict[str, Any]:
    """The letter's wording and answers now, as plain data, without what is not asked.

    Reads round with sections, answers, roster, district.
    """
    answers, asked = {answer.question_id: answer.value for answer in letter.answers}, asked_in(letter)
    sections = [(one, [each for each in one.questions if each.code in asked]) for one in letter.round.sections]
    has_team = any(each.kind == "roster" for _, questions in sections for each in questions)
    return {
        "round": {"title": letter.round.title, "slug": letter.round.slug},
        "district": {
            "id": letter.district_id,
            "name": letter.district.name,
            "city": letter.district.city,
            "state": letter.district.state,
        },
        "sections": [
            {
                "slug": section.slug,
                "title": section.title,
                "questions": [_frozen(question, answers.get(question.id)) for question in questions],
            }
            for section, questions in sections
            if questions or not section.questions
        ],
        "roster": [_frozen_row(row) for row in letter.roster if is_filled(row)] if has_team else [],
        "commitments": [{"code": one.code, "text": one.text} for one in letter.round.commitments],
    }


def content_hash(content: Mapping[str, Any]) -> str:
    """What an endorsement signs: who answers what, the team, the promises. The same for the same, and only then.

    Not what merely names these: a typo mended in a question, a role renamed, or a directory that spells the district
    another way must not make every signature void. Questions whose answers are given keep their kind and options.
    """
    questions = [question for section in content["sections"] for question in section["questions"]]
    signed = {
        "round": content["round"]["slug"],
        "district": content["district"]["id"],
        "answers": {one["code"]: [one["value"], one["statement"]] for one in questions},
        "roster": content["roster"],
        "commitments": content["commitments"],
    }
    return digest(signed)


def digest(value: Any) -> str:
    """A short sign of `value` by which two values are compared. SHA-256 of its JSON, in hex."""
    # Sorted and without blanks, so that the same content gives the same sign on every machine and every version of
    # Python; `surrogatepass` because a browser may send half of an emoji.
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def lines_of(kind: str, settings: Mapping[str, Any], value: Any) -> list[str]:
    """An answer as it is read: paragraphs or lines of plain text. No answer, no lines."""
    if value is None or kind not in LINES:
        return []
    return [line for line in LINES[kind](settings, value) if line]


def is_filled(row: RosterRow) -> bool:
    """Whether anything was typed into the row."""
    return any((row.role, row.school, row.name, row.email))


def row_values(row: RosterRow) -> dict[str, str]:
    """The four fields of a row of the roster."""
    return {"role": row.role, "school": row.school, "name": row.name, "email": row.email}


def _frozen(question: Question, value: Any) -> dict[str, Any]:
    return {
        "code": question.code,
        "kind": question.kind,
        "label": question.label,
        "statement": question.settings.get("statement", ""),
        "value": value,
        "lines": lines_of(question.kind, settings_of(question), value),
    }


def _frozen_row(row: RosterRow) -> dict[str, Any]:
    return {"id": row.id, **row_values(row)}


def _paragraphs(settings: Mapping[str, Any], value: Any) -> list[str]:
    return [part.strip() for part in str(value).split("\n")]


def _number(settings: Mapping[str, Any], value: Any) -> list[str]:
    return [f"{value:,} {settings.get('unit', '')}".strip()]


def _date(settings: Mapping[str, Any], value: Any) -> list[str]:
    return [date_words(value)]


def _single(settings: Mapping[str, Any], value: Any) -> list[str]:
    more = value["follow_up"] if has_follow_up(settings, value) else ""
    return [_named(settings, value["choice"], value.get("other", "")), *_paragraphs(settings, more)]


def _multiple(settings: Mapping[str, Any], value: Any) -> list[str]:
    return [_named(settings, choice, value["other"]) for choice in value["choices"]]


def _named(settings: Mapping[str, Any], choice: str, other: str) -> str:
    return other or choice if choice and choice == other_of(settings) else choice


def _ranking(settings: Mapping[str, Any], value: Any) -> list[str]:
    return [f"{place}. {option}" for place, option in enumerate(value, 1)]


def _contact(settings: Mapping[str, Any], value: Any) -> list[str]:
    return [f"{CONTACT_WORDS.get(name, name)}: {text}" for name, text in value.items() if text]


def _profile(settings: Mapping[str, Any], value: Any) -> list[str]:
    if value["still_true"] == "yes":
        return ["What public data says is still true."]
    return [f"{PROFILE.get(name, name)}: {text}" for name, text in value["corrections"].items()]


def _file(settings: Mapping[str, Any], value: Any) -> list[str]:
    return [f"{value['name']} ({size_words(value['size'])})"]


def _commitments(settings: Mapping[str, Any], value: Any) -> list[str]:
    return [_promise(one["text"], value[one["code"]]) for one in settings["commitments"] if one["code"] in value]


def _promise(text: str, answer: Mapping[str, str]) -> str:
    why = f" Why not: {answer['why_not']}" if answer["answer"] == "no" and answer["why_not"] else ""
    return f"{PROMISE_WORDS[answer['answer']]}: {text}{why}"


LINES: dict[str, Callable[[Mapping[str, Any], Any], list[str]]] = {
    "short_text": _paragraphs, "long_text": _paragraphs, "number": _number, "date": _date, "single_choice": _single,
    "multiple_choice": _multiple, "ranking": _ranking, "contact": _contact, "district_profile": _profile,
    "file": _file, "commitments": _commitments,
}  # fmt: skip


def date_words(day: str) -> str:
    """A kept date as it is read: November 3, 2026."""
    found = date.fromisoformat(day)
    return f"{found:%B} {found.day}, {found.year}"


def size_words(count: int) -> str:
    """A number of bytes as people read it beside a file: 200 KB, 1.4 MB."""
    kilobytes = max(round(count / 1024), 1)
    return f"{kilobytes} KB" if kilobytes < 1000 else f"{count / 1024 / 1024:.1f} MB"


def has_follow_up(settings: Mapping[str, Any], value: Mapping[str, Any] | None) -> bool:
    """Whether the chosen option is the one that asks for more."""
    follow_up = settings.get("follow_up") or {}
    return bool(value and follow_up and value["choice"] == follow_up["when"])


def other_of(settings: Mapping[str, Any]) -> str:
    """The option beside which something else may be typed: the last one where the question allows it, else none."""
    return str(settings["options"][-1]) if settings.get("allow_other") else ""
