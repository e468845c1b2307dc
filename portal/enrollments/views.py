"""Doors of enrollments: one experience, one's own learning. The list: agenda_views; the reader's seat: seat_views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal.agenda.rules import MODE_WORDS, Person, audience_words, is_meant
from portal.communities.queries import all_communities, role_labels
from portal.core import clock
from portal.core.access import community, kept, me
from portal.core.kept import fragment
from portal.letters.team_queries import edited_letters

from .change_queries import changes_by_session
from .leading_queries import led_by
from .learning import learning_of
from .my_queries import my_enrollments, refusals_of
from .notices import notices_of
from .question_forms import QuestionForm
from .reader_queries import cohort_names
from .seat_pages import aside, leads, reader, shown_at
from .showing import COLUMNS, Shown, faculty_of

bp = Blueprint("enrollments", __name__)
PAGE = "/<slug:community>/agenda/<slug:experience>"


@bp.get(PAGE)
@kept
def experience(experience: str) -> ResponseReturnValue:
    return render_template("enrollments/experience.html", **page_context(shown_at(experience)))


@bp.get("/my")
def my() -> ResponseReturnValue:
    now = clock.now()
    rows = my_enrollments(me().account_id, now)
    learning = learning_of(rows, now)
    return render_template(
        "enrollments/my.html", here="my", learning=learning, communities=_my_communities(learning),
        letters=edited_letters(me().account_id), leading=led_by(me().account_id, now),
        refusals=refusals_of([row.id for row in rows if row.state == "refused"]),
        notices=notices_of(me().account_id, now) if any(row.has_news for row in rows) else [],
    )  # fmt: skip


def page_context(shown: Shown, typed: QuestionForm | None = None, person: Person | None = None) -> dict[str, Any]:
    """What the page of an experience needs; `typed`: a form that came back; `person`: as whom it is looked at."""
    has_news = shown.experience.has_news
    return {
        "here": "agenda",
        "facts": _facts(shown, person),
        "notices": notices_of(me().account_id, clock.now(), shown.experience.id) if has_news else [],
        **aside(shown, typed, person),
    }


def _facts(shown: Shown, person: Person | None) -> list[Markup]:
    """What stays the same whoever takes a seat, kept until the experience changes: before and after the aside."""
    is_preview = person is not None
    sees_place = not shown.experience.is_private or _is_meant(shown.experience, person)
    own = repr(shown.experience[: len(COLUMNS)])
    dates = tuple(
        (one.session_id, one.sequence, one.starts_at, one.mode, one.label, one.place) for one in shown.meetings
    )
    cohorts = cohort_names(shown.experience)
    version = (own, dates, community().time_zone, tuple(cohorts))
    told = fragment(
        ("facts", sees_place, is_preview), "enrollments/facts.html",
        lambda: {**_told(shown, sees_place, cohorts), "is_preview": is_preview}, version=version,
    )  # fmt: skip
    return told.split("<!--seat-->")


def _told(shown: Shown, sees_place: bool, cohorts: Sequence[str]) -> dict[str, Any]:
    labels = role_labels(community().id)
    return {
        "shown": shown,
        "experience": shown.experience,
        "next": shown.next_meeting(clock.now()),
        "now": clock.now(),
        "sees_place": sees_place,
        "who": audience_words(shown.experience, labels, cohorts),
        "faculty": faculty_of(shown.experience.id),
        "changes": changes_by_session(shown.experience.id) if any(one.sequence for one in shown.meetings) else {},
        "mode_words": MODE_WORDS,
    }


def _is_meant(experience: Any, person: Person | None) -> bool:
    return is_meant(experience, person or reader()) or leads(experience)


def _my_communities(learning: Any) -> list[Any]:
    """Whose agenda to offer to somebody who has nothing yet: those they work in, else all."""
    if learning.next_up or learning.coming or learning.past:
        return []
    mine = {number for number, _, _ in me().jobs}
    return [one for one in all_communities() if not mine or one.id in mine]
