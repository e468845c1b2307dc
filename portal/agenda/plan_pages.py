"""What the pages show on which staff build an experience: where it stands, its chapters, the form of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import url_for

from portal.communities.queries import roles_of
from portal.core import clock
from portal.core.filters import zone_name
from portal.core.history import History
from portal.rounds.build_base import BuildForm
from portal.rounds.gap_rules import Gap, state_of_chapter

from . import building
from .clash_queries import clashes_in
from .models import Experience
from .plan_forms import LeadersForm, ReachForm, RemindersForm, SeatsForm, WeatherForm, WordsForm
from .plan_queries import all_cohorts, all_faculty, plan_of, years_of
from .plan_rules import (
    CHAPTERS,
    STAGES,
    Plan,
    PlanLaw,
    as_it_comes,
    chapter_before,
    gaps_of,
    line_words,
    next_chapter,
    stage_of,
    why_no_new_session,
    why_on_agenda,
)
from .queries import find_faculty
from .rules import KIND_WORDS, MODE_WORDS

WORDS = (
    "kind", "title", "slug", "summary", "description", "note", "agenda_id", "quarter", "mode", "place", "joined_by",
    "pdp",
)  # fmt: skip
SEATS = (
    "capacity", "online_capacity", "min_to_run", "opens_at", "closes_at", "needs_approval", "has_waitlist",
    "offer_within_hours", "offer_hold_hours", "cutoff_hours",
)  # fmt: skip
REACH = ("reach", "cohorts", "audience", "is_private")
LEADERS = ("faculty", "facilitator_id")
WEATHER = ("snow_date", "decide_by", "fallback_capacity", "fallback_minutes")
REMINDERS = ("reminder_days", "join_minutes")
# The history keeps verbs as they are said to the portal; here they are told of somebody. PAST serves those not listed.
HAPPENED = {
    "create": "began it",
    "publish": "published it",
    "copy": "made it from another one",
    "take off the agenda": "took it off the agenda",
}
PAST = {"change": "changed", "add": "added", "take": "took", "invite": "invited people", "cancel": "cancelled it"}


@dataclass(frozen=True)
class Chapter:
    """A chapter that is one form: how the form is made of the experience, and the verb that saves it."""

    form: Callable[[Experience, PlanLaw], BuildForm]
    save: Callable[..., None]


def _stored(experience: Experience, names: Iterable[str]) -> dict[str, Any]:
    return {name: building.stored_in(experience, name) for name in names}


def year_choices(community_id: int) -> list[tuple[int, str]]:
    """The years of the agenda, to choose from."""
    return [(one.id, one.title) for one in years_of(community_id)]


def _reach_form(one: Experience, law: PlanLaw) -> BuildForm:
    cohorts = [(row.id, row.name) for row in all_cohorts(one.community_id)]
    roles = [(row.slug, row.label) for row in roles_of(one.community_id)]
    return ReachForm(law, _stored(one, REACH), cohorts, roles)


def _leaders_form(one: Experience, law: PlanLaw) -> BuildForm:
    return LeadersForm(law, _stored(one, LEADERS), [(row.id, row.title) for row in all_faculty(one.community_id)])


FORMS = {
    "what": Chapter(
        lambda one, law: WordsForm(law, _stored(one, WORDS), year_choices(one.community_id)), building.change_words
    ),
    "seats": Chapter(lambda one, law: SeatsForm(law, _stored(one, SEATS)), building.change_seats),
    "who": Chapter(_reach_form, building.change_reach),
    "faculty": Chapter(_leaders_form, building.change_leaders),
    "weather": Chapter(lambda one, law: WeatherForm(law, _stored(one, WEATHER)), building.change_weather),
    "reminders": Chapter(lambda one, law: RemindersForm(law, _stored(one, REMINDERS)), building.change_reminders),
}


def frame(experience: Experience, zone: str, at: str = "") -> dict[str, Any]:
    """What stands around every page of the builder: the experience, its stage, its chapters, what is missing."""
    # One moment for all of the page: a date that begins between two looks must not be told both ways.
    now, plan = clock.now(), plan_of(experience, zone)
    gaps = gaps_of(plan, now)
    stage = stage_of(experience, now)
    return {
        "here": "staff", "experience": experience, "stage": stage, "says": STAGES[stage], "gaps": gaps, "plan": plan,
        "needed": [gap for gap in gaps if gap.is_needed], "chapters": _chapters(plan, at, gaps),
        "kind_words": KIND_WORDS, "mode_words": MODE_WORDS, "clashes": clashes_in(experience, zone),
        "zone_words": f"{zone_name(now, zone)} ({zone})", "refusal": "",
        "can_go_back": stage in ("published", "over") and not why_on_agenda(experience),
    }  # fmt: skip


def chapter_page(experience: Experience, zone: str, chapter: str, chosen: str = "") -> dict[str, Any]:
    """A chapter: its form where it is one, what it lacks, and where to go on. `chosen`: somebody of the faculty (by
    their short name) who was just added, to be checked among those who lead it.
    """
    around = frame(experience, zone, chapter)
    law = PlanLaw.of(experience, clock.now(), zone)
    following, words = next_chapter(chapter)
    return {
        **around, "chapter": chapter, "title": CHAPTERS[chapter], "following": words,
        "before": chapter_before(chapter), "form": _form(experience, law, chapter, chosen),
        "lacks": [gap for gap in around["gaps"] if gap.chapter == chapter],
        "action": address(experience, chapter), "next_url": address(experience, following),
        "line_words": line_words(experience) if chapter == "seats" else "", "is_asked": law.is_asked,
        "why_not": why_no_new_session(experience) if chapter == "sessions" else "",
    }  # fmt: skip


def address(experience: Experience, chapter: str) -> str:
    """Where a chapter stands; the preview belongs to enrollments."""
    if chapter == "preview":
        return url_for("enrollments.preview", experience=experience.slug)
    if chapter in ("sessions", "questions"):
        return url_for(f"agenda.plan_{chapter}", experience=experience.slug)
    return url_for("agenda.plan_chapter", experience=experience.slug, chapter=chapter)


def happened(row: History) -> dict[str, Any]:
    """A line of the history: who did what, and each change with before and after."""
    changes = row.data.get("changes") or {}
    first, _, rest = row.verb.partition(" ")
    return {
        "row": row, "words": HAPPENED.get(row.verb) or f"{PAST.get(first, first)} {rest}".strip(),
        "changes": [(name.replace("_", " "), _short(pair[0]), _short(pair[1])) for name, pair in changes.items()],
    }  # fmt: skip


def _form(experience: Experience, law: PlanLaw, chapter: str, chosen: str) -> BuildForm | None:
    form = FORMS[chapter].form(experience, law) if chapter in FORMS else None
    person = find_faculty(experience.community_id, chosen) if chosen and isinstance(form, LeadersForm) else None
    if person is not None and isinstance(form, LeadersForm):
        form.choose(person.id)
    return form


def _chapters(plan: Plan, at: str, gaps: list[Gap]) -> list[tuple[str, str, str, tuple[str, str, str], bool]]:
    # Nothing notes that a chapter was opened, since looking changes nothing: what counts is whether anything was
    # chosen.
    untouched = as_it_comes(plan)
    return [
        (key, address(plan.experience, key), words, _state(key, gaps, untouched.get(key, "")), key == at)
        for key, words in CHAPTERS.items()
    ]


def _state(chapter: str, gaps: list[Gap], untouched: str) -> tuple[str, str, str]:
    """Icon, words and tone. Nobody has done anything in a chapter that stands as it came, so it does not say so."""
    has_gap = any(gap.chapter == chapter for gap in gaps)
    return ("ring", untouched, "") if untouched and not has_gap else state_of_chapter(chapter, gaps)


def _short(value: Any) -> str:
    text = str(value) if value not in (None, "", [], {}) else "nothing"
    return f"{text[:160]}…" if len(text) > 160 else text
