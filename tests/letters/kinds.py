"""A round with the kinds of question that the other builders do not ask, and questions that wait for an answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from portal.communities.models import Community
from portal.districts.models import District
from portal.letters.models import Answer, Letter
from portal.rounds.models import Commitment, Question, Round, Section
from portal.rounds.operations import create_round
from tests.letters.builders import Place
from tests.rounds.builders import PROMISES, fields, published

OTHER = "Another way (say which)"
WAYS = ["By letter", "By a visit", OTHER]
SCHOOLS = ["All schools", "Some schools", "No school yet"]
SITES = ["North", "South", "Another place (say which)"]
ROWS: dict[str, dict[str, Any]] = {
    "q1": {"kind": "short_text", "label": "Name your work in one line.",
           "settings": {"limits": {"max_characters": 30}}},
    "q2": {"kind": "date", "label": "When could you start?",
           "settings": {"limits": {"min": "2026-11-01", "max": "2027-06-30"}}},
    "q3": {"kind": "number", "label": "How long is a meeting?",
           "settings": {"limits": {"min": 0.5, "max": 8, "step": 0.5}, "unit": "hours"}},
    "q4": {"kind": "single_choice", "label": "How should we answer?",
           "settings": {"options": WAYS, "allow_other": True}},
    "q5": {"kind": "single_choice", "label": "Which schools take part?", "settings": {"options": SCHOOLS}},
    "q6": {"kind": "multiple_choice", "label": "Where?", "settings": {"options": SITES, "allow_other": True},
           "condition": {"question": "q5", "any_of": ["Some schools"]}},
    "q7": {"kind": "short_text", "label": "Who runs that place?", "settings": {},
           "condition": {"question": "q6", "any_of": [SITES[2]]}},
    "q8": {"kind": "long_text", "label": "What would help?", "settings": {"limits": {"min_words": 2}},
           "condition": {"question": "q5", "any_of": ["No school yet"]}},
    "q9": {"kind": "number", "label": "How many schools later?", "settings": {},
           "condition": {"question": "q5", "any_of": ["Some schools"]}},
    "q10": {"kind": "file", "label": "Your calendar", "settings": {}},
    "q11": {"kind": "file", "label": "Anything else", "settings": {}, "is_required": False},
    "q12": {"kind": "commitments", "label": "What you promise", "settings": {}},
    "q13": {"kind": "endorsement", "label": "Endorsement", "settings": {"statement": "I support this letter."}},
}  # fmt: skip
PAGES = [
    ("basics", "Basics", ["q1", "q2", "q3", "q4"]),
    ("schools", "Schools", ["q5", "q6", "q7", "q8"]),
    ("later", "Later", ["q9"]),
    ("papers", "Papers", ["q10", "q11"]),
    ("promises", "Promises", ["q12"]),
    ("endorsement", "Endorsement", ["q13"]),
]
MOMENTS = ("intent_by", "questions_until", "closes_at", "reply_by")
DATES = (
    "intent_by", "questions_until", "closes_at", "review_from", "review_to", "conversations_from", "conversations_to",
    "decisions_on", "reply_by", "orientation_on", "term_from", "term_to",
)  # fmt: skip
PROMISED = {one["code"]: {"answer": "yes", "why_not": ""} for one in PROMISES}
GIVEN: dict[str, Any] = {
    "q1": "Reading together",
    "q2": "2026-11-03",
    "q3": 1.5,
    "q4": {"choice": OTHER, "follow_up": "", "other": "By phone"},
    "q5": {"choice": "Some schools", "follow_up": ""},
    "q6": {"choices": ["North", SITES[2]], "other": "The library"},
    "q7": "The town",
    "q9": 2,
    "q12": PROMISED,
}


def sections(codes: tuple[str, ...] = tuple(ROWS)) -> list[dict[str, Any]]:
    """The sections as an operation takes them, with those of the questions `codes`."""
    made = [
        {"slug": slug, "title": title, "questions": [{"code": code, **ROWS[code]} for code in own if code in codes]}
        for slug, title, own in PAGES
    ]
    return [one for one in made if one["questions"]]


def a_round_of_new_kinds(community: Community, **changed: Any) -> Round:
    """Published, open on October 20, 2026."""
    return published(create_round(community, fields=fields(**changed), sections=sections(), commitments=PROMISES))


def dates_around(now: datetime) -> dict[str, Any]:
    """The dates of a round that is open at `now`, wherever that is: for a portal whose clock nobody stops."""
    days = {name: now + timedelta(days=n) for n, name in enumerate(DATES, 1)}
    return {name: moment if name in MOMENTS else moment.date() for name, moment in days.items()} | {
        "opens_at": now - timedelta(days=10)
    }


def with_new_kinds(place: Place, **changed: Any) -> Place:
    """The same place with a round of these questions."""
    made = a_round_of_new_kinds(place.community, **{"slug": "new-kinds", **changed})
    return Place(place.community, made, place.district, place.lead, place.other)


def a_bare_letter(**values: Any) -> Letter:
    """A letter of that round that is no row anywhere, with these answers by code: what rules look at."""
    promises = [Commitment(position=n, **one) for n, one in enumerate(PROMISES, 1)]
    round = Round(**fields(published_at=fields()["opens_at"], file_limit_mb=10), commitments=promises)
    for place, (slug, title, own) in enumerate(PAGES):
        questions = [_bare(code) for code in own]
        round.sections.append(Section(slug=slug, title=title, position=place, questions=questions))
    district = District(name="Example Harbor Public Schools", short_name="Example Harbor", city="", state="")
    letter = Letter(id=17, status="draft", round=round, district=district)
    letter.answers = [Answer(question_id=_number(code), value=value, version=1) for code, value in values.items()]
    return letter


def bare(code: str, **settings: Any) -> Question:
    """One of the questions of a bare letter, with more settings."""
    found = next(one for section in a_bare_letter().round.sections for one in section.questions if one.code == code)
    found.settings = {**found.settings, **settings}
    return found


def _bare(code: str) -> Question:
    return Question(id=_number(code), code=code, **{"help": "", "is_required": True, "condition": {}, **ROWS[code]})


def _number(code: str) -> int:
    return int(code.removeprefix("q"))
