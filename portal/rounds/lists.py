"""Reading a list of whom to invite: which column is what, which district each line means, and what is wrong with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, or_, select

from portal.accounts.rules import is_address
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.tables import Typed, Wanted, match, read_table
from portal.core.text import one_line
from portal.districts.likeness import code_forms, likeness, question, words_of
from portal.districts.models import District
from portal.districts.queries import search_districts

from .models import Invitation, Round
from .queries import invited_in

MOST = 500  # lines at once
MOST_CHOICES = 6  # districts that a line is asked about
LONGEST_NAME = 120
LONGEST_CELL = 300
# In the order in which the columns of a list without names are taken. A name that fits two is the district's first.
WANTED: Wanted = {
    "district": ("district name", "name of district", "school district", "organization", "organization name",
                 "lea name", "agency", "agency name", "name"),
    "contact": ("contact name", "contact person", "superintendent", "superintendent name", "recipient", "person",
                "addressed to", "full name", "head of school", "name"),
    "email": ("mail", "e-mail address", "email address", "contact email", "superintendent email", "address"),
    "town": ("city", "municipality", "place", "location city"),
    "state": ("st", "state code"),
    "code": ("nces id", "nces", "leaid", "lea id", "nces district id", "district code", "district id", "org code",
             "organization code", "state district id", "st leaid", "dese code", "id"),
}  # fmt: skip
COLUMNS = tuple(WANTED)
WORDS = {
    "district": "Name of the district", "contact": "Contact person", "email": "E-mail", "town": "Town",
    "state": "State", "code": "Code (NCES or state)",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of the list: its number in the file, what it says, and what a person decided about it."""

    number: int
    district: str = ""
    contact: str = ""
    email: str = ""
    town: str = ""
    state: str = ""
    code: str = ""
    chosen: str = ""  # the number of the district that a person chose
    is_out: bool = False

    @property
    def typed(self) -> str:
        """The district as the list has it."""
        return ", ".join(part for part in (self.district or self.code, self.town, self.state) if part)


@dataclass(frozen=True)
class Judged:
    """A line with the district it means, or those it may mean, and what is wrong with it."""

    line: Line
    district: District | None = None
    choices: Sequence[District] = ()
    problems: Sequence[tuple[str, str]] = ()  # field and sentence
    invitation: Invitation | None = None

    @property
    def state(self) -> str:
        """out, invited (already), problem or ready."""
        if self.line.is_out:
            return "out"
        if self.invitation is not None:
            return "invited"
        return "problem" if self.problems else "ready"


def read_list(content: bytes | str) -> Typed:
    """The list as a table. Raises BrokenFile with sentences when it is none, or has more than 500 lines."""
    return read_table(content, most_lines=MOST, wanted=WANTED)


def columns_of(table: Typed, given: Mapping[str, str]) -> dict[str, str | None]:
    """Which column holds what; `given` is what a person said. Raises RuleBroken when something needed is missing."""
    found = match(table.columns, WANTED, given=given)
    missing = [WORDS[name] for name in ("contact", "email") if not found[name]]
    if not (found["district"] or found["code"]):
        missing = ["Name of the district, or its code", *missing]
    if missing:
        raise RuleBroken(f"Say which column this is: {'; '.join(missing)}.")
    return found


def lines_of(table: Typed, columns: Mapping[str, str | None]) -> list[Line]:
    """The lines of the table, by these columns."""
    return [_line(row.number, [row.take(columns)[name] for name in COLUMNS]) for row in table.rows]


