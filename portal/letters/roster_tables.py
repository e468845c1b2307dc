"""A team that somebody has in a spreadsheet, line by line: what would be added, as which role, what is in the way.

Nothing is stored here. Columns are found by their names, or by what stands in them where they have none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from portal.accounts.rules import is_address
from portal.core.errors import RuleBroken
from portal.core.tables import Line, Typed, fold, match, read_table
from portal.core.text import one_line

from .content import is_filled
from .models import RosterRow
from .shapes import ROW_LENGTHS

MOST_LINES = 200
CLOSE = 0.8  # how much alike two spellings of a role are, from 0 to 1
HEADER = {"role": "Role", "school": "School or office", "name": "Name", "email": "E-mail"}
WANTED = {
    "role": ("position", "job", "job title", "title", "role on the team"),
    "school": ("school or office", "school name", "building", "office", "site", "location", "department"),
    "name": ("full name", "names", "staff name"),
    "email": ("mail", "email address", "work email", "mail address"),
    "first": ("first name", "given name"),
    "last": ("last name", "surname", "family name"),
}


@dataclass(frozen=True)
class TeamLine:
    """One line of the table. `said` is the role as it was typed; `notes` say what is left out or to be mended."""

    number: int
    values: Mapping[str, str]
    said: str = ""
    notes: list[str] = field(default_factory=list)
    is_added: bool = True


@dataclass(frozen=True)
class Unknown:
    """A word for a role that the community does not know: how a form calls it, and which role a person gave to it."""

    word: str
    key: str
    role: str | None = None


@dataclass(frozen=True)
class TeamTable:
    """A table as it was understood."""

    lines: list[TeamLine]
    unknown: list[Unknown]
    notes: list[tuple[int, str]]
    room: int

    @property
    def adding(self) -> list[Mapping[str, str]]:
        return [line.values for line in self.lines if line.is_added]

    @property
    def too_many(self) -> int:
        """How many lines more than there are places."""
        return max(len(self.adding) - self.room, 0)


def team_table(
    text: str, roles: Mapping[str, str], rows: Sequence[RosterRow], most: int, chosen: Mapping[str, str]
) -> TeamTable:
    """Understand a pasted table: `roles` are labels by slug, `rows` and `most` the team so far and its limit, `chosen`
    the roles that a person gave to unknown words (folded). Raises BrokenFile when it is no table."""
    table = read_table(text, most_lines=MOST_LINES, wanted=WANTED)
    columns = match(table.columns, WANTED, given=None if table.has_header else _by_content(table, roles))
    known = {row.email.lower() for row in rows if row.email}
    lines, unknown = list[TeamLine](), dict[str, Unknown]()
    for line in table.rows:
        cells = line.take(columns)
        said = one_line(cells["role"])
        role, key = role_of(said, roles), fold(said)
        if said and role is None:
            unknown.setdefault(key, Unknown(said, key, chosen.get(key)))
            role = chosen.get(key)
        lines.append(_line(line, cells, role or "", said, known))
    return TeamTable(lines, list(unknown.values()), table.notes, most - len(rows))


def role_of(said: str, roles: Mapping[str, str]) -> str | None:
    """The slug of the role that is meant: by its label, its short name, or a spelling close to one of them only."""
    names = {fold(name): slug for slug, label in roles.items() for name in (slug, label)}
    word = fold(said)
    if word in names:
        return names[word]
    close = {names[one] for one in get_close_matches(word, names, n=3, cutoff=CLOSE)}
    return close.pop() if len(close) == 1 else None


def text_of(content: bytes) -> str:
    """The table in a file as the text that one would paste. Raises BrokenFile when it is no table."""
    table = read_table(content, most_lines=MOST_LINES, wanted=WANTED)
    head = table.columns if table.has_header else []
    rows = [head, *([line.cells[column] for column in table.columns] for line in table.rows)]
    return "\n".join("\t".join(one_line(cell) for cell in row) for row in rows if row)


def check_length(text: str) -> None:
    """Raise RuleBroken for a text that cannot be a team."""
    if len(text) > 200_000:
        raise RuleBroken("This is too long for a team. Paste only the lines of the people.")


def empty_lines(rows: Sequence[RosterRow]) -> int:
    """How many lines of the team are still empty: they take places too."""
    return sum(not is_filled(row) for row in rows)


def _line(line: Line, cells: Mapping[str, str], role: str, said: str, known: set[str]) -> TeamLine:
    name = one_line(cells["name"]) or one_line(f"{cells['first']} {cells['last']}")
    values = {"role": role, "school": one_line(cells["school"]), "name": name, "email": one_line(cells["email"])}
    wrong = [
        f"{HEADER[part]}: {len(text):,} characters, and up to {ROW_LENGTHS[part]} fit. Shorten it to add this line."
        for part, text in values.items()
        if len(text) > ROW_LENGTHS[part]
    ]
    address = values["email"].lower()
    if address and address in known:
        wrong.append(f"{values['email']} is on the team already, or stands further up. This line is left out.")
    if not any(values.values()) and not said:
        wrong.append("There is nothing in the columns that are read. This line is left out.")
    hints = [f"“{values['email']}” is no mail address. The line is added; mend the address then."]
    known.add(address)
    is_wrong_address = bool(address) and not is_address(address)
    return TeamLine(line.number, values, said, wrong or (hints if is_wrong_address else []), not wrong)


def _by_content(table: Typed, roles: Mapping[str, str]) -> dict[str, str]:
    """Which column is what, where none has a name: addresses and roles are known by their looks."""
    slugs = {fold(name) for pair in roles.items() for name in pair}
    looks: dict[str, Callable[[str], float]] = {
        "email": lambda cell: "@" in cell,
        "role": lambda cell: 1 if fold(cell) in slugs else 0.9 * (role_of(cell, roles) is not None),
    }
    found: dict[str, str] = {}
    for name, look in looks.items():
        likely = {column: _share(table, column, look) for column in table.columns if column not in found.values()}
        best = max(likely, key=lambda column: likely[column], default="")
        if likely.get(best, 0) >= 0.5:
            found[name] = best
    left = [column for column in table.columns if column not in found.values()]
    missing = [name for name in HEADER if name not in found]
    return {**dict.fromkeys(WANTED, ""), **found, **dict(zip(missing, left, strict=False))}


def _share(table: Typed, column: str, look: Callable[[str], float]) -> float:
    cells = [line.cells[column] for line in table.rows if line.cells[column]]
    return sum(map(look, cells)) / len(cells) if cells else 0
