"""The kinds of questions as those who build a round choose and set them.

What a kind keeps in Question.settings:

short_text       {"limits": {"max_characters": 120}}, which is also what fits when none is set; 300 at most
long_text        {"limits": {"min_words": 60, "max_words": 300}}
number           {"limits": {"min": 0, "max": 12, "step": 0.5}, "unit": "days"}; step 1 asks for whole numbers
date             {"limits": {"min": "2027-01-01", "max": "2027-12-31"}}
single_choice    {"options": […], "allow_other": true, "follow_up": {"when": "Some schools", "max_words": 80}}
multiple_choice  {"options": […], "allow_other": true, "limits": {"min_choices": 1, "max_choices": 3}}
ranking          {"options": […], "limits": {"min_choices": 3, "max_choices": 3}}
district_profile {"prefill": ["grades", "schools", "students", "teacher_fte"]}
contact          {"fields": ["name", "role", "email", "phone"]}
roster           {"limits": {"min_rows": 8, "max_rows": 14}, "rules": [{"id": "r1", "text": "…", "any_role": […],
                 "min": 3, "also": {"any_role": […], "min": 1}}]}
file             nothing: one PDF, up to the round's file_limit_mb
commitments      nothing: yes or no to each of the round's commitments, and why not
endorsement      {"statement": "I have read the commitments, …"}

With "allow_other" the last option is the one beside which something else is typed. A limit that is not there is none.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of question: its words, what it is for, and which parts of its settings can be set."""

    words: str
    hint: str
    parts: tuple[str, ...] = ()


KIND_WORDS: dict[str, Kind] = {
    "short_text": Kind("Short text", "One line, with a number of characters: a name, a place.", ("limits",)),
    "long_text": Kind("Long text", "Paragraphs, with a number of words.", ("limits",)),
    "number": Kind("Number", "With a unit, and from where to where.", ("limits", "unit")),
    "date": Kind("Date", "A day, perhaps between two days.", ("limits",)),
    "single_choice": Kind("One choice", "One of several answers.", ("options", "allow_other", "follow_up")),
    "multiple_choice": Kind("Several choices", "Any of several answers.", ("options", "allow_other", "limits")),
    "ranking": Kind("Ranking", "The first few of several, in order.", ("options", "limits")),
    "district_profile": Kind(
        "District profile", "What public data says of the district, and whether it is still true.", ("prefill",)
    ),
    "contact": Kind("Contact", "A person to talk to.", ("fields",)),
    "roster": Kind("Team", "People by role, with rules.", ("limits", "rules")),
    "file": Kind("File", "A PDF, up to the size under Places and limits."),
    "commitments": Kind("Commitments", "The district says yes to each of the round’s commitments."),
    "endorsement": Kind("Endorsement", "The superintendent’s signature.", ("statement",)),
}
ONCE = ("roster", "commitments", "endorsement")  # a letter has one team, one list of promises, one signature
PROFILE = {
    "grades": "Grades", "schools": "Schools", "students": "Students", "teacher_fte": "Teachers (full-time equivalent)",
}  # fmt: skip
CONTACT = {"name": "Name", "role": "Role", "email": "Work e-mail", "phone": "Phone"}
