"""What the pages show of a letter's team: who writes, how sections are planned, comments, who is here now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from portal.core import clock
from portal.core.access import community, me
from portal.districts.queries import leads_of
from portal.rounds.models import Section

from .deadlines import ends_at, is_open
from .models import Comment, Editor, Letter, SectionTask
from .queries import roles_for
from .rules import may
from .team_forms import EditorForm, PlanForm
from .team_queries import comments_on, planned_sections, seen_in, talk_of
from .team_rules import is_changed, is_overdue, link_until, live_editors, most_writers, state_of

MARK = re.compile(r"[0-9]{1,18}-[0-9]{1,9}", re.ASCII)
NOW = timedelta(seconds=75)  # a page calls every 30 seconds: whoever missed two calls has left


@dataclass(frozen=True)
class Writer:
    """Somebody who writes in the letter, or was asked to."""

    name: str
    email: str
    state: str  # lead, or what team_rules.state_of says
    account_id: int | None = None
    editor: Editor | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Plan:
    """How a section is planned. `is_changed`: its answers read otherwise than when it was called done."""

    owner: str = ""
    owner_id: int | None = None
    due_on: date | None = None
    is_overdue: bool = False
    done_at: datetime | None = None
    doer: str = ""
    is_changed: bool = False
    comments: int = 0


@dataclass(frozen=True)
class Told:
    """One comment as the reader sees it."""

    comment: Comment
    writer: str
    is_own: bool


@dataclass(frozen=True)
class Here:
    """Who else is in the letter: in this section now, in another section now, and who was here last and when."""

    now: Sequence[str] = ()
    elsewhere: Sequence[tuple[str, str]] = ()
    last: tuple[str, datetime] | None = None


def team_page(
    letter: Letter, form: EditorForm | None = None, plan: tuple[int, PlanForm] | None = None
) -> dict[str, Any]:
    """Who writes and who was asked to, and how the sections are planned. `form` and `plan` hold what was typed; `plan`
    comes with the number of its section."""
    writers, now = writers_on(letter), clock.now()
    roles = roles_for(me(), letter)
    may_plan = may("plan", letter, roles, now)
    rows = [row for row in planned_sections(letter).values() if not row.is_signing]
    return {
        "letter": letter, "here": "district", "writers": writers, "most": most_writers(letter.round),
        "left": max(most_writers(letter.round) - len({one.email for one in writers}), 0),
        "form": form or EditorForm(formdata=None, prefix="editor"), "last_day": last_day(letter),
        "may_invite": may("invite", letter, roles, now), "may_dismiss": may("dismiss", letter, roles, now),
        "rows": [(row.Section, plan_of(row), plan_form(row, writers, plan) if may_plan else None) for row in rows],
    }  # fmt: skip


def writers_on(letter: Letter) -> list[Writer]:
    """Everyone who writes in the letter or was asked to: who acts for the district, then co-editors."""
    leads = leads_of(letter.community_id, letter.district_id)
    found = [Writer(one.name, one.email, "lead", one.id) for one in leads]
    for one in live_editors(letter):
        state = state_of(one, clock.now())
        found.append(Writer(one.name, one.email, state, one.account_id, one, link_until(one)))
    return found


def plan_form(row: Any, writers: Sequence[Writer], typed: tuple[int, PlanForm] | None = None) -> PlanForm:
    """The form to plan the section of `row`, with who can look after it; `typed` if it is the one that was sent."""
    number, task = row.Section.id, row.SectionTask
    stored = {"owner": task.owner_id, "due": task.due_on} if task else {}
    form = typed[1] if typed and typed[0] == number else PlanForm(formdata=None, prefix=f"plan-{number}", **stored)
    form.owner.choices = owner_choices(writers, task)
    return form


def owner_choices(writers: Sequence[Writer], task: SectionTask | None = None) -> list[tuple[Any, str]]:
    """Who can look after a section: everyone who writes, once; and whoever does now."""
    people = {one.account_id: one.name for one in writers if one.state in ("lead", "joined")}
    return [("", "Nobody in particular"), *((number, name) for number, name in people.items() if number)]


def plans_page(letter: Letter) -> dict[int, Plan]:
    """How each section is planned, by its number, for the task list."""
    return {number: plan_of(row, letter) for number, row in planned_sections(letter).items()}


def plan_of(row: Any, letter: Letter | None = None) -> Plan:
    """How the section of `row` is planned. Whether its answers changed is seen only with the `letter`'s answers."""
    changed = letter is not None and is_changed(row.SectionTask, letter, row.Section)
    return _plan(row.SectionTask, row.owner, row.doer, changed, int(row.comments))


