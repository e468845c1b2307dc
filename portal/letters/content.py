"""A letter as it reads at one moment: wording and answers in one piece that can be shown, signed and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from portal.rounds.models import Question

from .models import Letter, RosterRow

PROFILE_WORDS = {
    "grades": "Grades", "schools": "Schools", "students": "Students", "teacher_fte": "Teachers (full-time equivalent)",
}  # fmt: skip
CONTACT_WORDS = {"name": "Name", "role": "Role", "email": "E-mail", "phone": "Phone"}


def content_of(letter: Letter) -> dict[str, Any]:
    """The letter's wording and answers now, as plain data. Reads round with sections, answers, roster, district."""
    answers = {answer.question_id: answer.value for answer in letter.answers}
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
                "questions": [_frozen(question, answers.get(question.id)) for question in section.questions],
            }
            for section in letter.round.sections
        ],
        "roster": [_frozen_row(row) for row in letter.roster if is_filled(row)],
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
        "lines": lines_of(question.kind, question.settings, value),
    }


def _frozen_row(row: RosterRow) -> dict[str, Any]:
    return {"id": row.id, **row_values(row)}


def _paragraphs(settings: Mapping[str, Any], value: Any) -> list[str]:
    return [part.strip() for part in str(value).split("\n")]


def _number(settings: Mapping[str, Any], value: Any) -> list[str]:
    return [f"{value:,} {settings.get('unit', '')}".strip()]


def _single(settings: Mapping[str, Any], value: Any) -> list[str]:
    more = value["follow_up"] if has_follow_up(settings, value) else ""
    return [value["choice"], *_paragraphs(settings, more)]


def _multiple(settings: Mapping[str, Any], value: Any) -> list[str]:
    other = other_of(settings)
    return [value["other"] or other if choice == other else choice for choice in value["choices"]]


def _ranking(settings: Mapping[str, Any], value: Any) -> list[str]:
    return [f"{place}. {option}" for place, option in enumerate(value, 1)]


def _contact(settings: Mapping[str, Any], value: Any) -> list[str]:
    return [f"{CONTACT_WORDS.get(name, name)}: {text}" for name, text in value.items() if text]


def _profile(settings: Mapping[str, Any], value: Any) -> list[str]:
    if value["still_true"] == "yes":
        return ["What public data says is still true."]
    return [f"{PROFILE_WORDS.get(name, name)}: {text}" for name, text in value["corrections"].items()]


LINES: dict[str, Callable[[Mapping[str, Any], Any], list[str]]] = {
    "long_text": _paragraphs, "number": _number, "single_choice": _single, "multiple_choice": _multiple,
    "ranking": _ranking, "contact": _contact, "district_profile": _profile,
}  # fmt: skip


def has_follow_up(settings: Mapping[str, Any], value: Mapping[str, Any] | None) -> bool:
    """Whether the chosen option is the one that asks for more."""
    follow_up = settings.get("follow_up") or {}
    return bool(value and follow_up and value["choice"] == follow_up["when"])


def other_of(settings: Mapping[str, Any]) -> str:
    """The option beside which something else may be typed: the last one where the question allows it, else none."""
    return str(settings["options"][-1]) if settings.get("allow_other") else ""
