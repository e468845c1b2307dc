"""When a seat of a team, a job or a membership may end, and on which day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from portal.accounts.models import Account
from portal.core.errors import RuleBroken
from portal.districts.models import Affiliation, Membership

from .models import TeamSeat
from .offer_rules import check_reason

FURTHEST = timedelta(days=366)


def check_last_day(last_day: date, from_date: date, today: date) -> None:
    """Refuse a last day before the first one, or so far ahead that it must be a slip."""
    if last_day < from_date:
        raise RuleBroken(f"This began on {words(from_date)}. Choose a last day that is not before it.")
    if last_day > today + FURTHEST:
        raise RuleBroken("Choose a last day within a year from now.")


def check_seat_end(seat: TeamSeat, last_day: date, today: date) -> None:
    """Refuse to end a seat that nobody has, that has ended, or on a day before it was taken."""
    if seat.to_date is not None:
        raise RuleBroken(f"This seat goes back to the district after {words(seat.to_date)} already.")
    if seat.affiliation is None:
        raise RuleBroken("Nobody has joined in this seat. You can give it to somebody else at once.")
    check_last_day(last_day, max(seat.from_date, seat.affiliation.from_date), today)


def check_leaver(account: Account, leads: Collection[Account]) -> None:
    """Refuse to let somebody leave the district who acts for it."""
    if account.id in {lead.id for lead in leads}:
        raise RuleBroken(
            f"{account.name} acts for this district. Hand the lead over, or give it up, first. Then end the job."
        )


def check_move(job: Affiliation, to_district: int) -> None:
    """Refuse a move to the district that the person works for."""
    if to_district == job.district_id:
        raise RuleBroken("Choose another district than the one this person works for now.")


def check_membership_end(membership: Membership, last_day: date, reason: str, today: date) -> None:
    """Refuse to end a membership without a reason, a second time, or before it began."""
    check_reason(reason, "Write why the district leaves. It stays with the membership.")
    if membership.to_date is not None:
        raise RuleBroken(f"This membership ends on {words(membership.to_date)} already.")
    check_last_day(last_day, membership.from_date, today)


def words(day: date) -> str:
    """“January 29, 2027”."""
    return f"{day:%B} {day.day}, {day.year}"