def beside_page(letter: Letter, section: Section) -> dict[str, Any]:
    """What stands beside a section's questions: its plan, the team's comments, who saved last."""
    saved_at, saver_id = _last_save(letter, section)
    rows = talk_of(letter, section, saver_id)
    changed = is_changed(rows[0].SectionTask, letter, section)
    return {
        **comments_page(letter, section, [row for row in rows if row.Comment]), "typed_comment": "", "others": Here(),
        "plan": _plan(rows[0].SectionTask, rows[0].owner, rows[0].doer, changed),
        "saver": (rows[0].saver, saved_at) if rows[0].saver else None,
    }  # fmt: skip


def comments_page(letter: Letter, section: Section, rows: Sequence[Any]) -> dict[str, Any]:
    """The team's comments, and to which form on the page their buttons belong: to that of the texts, or their own."""
    told = [Told(row.Comment, row.writer or "Somebody", row.Comment.account_id == me().account_id) for row in rows]
    now, roles = clock.now(), roles_for(me(), letter)
    return {
        "letter": letter, "section": section, "told": told, "mark": f"{rows[-1].Comment.id if rows else 0}-{len(rows)}",
        "may_plan": may("plan", letter, roles, now),
        "may_comment": may("comment", letter, roles, now) and is_open(letter, now),
        "form_id": "section-form" if may("write", letter, roles, now) else "talk-form",
    }  # fmt: skip


def here_page(letter: Letter, section: Section) -> dict[str, Any]:
    """Who else is in the letter now, and who was in this section last."""
    rows = [row for row in seen_in(letter) if row.Presence.account_id != me().account_id]
    edge = clock.now() - NOW
    near = [row for row in rows if row.Presence.seen_at > edge]
    before = [row for row in rows if row.Presence.seen_at <= edge and row.Presence.section_id == section.id]
    others = Here(
        [row.name for row in near if row.Presence.section_id == section.id],
        [(row.name, row.section) for row in near if row.Presence.section_id != section.id],
        (before[0].name, before[0].Presence.seen_at) if before else None,
    )
    return {"others": others}


def news_for(shown: ResponseReturnValue, letter: Letter, section: Section) -> ResponseReturnValue:
    """The answer `shown` to a page that says where it is, and the comments with it when the page shows others."""
    page = comments_page(letter, section, comments_on(letter, section))
    seen = request.form.get("mark", "")
    if not isinstance(shown, str) or page["mark"] == seen:
        return shown
    is_new = int(page["mark"].partition("-")[0]) > (int(seen.partition("-")[0]) if MARK.fullmatch(seen) else 0)
    said = render_template("components/_said.html", said="There is a new comment of your team." if is_new else "")
    return shown + render_template("letters/_comments_news.html", **page) + said


def last_day(letter: Letter) -> date:
    """The last day on which the letter can be sent, where the community lives."""
    return clock.local(ends_at(letter), community().time_zone).date()


def today() -> date:
    """Today's date where the community lives."""
    return clock.local(clock.now(), community().time_zone).date()


def typed_comment() -> str:
    """The comment in the form that was sent."""
    return request.form.get("comment", "")


def _plan(task: SectionTask | None, owner: str | None, doer: str | None, changed: bool, comments: int = 0) -> Plan:
    if task is None:
        return Plan(comments=comments)
    late = is_overdue(task, today())
    return Plan(owner or "", task.owner_id, task.due_on, late, task.done_at, doer or "", changed, comments)


def _last_save(letter: Letter, section: Section) -> tuple[datetime | None, int | None]:
    asked = {question.id for question in section.questions}
    saves = [(one.saved_at, one.saved_by_id) for one in letter.answers if one.question_id in asked]
    if any(question.kind == "roster" for question in section.questions):
        saves += [(row.saved_at, row.saved_by_id) for row in letter.roster]
    return max(saves, key=lambda save: save[0], default=(None, None))
