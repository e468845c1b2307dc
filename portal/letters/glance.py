"""What staff see of a round at a glance: which round it is, and how many districts reached each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select

from portal.core import clock
from portal.core.db import db
from portal.rounds.models import Invitation, Round
from portal.rounds.rules import choose_shown

from .models import Letter

WIDTH, ROW, BAR = 48, 52, 24  # of the drawing, in its own units; a row of the table is as high as a row of it


@dataclass(frozen=True)
class Counts:
    """How many districts of a round are where."""

    prepared: int = 0
    invited: int = 0
    opened: int = 0
    answered: int = 0
    interested: int = 0
    started: int = 0
    submitted: int = 0
    over: int = 0

    @property
    def writing(self) -> int:
        """Letters that are with their districts: not sent yet, or sent back."""
        return self.started - self.submitted - self.over

    @property
    def not_this_year(self) -> int:
        return self.answered - self.interested

    @property
    def silent(self) -> int:
        return self.invited - self.answered


@dataclass(frozen=True)
class Drawing:
    """The funnel as a picture: bars, and between two of them a shape that narrows."""

    height: int
    bars: list[tuple[float, int, float]]  # left, top, width
    slopes: list[str]


def staff_round(rounds: Sequence[Round]) -> Round | None:
    """Which of a community's rounds staff look at: the one that visitors see, else the newest draft."""
    return choose_shown(rounds, clock.now()) or (rounds[0] if rounds else None)


def counts_of(round: Round) -> Counts:
    """How many invitations of the round reached each step, counted in one query."""
    joins = and_(Letter.round_id == Invitation.round_id, Letter.district_id == Invitation.district_id)
    # Some start their letter without ever answering the invitation: they count as having opened and answered it, or a
    # later step would be larger than the one before. Who answered without being written to counts as invited.
    going = and_(Letter.id.is_not(None), Invitation.answer != "not_this_year")
    answered = or_(Invitation.answer != "", going)
    invited = or_(Invitation.sent_at.is_not(None), answered)
    steps = {
        "prepared": ~invited,
        "invited": invited,
        "opened": or_(Invitation.opened_at.is_not(None), answered),
        "answered": answered,
        "interested": or_(Invitation.answer == "interested", going),
        "started": going,
        "submitted": and_(going, Letter.status == "submitted"),
        "over": and_(going, Letter.status.in_(("not_submitted", "withdrawn"))),
    }
    columns = [func.count().filter(condition).label(name) for name, condition in steps.items()]
    chosen = select(*columns).select_from(Invitation).outerjoin(Letter, joins)
    chosen = chosen.where(Invitation.round_id == round.id, Invitation.withdrawn_at.is_(None))
    return Counts(**db.session.execute(chosen).one()._asdict())


def drawing_of(steps: Sequence[int]) -> Drawing:
    """The funnel of these numbers, the first (or largest) as wide as the picture."""
    widths = [WIDTH * step / max(*steps, 1) for step in steps]
    edges = [((WIDTH - width) / 2, (WIDTH + width) / 2) for width in widths]
    tops = [ROW * number + (ROW - BAR) // 2 for number in range(len(steps))]
    bars = [(round(left, 2), top, round(right - left, 2)) for (left, right), top in zip(edges, tops, strict=True)]
    slopes = [
        f"M{a[0]:g} {top + 6}H{a[1]:g}L{b[1]:g} {top + ROW - 8}H{b[0]:g}z"
        for a, b, top in zip(edges, edges[1:], tops, strict=False)
    ]
    return Drawing(ROW * len(steps), bars, slopes)
