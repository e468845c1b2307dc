"""How the demo's districts write together: co-editors, who looks after what, done marks, comments."""

from __future__ import annotations

from typing import Any

from portal.core.tokens import token_of
from portal.letters.editors import invite_editor, join_letter
from portal.letters.models import Letter
from portal.letters.planning import mark_done, plan_section
from portal.letters.talk import write_comment
from portal.letters.team_queries import PURPOSE
from portal.rounds.models import Section

from .days import day_in, days_ago
from .people import People

Row = dict[str, Any]
Place = tuple[str, float]  # who writes a section, and how many days ago


def gather_team(letter: Letter, row: Row, people: People) -> None:
    """Ask the colleagues of a letter to write too; those who have a day for it join. Then plan who does what."""
    lead = people[row["writer"]]
    for one in row.get("editors", ()):
        person = people.get(one.get("person", ""))
        name, email = (person.name, person.email) if person else (one["name"], one["email"])
        with days_ago(one["invited"]):
            editor = invite_editor(letter, name=name, email=email, by=lead)
        if "joined" in one:
            with days_ago(one["joined"]):
                join_letter(token_of(editor, PURPOSE), next_url=f"/eclc/letters/{letter.id}")
    for slug, plan in row.get("plan", {}).items():
        due = day_in(plan["due"])
        with days_ago(row["planned"]):
            plan_section(letter, _section(letter, slug), owner_id=people[plan["owner"]].id, due_on=due, by=lead)


def talk_and_tick(letter: Letter, row: Row, people: People) -> None:
    """Let the writers comment on sections, and call some of them done."""
    for said in row.get("comments", ()):
        with days_ago(said["days_ago"]):
            write_comment(letter, _section(letter, said["section"]), said["text"], by=people[said["by"]])
    for slug, plan in row.get("plan", {}).items():
        if "done" in plan:
            with days_ago(plan["done"]):
                mark_done(letter, _section(letter, slug), by=people[plan["owner"]])


def written_by(row: Row, slug: str) -> Place:
    """Who wrote a section and how many days ago: as planned, else whoever writes the letter."""
    plan = row.get("plan", {}).get(slug, {})
    if "written" in plan:
        return plan["owner"], plan["written"]
    return row["writer"], row["days_ago"]["written"]


def _section(letter: Letter, slug: str) -> Section:
    return next(section for section in letter.round.sections if section.slug == slug)
