"""What a member district's own page shows: its team with gaps, what it promised, what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for

from portal.communities.queries import role_labels, today_in
from portal.core import clock
from portal.core.access import community, me
from portal.core.db import db
from portal.districts.models import Membership
from portal.letters.completeness import rule_states
from portal.letters.models import Letter
from portal.letters.queries import TIMES, letters_of

from .chronicle import chronicle
from .chronicle_queries import happened_in
from .district_forms import PromiseForm
from .district_queries import team_with_roles
from .forms import SeatForm
from .models import TeamInvitation, TeamSeat
from .promise_queries import Pledge, pledge_of
from .queries import decided_about, sent_of
from .rules import has_begun, may_claim, seat_state
from .standing import standing


@dataclass(frozen=True)
class SeatRow:
    """A seat of the team as the page shows it; with a form where the reader may invite somebody to it."""

    seat: TeamSeat
    role: str
    state: str
    invitation: TeamInvitation | None = None
    form: SeatForm | None = None
    is_over: bool = False
    is_ahead: bool = False

    @property
    def has_mail(self) -> bool:
        """Whether somebody was written to about the seat, which they keep."""
        return self.state in ("joined", "invited") and self.seat.to_date is None

    @property
    def lacks_mail(self) -> bool:
        """Whether the seat could be given to somebody today, and nobody was written to."""
        return self.state in ("open", "named") and self.seat.to_date is None and not self.is_ahead


def district_page(
    memberships: list[Membership], chosen: Membership, form: SeatForm | None = None, seat_id: int = 0
) -> dict[str, Any]:
    """The district's own page; `form` is what was typed for the seat `seat_id`."""
    is_lead = chosen.district_id in me().led_districts(community().id)
    promises = promise_part(chosen, is_lead=is_lead)
    return {
        "membership": chosen, "memberships": memberships, "district": chosen.district, "is_lead": is_lead,
        **team_part(chosen, promises["pledge"], is_lead=is_lead, form=form, seat_id=seat_id), **promises,
        "letters": other_letters({row.district_id for row in memberships}),
    }  # fmt: skip


def team_part(
    membership: Membership, pledge: Pledge, *, is_lead: bool, form: SeatForm | None = None, seat_id: int = 0
) -> dict[str, Any]:
    """The seats of the team, which are free, and what the round asks of a team that this one does not have yet."""
    today, team = today_in(community().id), team_with_roles(membership)
    rows = [seat_row(seat, role, today, is_lead, form if seat.id == seat_id else None) for seat, role in team]
    named = [seat for seat, _ in team if seat_state(seat) != "open" and seat.to_date is None]
    return {
        "rows": rows, "joined": sum(row.state == "joined" and row.seat.to_date is None for row in rows),
        "gaps": rule_states(pledge.roster, named, pledge.waived) if pledge.roster else [],
        "open_roles": open_roles(rows), "count": sum(row.seat.to_date is None for row in rows),
        "mailed": sum(row.has_mail for row in rows), "without_mail": sum(row.lacks_mail for row in rows),
    }  # fmt: skip


def promise_part(membership: Membership, *, is_lead: bool, is_staff: bool = False) -> dict[str, Any]:
    """What the district promised, what of it is kept, and whether the reader may tick it."""
    pledge = pledge_of(membership)
    return {
        "membership": membership, "cohort": pledge.cohort, "pledge": pledge, "promises": pledge.promises,
        "may_tick": is_lead or is_staff, "is_staff_page": is_staff, "promise_form": PromiseForm(),
        "kept": sum(one.is_kept for one in pledge.promises),
    }  # fmt: skip


def history_page(membership: Membership, memberships: Sequence[Membership]) -> dict[str, Any]:
    """What happened in the district since it joined: who came, who left, what was promised and kept."""
    rows = happened_in(membership)
    return {
        "membership": membership, "district": membership.district, "memberships": memberships,
        "steps": chronicle(rows, role_labels(community().id)), "here": "district",
    }  # fmt: skip


def seat_row(seat: TeamSeat, role: str, today: date, is_lead: bool, form: SeatForm | None = None) -> SeatRow:
    """One seat of the team; leads get a form for what is not joined yet."""
    state, invitation = seat_state(seat), seat.invitations[-1] if seat.invitations else None
    is_over = invitation is not None and not may_claim(invitation, clock.now())
    is_ahead = not has_begun(seat, today)
    shown = (form or _seat_form(seat)) if is_lead and state != "joined" and not is_ahead else None
    return SeatRow(seat, role, state, invitation, shown, is_over, is_ahead)


def other_letters(members: set[int]) -> list[Letter]:
    """The letters that this person writes for a district that is not among the `members`."""
    # A member's page does without this question where nobody leads a second district: their own page lists all letters.
    if not me().led_districts(community().id) - members:
        return []
    chosen = letters_of(me(), community().id).where(Letter.district_id.not_in(members))
    return list(db.session.scalars(chosen).unique())


def no_district_page() -> dict[str, Any]:
    """The letters of somebody without a member district: where each stands, and until when an offer can be answered."""
    chosen = letters_of(me(), community().id).options(*TIMES)
    letters, now = list(db.session.scalars(chosen).unique()), clock.now()
    numbers = [letter.id for letter in letters]
    sent, decided = sent_of(numbers), decided_about(numbers)
    rows = []
    for letter in letters:
        decision, offer = decided.get(letter.id, (None, None))
        stands = standing(letter, letter.id in sent, decision, offer, now)
        rows.append((letter, stands, offer.reply_by if offer and stands.may_answer else None))
    return {"rows": rows}


def shown_membership(memberships: list[Membership], asked: int | None) -> Membership | None:
    """Which of the person's member districts is shown: the one asked for, else the first; None for a stranger's."""
    if asked is None:
        return memberships[0]
    return next((row for row in memberships if row.district_id == asked), None)


def district_url(membership: Membership, memberships: list[Membership]) -> str:
    """The URL of the district's page; it names the district only where a person has several."""
    return url_for("cohorts.district", district=membership.district_id if len(memberships) > 1 else None)


def open_roles(rows: Sequence[SeatRow]) -> list[tuple[str, int]]:
    """How many seats of each job wait for a person."""
    return sorted(Counter(row.role for row in rows if row.state in ("open", "named")).items())


def _seat_form(seat: TeamSeat) -> SeatForm:
    return SeatForm(formdata=None, prefix=f"seat-{seat.id}", name=seat.name, email=seat.email)
