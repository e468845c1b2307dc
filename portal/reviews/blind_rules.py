"""Reading without names: what stands in the place of a district, its people, its schools and its files.

The letter's own words stay. Where they name the district, its town, a school or a person that the letter lists, the
name is taken out too; what a district tells of itself in other words stays, and nobody can promise that it tells
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.letters.models import Letter
from portal.rounds.models import Round

HIDDEN = "[hidden]"
ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[^\s@,;:<>()]+@[^\s@,;:<>()]+\.[^\s@,;:<>()]+")
# What districts are called beside their own name, the longest first.
SUFFIXES = re.compile(
    r"\s+(?:regional |charter )?(?:public schools?|public school district|school district|school department|"
    r"community schools?|unified|schools?|district)$",
    re.IGNORECASE,
)
OFFICES = ("central office", "district office")  # are no names
SHORTEST = 4  # a name with fewer letters hides too many words that are none


def is_blind(round: Round, *, is_staff: bool, is_assigned: bool, has_handed_in: bool) -> bool:
    """Whether a reader learns no names: who reviews never does; staff, whose lists tell them whose letter it is, read
    it without names while they have not handed in what they review.
    """
    return round.is_blind and (not is_staff or (is_assigned and not has_handed_in))


def shown_label(letter: Letter, is_blind: bool) -> str:
    """What a letter is called for this reader: by its district, or by a number."""
    return label_of(letter.id) if is_blind else letter.district.label


def label_of(letter_id: int) -> str:
    """What a letter is called that is read without names."""
    return f"Letter {letter_id}"


def blind_content(letter: Letter, content: Mapping[str, Any]) -> dict[str, Any]:
    """A letter as it was sent (Submission.content), without names of the district, people, schools and files."""
    shown, names = deepcopy(dict(content)), _pattern(names_in(letter, content))
    shown["district"] = {**shown.get("district", {}), "name": label_of(letter.id), "city": "", "state": ""}
    schools = _schools(content)
    shown["roster"] = [
        {**row, "name": "", "email": "", "school": schools.get(row.get("school") or "", row.get("school") or "")}
        for row in shown.get("roster", [])
    ]
    if shown.get("endorsement"):
        title = _without(str(shown["endorsement"].get("title") or ""), names)
        shown["endorsement"] = {**shown["endorsement"], "name": "Name hidden", "title": title}
    numbers = file_numbers(content)
    for question in _questions(shown):
        question["lines"] = list(_blind_lines(question, names, numbers))
        question["value"] = {"file": question["value"]["file"]} if _is_file(question) else None
    for waiver in shown.get("waivers", []):
        waiver["reason"] = _without(waiver.get("reason", ""), names)
    return shown


def file_label(number: int) -> str:
    """What the file of this number in a letter is called, without the name that its district gave it; 0: of another
    version."""
    return f"Attachment {number}.pdf" if number else "Attachment.pdf"


def file_numbers(content: Mapping[str, Any]) -> dict[int, int]:
    """Which place each file has in the letter, by its number in the database: 1 for the first."""
    files = [question["value"]["file"] for question in _questions(content) if _is_file(question)]
    return {file: place for place, file in enumerate(files, 1)}


def names_in(letter: Letter, content: Mapping[str, Any]) -> set[str]:
    """The names that are taken out of a letter's own words."""
    district = letter.district
    names = {district.name, district.short_name, district.city, *_stated(content)}
    names |= {SUFFIXES.sub("", name) for name in (district.name, district.short_name)}
    names |= {str(row.get("name") or "") for row in content.get("roster", [])} | set(_schools(content))
    for question in _questions(content):
        if question["kind"] == "contact" and question.get("value"):
            names.add(str(question["value"].get("name") or ""))
    return {name.strip() for name in names if len(name.strip()) >= SHORTEST}


def blind_reference(letter: Letter, version: Any) -> str:
    """What stands in the place of the reference of a version (Submission)."""
    return f"{label_of(letter.id)}, version {version.number}"


@dataclass(frozen=True)
class BlindVersion:
    """A version of a letter (as letters.versions lists it) without who sent it."""

    number: int
    reference: str
    submitted_at: datetime
    is_late: bool
    by_name: str = "the district"
    pdf_key: str = ""


def blind_version(letter: Letter, version: Any) -> BlindVersion:
    """A version of a letter without the name of who sent it, and without the reference."""
    return BlindVersion(version.number, blind_reference(letter, version), version.submitted_at, version.is_late)


def _stated(content: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(content.get("district", {}).get(name) or "") for name in ("name", "city"))
    yield str((content.get("endorsement") or {}).get("name") or "")


def _questions(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for section in content.get("sections", []):
        yield from section["questions"]


def _is_file(question: Mapping[str, Any]) -> bool:
    return question["kind"] == "file" and bool(question.get("value"))


def _schools(content: Mapping[str, Any]) -> dict[str, str]:
    named = dict.fromkeys(str(row.get("school") or "") for row in content.get("roster", []))
    schools = [name for name in named if name.strip() and name.strip().casefold() not in OFFICES]
    return {name: f"School {number}" for number, name in enumerate(schools, 1)}


def _blind_lines(
    question: Mapping[str, Any], names: re.Pattern[str] | None, numbers: Mapping[int, int]
) -> Iterator[str]:  # fmt: skip
    if _is_file(question):
        yield file_label(numbers[question["value"]["file"]])
    elif question["kind"] == "contact" and question.get("value"):
        yield f"Role: {_without(str(question['value'].get('role') or 'not given'), names)}"
    else:
        yield from (_without(line, names) for line in question["lines"])


def _without(text: str, names: re.Pattern[str] | None) -> str:
    text = ADDRESS.sub(HIDDEN, text)
    return names.sub(HIDDEN, text) if names else text


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    # The longest first: "Harbor Public Schools" goes whole, not as "[hidden] Public Schools".
    parts = [r"\s+".join(map(re.escape, name.split())) for name in sorted(names, key=lambda name: (-len(name), name))]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE) if parts else None
