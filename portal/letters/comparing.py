"""Two versions of a letter against each other: which words, lines and people came in or went out. Pure answers.

Words are compared with difflib. Where two texts share too little for that to end soon, sentences are compared instead,
and in the worst case one text takes the place of the other: what is shown is always true, only less fine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, TypeVar

Item = TypeVar("Item", bound=Hashable)
Content = Mapping[str, Any]
BREAK = "\n"
TOKEN = re.compile(r"\n|[^\s]+")
BY_LINES = {"multiple_choice", "ranking", "contact", "district_profile", "commitments"}  # a line is one thing there
COLUMNS = ("role", "school", "name", "email")
MOST_PAIRS = 300_000  # equal words of two texts, each with each: about 0.2 seconds


@dataclass(frozen=True)
class Piece:
    """Words that stayed (""), came in ("added") or went out ("taken out")."""

    text: str
    change: str = ""


Line = list[Piece]


@dataclass
class Difference:
    """One question, or another part of the letter, with what changed in it."""

    code: str
    label: Line
    lines: list[Line] = field(default_factory=list)
    rows: list[tuple[str, list[Line]]] = field(default_factory=list)  # of the team: what became of the row, its cells

    @property
    def is_changed(self) -> bool:
        lines = [self.label, *self.lines, *(cell for _, cells in self.rows for cell in cells)]
        return any(piece.change for line in lines for piece in line) or any(change for change, _ in self.rows)


@dataclass
class Chapter:
    """A section with its questions."""

    title: str
    parts: list[Difference]

    @property
    def changed(self) -> list[Difference]:
        return [part for part in self.parts if part.is_changed]


def compared(old: Content, new: Content) -> list[Chapter]:
    """Every section of the newer version against the older one, and below them promises, signature and waived rules."""
    before = {one["code"]: one for one in _questions(old)}
    chapters = [
        Chapter(section["title"], [_question(before.pop(one["code"], None), one, old, new) for one in _asked(section)])
        for section in new["sections"]
    ]
    gone = [_question(one, None, old, new) for one in before.values()]
    rest = [_part("Promises", _promises(old), _promises(new)), _part("Signature", _signature(old), _signature(new)),
            _part("Rules of the team that were waived", _waived(old), _waived(new))]  # fmt: skip
    return [*chapters, Chapter("No longer asked", gone), Chapter("Below the letter", rest)]


def word_lines(old: str, new: str) -> list[Line]:
    """Two texts word by word, in the paragraphs of the newer one."""
    lines: list[Line] = [[]]
    for change, words in _changes(TOKEN.findall(old), TOKEN.findall(new)):
        for part, text in enumerate(_paragraphs(words)):
            # A line break that was taken out joins two paragraphs: nothing is left of it to show.
            if part and change != "taken out":
                lines.append([])
            if text:
                lines[-1].append(Piece(text, change))
    return [line for line in lines if line]


def whole_lines(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    """Two lists of lines, each line as one thing."""
    return [[Piece(line, change)] for change, lines in _changes(old, new) for line in lines]


def _question(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, was: Content, now: Content) -> Difference:
    one = new or old
    assert one is not None
    label = _one_line(old["label"] if old else "", new["label"] if new else "")
    if one["kind"] == "roster":
        return Difference(one["code"], label, rows=list(_rows(was if old else {}, now if new else {})))
    before, after = (list(each["lines"]) if each else [] for each in (old, new))
    return Difference(one["code"], label, _lines(one["kind"], before, after))


def _lines(kind: str, old: list[str], new: list[str]) -> list[Line]:
    return whole_lines(old, new) if kind in BY_LINES else word_lines(BREAK.join(old), BREAK.join(new))


def _rows(old: Content, new: Content) -> Iterator[tuple[str, list[Line]]]:
    roles = {**old.get("roles", {}), **new.get("roles", {})}
    before, after = _people(old), _people(new)
    for key, row in after.items():
        was = before.get(key)
        cells = [_one_line(_cell(was or {}, name, roles), _cell(row, name, roles)) for name in COLUMNS]
        changed = any(piece.change for cell in cells for piece in cell)
        yield ("added" if was is None else "changed" if changed else ""), cells
    for key, row in before.items():
        if key not in after:
            yield "taken out", [_one_line(_cell(row, name, roles), "") for name in COLUMNS]


def _people(content: Content) -> dict[Any, Mapping[str, str]]:
    return {row.get("id", number): row for number, row in enumerate(content.get("roster", ()))}


def _cell(row: Mapping[str, str], name: str, roles: Mapping[str, str]) -> str:
    text = row.get(name, "")
    return roles.get(text, text) if name == "role" else text


def _part(title: str, old: list[str], new: list[str]) -> Difference:
    return Difference("", [Piece(title)], whole_lines(old, new))


def _promises(content: Content) -> list[str]:
    return [one["text"] for one in content.get("commitments", ())]


def _signature(content: Content) -> list[str]:
    signed = content.get("endorsement")
    return [f"{signed['name']}, {signed['title']}, {signed['date']}"] if signed else []


def _waived(content: Content) -> list[str]:
    return [one["reason"] for one in content.get("waivers", ())]


def _questions(content: Content) -> Iterator[Mapping[str, Any]]:
    for section in content["sections"]:
        yield from _asked(section)


def _asked(section: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in section["questions"] if one["kind"] != "endorsement"]


def _one_line(old: str, new: str) -> Line:
    return [piece for line in word_lines(old, new) for piece in line]


def _paragraphs(words: Iterable[str]) -> list[str]:
    return [part.strip() for part in " ".join(words).split(BREAK)]


def _changes(old: Sequence[Item], new: Sequence[Item]) -> Iterator[tuple[str, Sequence[Item]]]:
    """What stayed, went out and came in, in order. Equal beginnings and ends are set aside first: they cost nothing."""
    start, end = _shared(old, new)
    yield from _said("", new[:start])
    yield from _middle(old[start : len(old) - end], new[start : len(new) - end])
    yield from _said("", new[len(new) - end :])


def _middle(old: Sequence[Item], new: Sequence[Item]) -> Iterator[tuple[str, Sequence[Item]]]:
    if _pairs(old, new) <= MOST_PAIRS:
        yield from _compared(old, new)
        return
    before, after = _sentences(old), _sentences(new)
    if len(before) == 1 or _pairs(before, after) > MOST_PAIRS:
        yield from _replaced(old, new)
        return
    for change, sentences in _compared(before, after):
        yield change, [word for sentence in sentences for word in sentence]


def _compared(old: Sequence[Item], new: Sequence[Item]) -> Iterator[tuple[str, Sequence[Item]]]:
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "", new[k:m]
        else:
            yield from _replaced(old[i:j], new[k:m])


def _replaced(old: Sequence[Item], new: Sequence[Item]) -> Iterator[tuple[str, Sequence[Item]]]:
    yield from _said("taken out", old)
    yield from _said("added", new)


def _said(change: str, items: Sequence[Item]) -> Iterator[tuple[str, Sequence[Item]]]:
    if items:
        yield change, items


def _shared(old: Sequence[Item], new: Sequence[Item]) -> tuple[int, int]:
    most = min(len(old), len(new))
    start = next((n for n in range(most) if old[n] != new[n]), most)
    left = most - start
    end = next((n for n in range(left) if old[-1 - n] != new[-1 - n]), left)
    return start, end


def _pairs(old: Sequence[Hashable], new: Sequence[Hashable]) -> int:
    theirs = Counter(new)
    return sum(count * theirs[word] for word, count in Counter(old).items())


def _sentences(words: Sequence[Any]) -> list[tuple[Any, ...]]:
    found: list[list[Any]] = [[]]
    for word in words:
        found[-1].append(word)
        if str(word)[-1:] in ".?!\n":
            found.append([])
    return [tuple(sentence) for sentence in found if sentence]
