"""What the pages of the builder show: where the round stands, what is done and missing, and the form of a chapter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import url_for

from portal.core import clock
from portal.core.filters import zone_name
from portal.core.history import History

from . import building, rubrics
from .build_base import BuildForm
from .build_forms import DatesForm, EligibilityForm, LetterForm, PlacesForm
from .build_rubric_forms import RubricForm
from .changes import Freedom
from .chapters import CHAPTERS, gaps_of, next_chapter
from .dates import DAYS, MOMENTS
from .gap_rules import Gap, state_of_chapter
from .kinds import KIND_WORDS
from .models import Round
from .rules import FIELDS, WRITING, may
from .showing import meetings_of

LETTER = ("title", "slug", "summary", "letter_text")
PLACES = ("capacity", "has_waitlist", "max_co_editors", "file_limit_mb", "reviewers_per_letter")
STAGES = {  # of a round: icon, words, tone, and what that means for those who build it
    "draft": ("pen", "Draft", "now", "Only staff see this round. Everything can change."),
    "upcoming": ("clock", "Opens soon", "now", "Visitors can read this round. What you change shows at once."),
    "open": ("send", "Open", "good", "Letters are being written. What districts answer, sign and plan by stays."),
    "grace": ("clock", "Last minutes", "now", "Letters still come in. What districts answer and sign stays."),
    "closed": ("lock", "Closed", "", "Letters are in. Only what readers and decisions need can still change."),
    "archived": ("off", "Archived", "", "This round is kept as it was. Copy it to begin the next one."),
}
HAPPENED = {
    "create": "began this round", "publish": "published this round", "copy": "made it from another round",
    "close early": "closed the round early", "archive": "put the round into the archive",
}  # fmt: skip
PAST = {"change": "changed", "add": "added", "take": "took", "move": "moved", "rename": "renamed"}


@dataclass(frozen=True)
class Chapter:
    """A chapter that is one form: how the form is made of the round, and the verb that saves it."""

    form: Callable[[Round, Freedom], BuildForm]
    save: Callable[..., None]


def _stored(round: Round, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(round, name) for name in names}


READING = ("scale", "is_blind", "comment_up_to", "spread_flag", "conflict_rule", "waitlist_reply_days")


def _rubric_form(round: Round, freedom: Freedom) -> BuildForm:
    weights = {f"weight-{one.id}": one.weight for one in round.criteria}
    return RubricForm.weigh(round)(freedom, {**weights, **_stored(round, READING)})


FORMS = {
    "letter": Chapter(lambda round, freedom: LetterForm(freedom, _stored(round, LETTER)), building.write_letter),
    "dates": Chapter(
        lambda round, freedom: DatesForm(freedom, _stored(round, (*MOMENTS, *DAYS, "grace_minutes"))),
        building.set_dates,
    ),
    "eligibility": Chapter(
        lambda round, freedom: EligibilityForm(freedom, _stored(round, ("eligibility", "eligibility_note"))),
        building.set_eligibility,
    ),
    "rubric": Chapter(_rubric_form, rubrics.set_rubric),
    "places": Chapter(lambda round, freedom: PlacesForm(freedom, _stored(round, PLACES)), building.set_places),
}


def frame(round: Round, at: str = "") -> dict[str, Any]:
    """What stands around every page of the builder: the round, its stage, its chapters, what is missing."""
    now = clock.now()
    freedom, gaps = Freedom.of(round, now), gaps_of(round, now)
    return {
        "here": "staff", "round": round, "stage": freedom.stage, "says": STAGES[freedom.stage], "freedom": freedom,
        "gaps": gaps, "chapters": _chapters(round, at, gaps), "may_publish": may("publish", round, now),
        "may_archive": may("archive", round, now), "needed": [gap for gap in gaps if gap.is_needed],
    }  # fmt: skip


def chapter_page(round: Round, chapter: str) -> dict[str, Any]:
    """A chapter: its form where it is one, what it lacks, and where to go on."""
    around = frame(round, chapter)
    form = FORMS[chapter].form(round, around["freedom"]) if chapter in FORMS else None
    following, words = next_chapter(chapter)
    return {
        **around, "chapter": chapter, "title": CHAPTERS[chapter], "form": form, "shown": part_of(chapter),
        "lacks": [gap for gap in around["gaps"] if gap.chapter == chapter], "following": words,
        "kind_words": KIND_WORDS,
        "next_url": address(round, following), "fields": FIELDS, "action": address(round, chapter),
        "meetings": meetings_of(round) if chapter == "info-sessions" else [],
        "zone_words": f"{zone_name(clock.now(), round.community.time_zone)} ({round.community.time_zone})",
    }  # fmt: skip


def part_of(chapter: str) -> str:
    """The part that shows a chapter."""
    lists = {"info-sessions", "commitments", "questions", "rubric", "letter"}
    return f"rounds/_build_{chapter.replace('-', '_')}.html" if chapter in lists else "rounds/_build_form.html"


def address(round: Round, chapter: str) -> str:
    """Where a chapter stands; the preview belongs to the letters."""
    if chapter == "preview":
        return url_for("letters.preview", round_id=round.id)
    return url_for("rounds.build_chapter", round_id=round.id, chapter=chapter)


def todo(round: Round) -> tuple[str, str]:
    """What is to do with a round next, and where."""
    now = clock.now()
    stage = Freedom.of(round, now).stage
    missing = sum(gap.is_needed for gap in gaps_of(round, now)) if stage == "draft" else 0
    if stage == "draft":
        words = f"{missing} things are missing" if missing > 1 else "One thing is missing"
        return (
            (words, url_for("rounds.build_show", round_id=round.id))
            if missing
            else ("Publish it", url_for("rounds.build_publish", round_id=round.id))
        )
    if stage == "upcoming":
        return "Invite districts", url_for("letters.invited", round_id=round.id)
    if stage in WRITING:
        return "See who has answered", url_for("letters.glance", round=round.slug)
    return ("Read and decide", url_for("reviews.letters", round=round.slug)) if stage == "closed" else ("", "")


def happened(row: History) -> dict[str, Any]:
    """A line of the round's history: who did what, and each change with before and after."""
    changes = row.data.get("changes") or {}
    first, _, rest = row.verb.partition(" ")
    return {
        "row": row, "words": HAPPENED.get(row.verb) or f"{PAST.get(first, first)} {rest}".strip(),
        "changes": [(name.replace("_", " "), _short(pair[0]), _short(pair[1])) for name, pair in changes.items()],
    }  # fmt: skip


def _chapters(round: Round, at: str, gaps: list[Gap]) -> list[tuple[str, str, str, tuple[str, str, str], bool]]:
    return [
        (key, address(round, key), words, state_of_chapter(key, gaps), key == at) for key, words in CHAPTERS.items()
    ]


def _short(value: Any) -> str:
    words = (
        ", ".join(map(str, value)) if isinstance(value, list) else str(value if value not in (None, "") else "nothing")
    )
    return words if len(words) <= 300 else f"{words[:300]}…"
