"""A round with all nine kinds of question, and letters at every stage of being written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account, start_sign_in
from portal.communities.models import Community
from portal.communities.operations import add_roles, create_community
from portal.core.db import db
from portal.districts.models import District
from portal.districts.operations import add_district, affiliate, grant_lead, record_fact
from portal.letters.models import Answer, Endorsement, Letter, RosterRow
from portal.letters.operations import (
    Signature,
    add_roster_row,
    ask_endorsement,
    save_answer,
    sign_endorsement,
    start_letter,
)
from portal.letters.rules import base_of
from portal.rounds.models import Question, Round, Section
from portal.rounds.operations import create_round
from tests.rounds.builders import PROMISES, fields, published

OPEN = "2026-10-20 09:00"
LAST_SECOND = "2026-10-30 17:00"
LATE = "2026-10-30 17:30"
LAST_LATE_SECOND = "2026-10-30 18:00:00"
AFTER = "2026-10-30 18:00:01"
ROLES = [
    ("superintendent", "Superintendent", "district"),
    ("principal", "Principal", "district"),
    ("teacher-general", "Classroom teacher", "district"),
    ("teacher-sped", "Special education teacher", "district"),
    ("nurse", "School nurse", "district"),
    ("reviewer", "Letter reviewer", "community"),
]
OPTIONS = ["Newcomers", "Students with disabilities", "Multilingual learners", "Other (say which)"]
PRIORITIES = ["Belonging", "Teacher leadership", "Family engagement", "Transitions", "Tiered support"]
SOME = "Some schools (list them below)"
TEAM_RULES = [
    {"id": "r1", "text": "At least one person from central office", "any_role": ["superintendent"], "min": 1},
    {"id": "r2", "text": "At least one principal", "any_role": ["principal"], "min": 1},
    {
        "id": "r3",
        "text": "At least two teachers, one of them in special education",
        "any_role": ["teacher-general", "teacher-sped"],
        "min": 2,
        "also": {"any_role": ["teacher-sped"], "min": 1},
    },
]
SETTINGS: dict[str, dict[str, Any]] = {
    "q1": {"prefill": ["grades", "schools", "students"]},
    "q2": {"fields": ["name", "role", "email", "phone"]},
    "q3": {"limits": {"min_words": 5, "max_words": 12}},
    "q4": {"limits": {"max_choices": 2}, "options": OPTIONS, "allow_other": True},
    "q6": {"limits": {"min_choices": 3, "max_choices": 3}, "options": PRIORITIES},
    "q7": {"limits": {"min_rows": 3, "max_rows": 5}, "rules": TEAM_RULES},
    "q8": {"options": ["All schools", SOME], "follow_up": {"when": SOME, "type": "long_text", "max_words": 6}},
    "q9": {"limits": {"min": 0, "max": 12, "step": 1}, "unit": "days"},
    "q10": {"limits": {"max_words": 8}},
    "q12": {"statement": "I support this letter.", "must_accept": ["c1", "c2"]},
}
KINDS = {
    "q1": ("district_profile", "Is what we know still true?"),
    "q2": ("contact", "Who should we talk to?"),
    "q3": ("long_text", "Why now?"),
    "q4": ("multiple_choice", "Which learners?"),
    "q6": ("ranking", "Put three in order."),
    "q7": ("roster", "Who would be on the team?"),
    "q8": ("single_choice", "All schools, or some?"),
    "q9": ("number", "On how many days?"),
    "q10": ("long_text", "How will you make the time real?"),
    "q12": ("endorsement", "Endorsement"),
}
PAGES = [
    ("your-district", "Your district", ["q1", "q2"]),
    ("why-now", "Why now", ["q3", "q4", "q6"]),
    ("your-team", "Your team", ["q7", "q8"]),
    ("time", "Time and conditions", ["q9", "q10"]),
    ("endorsement", "Endorsement", ["q12"]),
]
ANSWERS: dict[str, Any] = {
    "q1": {"still_true": "yes", "corrections": {}},
    "q2": {"name": "Director", "role": "Director", "email": "director@example.org", "phone": ""},
    "q3": "Our two middle schools became one.",
    "q4": {"choices": ["Newcomers", "Multilingual learners"], "other": ""},
    "q6": ["Transitions", "Belonging", "Tiered support"],
    "q8": {"choice": "All schools", "follow_up": ""},
    "q9": 5,
    "q10": "August is covered by contract days.",
}
TEAM = [
    ("superintendent", "Central office", "Superintendent", "superintendent@example.org"),
    ("principal", "Harbor School", "", ""),
    ("teacher-general", "Harbor School", "", ""),
    ("teacher-sped", "North School", "", ""),
]


@dataclass
class Place:
    """A community with an open round, a district, and two people who act for it."""

    community: Community
    round: Round
    district: District
    lead: Account
    other: Account

    def questions(self) -> dict[str, Question]:
        return {one.code: one for one in db.session.query(Question).filter_by(round_id=self.round.id)}


def a_place() -> Place:
    """All that a letter needs. The clock must stand in the round's time."""
    community = create_community(slug="eclc", name="Example Learning Community", kind="district_network")
    add_roles(community, ROLES)
    round = a_round_of_all_kinds(community)
    name = "Example Harbor Public Schools"
    district = add_district(name=name, short_name="Example Harbor", city="Harbor", state="MA")
    record_fact(district, "students", "2900", "NCES", "2024-25")
    lead, other = (a_lead(community, district, name) for name in ("Assistant superintendent", "Principal, grades 6–8"))
    return Place(community, round, district, lead, other)