def written(lines: Iterable[Line]) -> str:
    """The lines as a text that a form can carry until all are settled."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerows(
        (one.number, one.district, one.contact, one.email, one.town, one.state, one.code, one.chosen, int(one.is_out))
        for one in lines
    )
    return text.getvalue()


def read_back(text: str) -> list[Line]:
    """The lines of such a text. Raises RuleBroken when it was cut or changed on its way."""
    rows = [row for row in csv.reader(io.StringIO(text), delimiter="\t") if row]
    if not rows or len(rows) > MOST or any(len(row) != 9 or not _is_number(row[0]) for row in rows):
        raise RuleBroken("The list came back incomplete. Nothing was prepared. Read it in once more.")
    return [replace(_line(int(row[0]), row[1:7]), chosen=row[7], is_out=row[8] == "1") for row in rows]


def judged(round: Round, lines: Sequence[Line]) -> list[Judged]:
    """Each line with its district and what is wrong. A district that stands in two lines is wrong in the second."""
    found = find_districts([one for one in lines if not one.is_out])
    districts = {number: choices[0] for number, choices in found.items() if len(choices) == 1}
    invited = invited_in(round, [one.id for one in districts.values()])
    first: dict[int, int] = {}
    for one in lines:
        if one.number in districts:
            first.setdefault(districts[one.number].id, one.number)
    return [_judged(one, found.get(one.number, []), invited, first) for one in lines]


def find_districts(lines: Sequence[Line]) -> dict[int, list[District]]:
    """The districts that each line may mean, by its number: one when it is clear, none when there is nothing like it.

    What a person chose wins; then a code; then the name as it stands, told apart by town and state; then what is like
    it, slips forgiven.
    """
    chosen = _by_choice(lines)
    coded = _by_code([one for one in lines if one.number not in chosen])
    named = _by_name([one for one in lines if one.number not in chosen and one.number not in coded])
    found = {**chosen, **coded, **named}
    return {one.number: found[one.number] if one.number in found else _by_likeness(one) for one in lines}


def _line(number: int, cells: Sequence[str]) -> Line:
    district, contact, email, town, state, code = (one_line(cell)[:LONGEST_CELL] for cell in cells)
    return Line(number, district, contact, email, town, state, code)


def _judged(line: Line, choices: list[District], invited: dict[int, Invitation], first: dict[int, int]) -> Judged:
    district = choices[0] if len(choices) == 1 else None
    invitation = invited.get(district.id) if district else None
    problems = [] if line.is_out or invitation else list(_problems(line, district, choices))
    if district and not line.is_out and first[district.id] != line.number:
        double = f"Line {first[district.id]} names {district.label} too. Leave one of the two out."
        return Judged(line, district, choices, [("district", double)], None)
    return Judged(line, district, choices, problems, invitation)


def _problems(line: Line, district: District | None, choices: Sequence[District]) -> Iterable[tuple[str, str]]:
    if district is None and choices:
        yield "district", f"Several districts may be meant by “{line.typed}”. Choose one."
    elif district is None:
        yield "district", f"No district is like “{line.typed}”. Write its name or code as the directory has it."
    if not line.contact:
        yield "contact", "The name of the contact person is missing."
    elif len(line.contact) > LONGEST_NAME:
        yield "contact", f"Shorten the name to {LONGEST_NAME} characters."
    if not line.email:
        yield "email", "The mail address is missing."
    elif not is_address(line.email):
        yield "email", f"“{line.email[:80]}” is not one mail address, such as name@example.org."


def _by_choice(lines: Sequence[Line]) -> dict[int, list[District]]:
    numbers = {one.number: int(one.chosen) for one in lines if _is_number(one.chosen)}
    rows = {one.id: one for one in db.session.scalars(select(District).where(District.id.in_(numbers.values())))}
    return {line: [rows[number]] for line, number in numbers.items() if number in rows}


def _by_code(lines: Sequence[Line]) -> dict[int, list[District]]:
    codes = {one.number: _codes(one) for one in lines if one.code}
    every = {code for forms in codes.values() for code in forms}
    chosen = select(District).where(or_(District.leaid.in_(every), District.state_code.in_(every)))
    rows = list(db.session.scalars(chosen.order_by(District.name, District.id))) if every else []
    found = {line: [one for one in rows if {one.leaid, one.state_code} & forms] for line, forms in codes.items()}
    return {line: choices[:MOST_CHOICES] for line, choices in found.items() if choices}


def _codes(line: Line) -> set[str]:
    """The ways in which the directory may have the code: zeros that a spreadsheet cut off, the state in front."""
    bare = line.code.strip().upper().removesuffix(".0")
    state, _, rest = bare.partition("-")
    state, rest = (state, rest) if rest else (line.state.upper(), bare)
    forms = {bare, *code_forms(bare), bare.zfill(7)}
    # Massachusetts is where most lists without a state come from that know a state's code of four digits.
    return forms | {f"{place}-{form}" for place in {state, "MA"} - {""} for form in code_forms(rest)}


def _by_name(lines: Sequence[Line]) -> dict[int, list[District]]:
    names = {one.district.lower() for one in lines if one.district}
    if not names:
        return {}
    same = or_(func.lower(District.name).in_(names), func.lower(District.short_name).in_(names))
    rows = list(db.session.scalars(select(District).where(same).order_by(District.state, District.name, District.id)))
    found = {one.number: _told_apart(one, [row for row in rows if _is_called(row, one.district)]) for one in lines}
    return {line: choices for line, choices in found.items() if choices}


def _by_likeness(line: Line) -> list[District]:
    if not line.typed:
        return []
    asked = ", ".join(part for part in (line.district or line.town or line.code, line.state) if part)
    found = search_districts(asked, 4 * MOST_CHOICES)
    meant = question(asked)
    exact = [one for one in found if likeness(meant, one.name, one.short_name).closeness == 0]
    return _told_apart(line, exact or found)[:MOST_CHOICES]


def _told_apart(line: Line, choices: list[District]) -> list[District]:
    """Those of them in the line's state and town, where that leaves any."""
    for value, name in ((line.state, "state"), (line.town, "city")):
        near = [one for one in choices if words_of(getattr(one, name)) == words_of(value)]
        choices = near if value and near else choices
    is_open = [one for one in choices if one.is_open]
    return is_open or choices


def _is_called(district: District, name: str) -> bool:
    return name.lower() in (district.name.lower(), district.short_name.lower())


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
