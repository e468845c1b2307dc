"""What the pages around a release show: every mail as it would leave, what stands in the way, how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from portal.core import clock
from portal.core.web import asked_page, page_in
from portal.letters.queries import name_of
from portal.reviews.conflict_queries import conflicted_districts
from portal.reviews.models import Decision, Release
from portal.reviews.rules import OUTCOMES
from portal.reviews.scoring_queries import summaries_for
from portal.rounds.models import Round
from portal.rounds.rules import stage_of

from .board_queries import decided_apart
from .decision_mails import standing_url
from .feedback_queries import letters_with_feedback
from .queries import cohort_of_round, reply_until
from .release_queries import dead_mails_of, numbers_in_line, outgoings, progress_of, releases_of, running_release
from .release_rules import Item, digest, state_of
from .wording_rules import FEEDBACK, marked, values_of, words_of

SIZE = 25  # mails of a page


@dataclass(frozen=True)
class ShownMail:
    """A mail as it would leave: to whom, with what was put in marked, and whose words it has."""

    decision: Decision
    outcome: str
    to: str
    copies: Sequence[str]
    subject: Markup
    paragraphs: Sequence[Markup]
    source: str


def rehearsal_page(reader: Any, round: Round) -> dict[str, Any]:
    """Every mail that a release would send now, a page at a time, and what has to be settled before."""
    out = outgoings(round, reader.account_id)
    page = page_in(list(out.items), asked_page(), SIZE)
    return {
        "round": round, "out": out, "page": page, "mails": shown_mails(round, page.items), "seen": digest(out),
        "stage": stage_of(round, clock.now()), "over": max(0, out.offered - max(out.left, 0)),
        "running": running_release(round), "cohort": cohort_of_round(round.id), "apart": decided_apart(reader, round),
        "with_feedback": _declined_with_feedback(out.items), **_read(reader, round, out.items),
        "declined": sum(item.decision.outcome == "decline" for item in out.items),
    }  # fmt: skip


def shown_mails(round: Round, items: Sequence[Item]) -> list[ShownMail]:
    """The mails of these decisions as they would leave just now. As many queries for one as for all."""
    places, until = numbers_in_line(round), reply_until(round, round.community.time_zone)
    praised = letters_with_feedback(item.decision.letter_id for item in items)
    return [
        _shown(item, places.get(item.decision.id, 0), until, item.decision.letter_id in praised) for item in items
    ]  # fmt: skip


def releases_page(round: Round) -> dict[str, Any]:
    """The releases of the round, the newest first."""
    return {"round": round, "releases": [(one, state_of(one)) for one in releases_of(round)]}


def progress_page(reader: Any, release: Release) -> dict[str, Any]:
    """How far a release is: waits, refused and why, or done, with how many of its mails have left."""
    hidden = conflicted_districts(reader.account_id, release.round_id)
    state, told = state_of(release), progress_of(release, hidden)
    waits = told.mails - told.left - told.dropped - told.dead
    return {
        "release": release, "round": release.round, "state": state, "told": told, "waits": waits,
        "by": name_of(release.asked_by_id), "is_moving": state == "waits" or (state == "done" and waits > 0),
        "dead": dead_mails_of(release, hidden) if told.dead else [],
    }  # fmt: skip


def _shown(item: Item, place: int, until: Any, has_feedback: bool) -> ShownMail:
    decision = item.decision
    words = words_of(decision, decision.letter.round)
    values = values_of(
        decision.outcome, decision.letter.round, district=decision.letter.district.label,
        names=[lead.name for lead in item.leads], place=place, reply_by=until, url=standing_url(decision.letter),
    )  # fmt: skip
    subject, paragraphs = marked(words, values, after=FEEDBACK if has_feedback else "")
    emails = [lead.email for lead in item.leads]
    return ShownMail(
        decision, OUTCOMES[decision.outcome], emails[0] if emails else "", emails[1:], subject, paragraphs, words.source
    )


def _read(reader: Any, round: Round, items: Sequence[Item]) -> dict[str, int]:
    """How many of these letters have fewer reviews than planned, and how many changed since they were scored; of those
    that the reader is still to score nothing is said."""
    found = summaries_for(reader, round)
    known = [found[one.decision.letter_id] for one in items if one.decision.letter_id in found]
    known = [one for one in known if not one.is_kept_back]
    return {"few": sum(one.handed_in < one.wanted for one in known), "stale": sum(one.is_stale for one in known)}


def _declined_with_feedback(items: Sequence[Item]) -> int:
    return len(letters_with_feedback(item.decision.letter_id for item in items if item.decision.outcome == "decline"))