def a_round_of_all_kinds(community: Community, **changed: Any) -> Round:
    sections = [
        {"slug": slug, "title": title, "questions": [a_question_row(code) for code in codes]}
        for slug, title, codes in PAGES
    ]
    return published(create_round(community, fields=fields(**changed), sections=sections, commitments=PROMISES))


def a_question_row(code: str) -> dict[str, Any]:
    kind, label = KINDS[code]
    return {"code": code, "kind": kind, "label": label, "settings": SETTINGS[code]}


def a_lead(community: Community, district: District, name: str) -> Account:
    account = find_or_open_account(email=f"{name.split()[0].strip(',').lower()}@example.org", name=name)
    grant_lead(account, community.id, district, None)
    return account


def a_superintendent(place: Place) -> Account:
    """A lead of the district whose job there is superintendent."""
    account = a_lead(place.community, place.district, "Superintendent")
    affiliate(account, place.community.id, place.district, "superintendent", date(2024, 7, 1), None)
    return account


def a_letter(place: Place) -> Letter:
    return start_letter(place.round, place.district, place.lead)


def a_complete_letter(place: Place) -> Letter:
    """Everything answered, nothing signed."""
    letter, questions = a_letter(place), place.questions()
    for code, value in ANSWERS.items():
        save_answer(letter, questions[code], value, by=place.lead)
    for role, school, name, email in TEAM:
        add_roster_row(letter, {"role": role, "school": school, "name": name, "email": email}, by=place.lead)
    return letter


def an_asked_letter(place: Place) -> Endorsement:
    """Complete, and with the superintendent."""
    letter = a_complete_letter(place)
    return ask_endorsement(letter, name="Superintendent", email="superintendent@example.org", by=place.lead)


def a_signed_letter(place: Place) -> Letter:
    """Complete and signed, not submitted."""
    endorsement = an_asked_letter(place)
    sign_endorsement(endorsement, a_signature())
    return endorsement.letter


def a_signature(**changed: Any) -> Signature:
    typed = {"accepted": ["c1", "c2"], "name": "Superintendent", "title": "Superintendent", "day": date(2026, 10, 20)}
    return Signature(**{**typed, **changed})


def a_bare_letter(status: str = "draft", codes: tuple[str, ...] = tuple(KINDS), **round_fields: Any) -> Letter:
    """A letter that is no row anywhere, with the questions `codes`, unanswered: what rules look at."""
    round = Round(**{**fields(published_at=fields()["opens_at"]), **round_fields})
    for place, (slug, title, own) in enumerate(PAGES):
        questions = [a_bare_question(code) for code in own if code in codes]
        if questions:
            round.sections.append(Section(slug=slug, title=title, position=place, questions=questions))
    district = District(name="Example Harbor Public Schools", short_name="Example Harbor", city="", state="")
    return Letter(id=17, status=status, round=round, district=district)


def a_bare_question(code: str, **settings: Any) -> Question:
    kind, label = KINDS[code]
    number = int(code.removeprefix("q"))
    chosen = {**SETTINGS[code], **settings}
    return Question(id=number, code=code, kind=kind, label=label, help="", is_required=True, settings=chosen)


def answered(letter: Letter, **values: Any) -> Letter:
    """The same bare letter with these answers by question code."""
    for code, value in values.items():
        letter.answers.append(Answer(question_id=int(code.removeprefix("q")), value=value, version=1))
    return letter


def rows(*roles: str) -> list[RosterRow]:
    """Bare lines of a roster with these roles, all in one school."""
    return [
        RosterRow(id=n, position=n, role=role, school="Harbor School", name="", email="", version=1)
        for n, role in enumerate(roles, 1)
    ]


def base(letter: Letter, question: Question) -> str:
    """What the page of this moment carries as the question's base."""
    answer = db.session.query(Answer).filter_by(letter_id=letter.id, question_id=question.id).one_or_none()
    return base_of(answer.version, answer.value) if answer else base_of(0, None)


def enter(client: FlaskClient, account: Account) -> FlaskClient:
    """Sign `account` in on this client."""
    with client.session_transaction() as session:
        session["_user_id"] = start_sign_in(account, way="password", browser="Tests")
    return client
