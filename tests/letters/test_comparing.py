"""What changed between two versions: words, lines, people; always true, and soon done."""

from __future__ import annotations

import random
from time import process_time
from typing import Any

import pytest

from portal.letters.comparing import Line, compared, whole_lines, word_lines

SIGNS = {"added": "+", "taken out": "-", "": ""}
LONG = " ".join(f"word{random.Random(n).randrange(900)}" for n in range(3_500))  # twenty thousand characters


def told(lines: list[Line]) -> list[str]:
    return [" ".join(f"{SIGNS[piece.change]}[{piece.text}]" if piece.change else piece.text for piece in line)
            for line in lines]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("", "", []),
        ("Two schools.", "Two schools.", ["Two schools."]),
        ("Two schools merged.", "Three schools merged.", ["-[Two] +[Three] schools merged."]),
        ("Two schools.", "Two schools merged last year.", ["Two -[schools.] +[schools merged last year.]"]),
        ("", "New.", ["+[New.]"]),
        ("Old.", "", ["-[Old.]"]),
        ("One.\nTwo.", "One.\nMore.\nTwo.", ["One.", "+[More.]", "Two."]),
        ("One.\nTwo.", "One. Two.", ["One. Two."]),
        ("One. Two.", "One.\nTwo.", ["One.", "Two."]),
        ("a  b", "a b", ["a b"]),
        ("<b>bold</b>", "<b>plain</b>", ["-[<b>bold</b>] +[<b>plain</b>]"]),
    ],
)
def test_words_are_compared_in_the_paragraphs_of_the_newer_text(old: str, new: str, lines: list[str]) -> None:
    assert told(word_lines(old, new)) == lines


def test_choices_are_compared_as_whole_lines() -> None:
    old, new = ["1. Belonging", "2. Transitions"], ["1. Transitions", "2. Belonging"]
    assert told(whole_lines(old, new)) == [
        "-[1. Belonging]", "-[2. Transitions]", "+[1. Transitions]", "+[2. Belonging]",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_both_texts_can_be_read_from_what_is_shown(seed: int) -> None:
    chance = random.Random(seed)
    words = ["we", "learn", "in", "teams", "and", "schools.", "Often!", "\n"]
    old, new = (" ".join(chance.choices(words, k=chance.randrange(40))) for _ in range(2))
    pieces = [piece for line in word_lines(old, new) for piece in line]
    assert " ".join(piece.text for piece in pieces if piece.change != "added").split() == old.split()
    assert " ".join(piece.text for piece in pieces if piece.change != "taken out").split() == new.split()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LONG, LONG.replace("word7", "new7")),
        (LONG, " ".join(reversed(LONG.split()))),
        ("word " * 4_000, "x " + "word " * 3_998 + "y"),
        ("a b c. " * 1_300, "b a c. c " * 1_000),
        ("\n" * 9_000 + "a", "b" + "\n" * 9_000),
        ("x" * 20_000, "y" * 20_000),
    ],
)
def test_long_texts_are_compared_within_half_a_second(old: str, new: str) -> None:
    start = process_time()
    word_lines(old, new)
    assert process_time() - start < 0.5


def test_a_whole_letter_names_what_changed_and_nothing_else() -> None:
    old, new = a_content(), a_content(q9="6 days", team=[(1, "Teacher"), (3, "Nurse")])
    new["commitments"].append({"text": "Come to every gathering."})
    new["endorsement"] = {**new["endorsement"], "date": "November 2, 2026"}
    chapters = compared(old, new)
    assert [(one.title, [told([part.label])[0] for part in one.changed]) for one in chapters if one.changed] == [
        ("Your team", ["Who would be on the team?"]), ("Time", ["On how many days?"]),
        ("Below the letter", ["Promises", "Signature"]),
    ]  # fmt: skip
    [time] = chapters[2].changed
    assert told(time.lines) == ["-[5] +[6] days"]


def test_people_of_the_team_keep_their_row_whatever_stands_around_it() -> None:
    old, new = a_content(team=[(1, "Teacher"), (2, "Nurse")]), a_content(team=[(3, "Principal"), (2, "Coach")])
    [team] = compared(old, new)[1].parts
    assert [(change, told([cells[0]])[0]) for change, cells in team.rows] == [
        ("added", "+[Principal]"), ("changed", "-[Nurse] +[Coach]"), ("taken out", "-[Teacher]"),
    ]  # fmt: skip


def test_people_who_went_out_stand_in_the_order_in_which_they_stood() -> None:
    old = a_content(team=[(9, "Teacher"), (40, "Nurse"), (2, "Coach")])
    [team] = compared(old, a_content(team=[(50, "Principal")]))[1].parts
    assert [told([cells[0]])[0] for _, cells in team.rows][1:] == ["-[Teacher]", "-[Nurse]", "-[Coach]"]


def test_a_question_asked_in_one_version_only_came_in_or_went_out() -> None:
    old, new = a_content(), a_content()
    moved = new["sections"][0]["questions"].pop()
    chapters = compared(old, new)
    assert [told([part.label]) for one in chapters for part in one.changed] == [[f"-[{moved['label']}]"]]
    chapters = compared(new, old)
    assert [told([part.label]) for one in chapters for part in one.changed] == [[f"+[{moved['label']}]"]]


def test_a_letter_against_itself_has_no_change() -> None:
    assert [part for one in compared(a_content(), a_content()) for part in one.changed] == []


def a_content(q9: str = "5 days", team: list[tuple[int, str]] | None = None) -> dict[str, Any]:
    rows = [{"id": key, "role": role.lower(), "school": "", "name": "", "email": ""}
            for key, role in (team or [(1, "Teacher")])]  # fmt: skip
    return {
        "sections": [
            {"title": "Why now", "slug": "why", "questions": [a_question("q3", "Why now?", ["Because."])]},
            {"title": "Your team", "slug": "team",
             "questions": [{**a_question("q7", "Who would be on the team?", []), "kind": "roster"}]},
            {"title": "Time", "slug": "time", "questions": [a_question("q9", "On how many days?", [q9])]},
        ],
        "roster": rows, "roles": {row["role"]: row["role"].capitalize() for row in rows},
        "commitments": [{"text": "Name a team."}], "waivers": [],
        "endorsement": {"name": "Superintendent", "title": "Superintendent", "date": "October 20, 2026"},
    }  # fmt: skip


def a_question(code: str, label: str, lines: list[str]) -> dict[str, Any]:
    return {"code": code, "kind": "long_text", "label": label, "lines": lines}
