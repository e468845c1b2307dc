"""What a change would mean before anybody presses: people by district, who would be excused, who would be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.agenda.models import Session
from portal.agenda.school_queries import school_days
from portal.agenda.school_rules import in_words, said_of
from portal.communities.queries import zone_of
from portal.core.clock import local

from .change_queries import Affected, affected_by, labels_of, reasons_to_ask
from .change_rules import is_excused


@dataclass(frozen=True)
class Side:
    """The people of one district: how many, what its calendar says of the day, and what each choice means to them."""

    label: str
    seated: int
    others: int  # in line, or asking
    says: str
    excused: int
    asked: int

    @property
    def carried(self) -> int:
        return self.seated - self.asked


@dataclass(frozen=True)
class Preview:
    """All of it, by district, and together."""

    sides: Sequence[Side]
    people: int

    @property
    def all(self) -> Side:
        sides = self.sides
        return Side(
            "All together", sum(one.seated for one in sides), sum(one.others for one in sides), "",
            sum(one.excused for one in sides), sum(one.asked for one in sides),
        )  # fmt: skip


def preview(
    session: Session, when: tuple[datetime, datetime] | None = None, asks: str = "clash"
) -> Preview:  # fmt: skip
    """Whom a change of this session concerns; with `when` also who would be asked about that time."""
    people = affected_by(session)
    seated = [one for one in people if one.state == "seated"]
    asked = reasons_to_ask(session, seated, *when, asks) if when else {}
    numbers = {one.district_id for one in people}
    labels = labels_of([number for number in numbers if number is not None])
    zone = zone_of(session.experience.community_id)
    starts = local(session.starts_at, zone)
    days = school_days(session.experience.community_id, starts.date(), starts.date())
    order = [*labels, None] if None in numbers else list(labels)
    sides = [_side(number, labels, people, asked, said_of(starts.date(), days, number), starts) for number in order]
    return Preview(sides, len(people))


def _side(
    number: int | None, labels: Mapping[int, str], people: Sequence[Affected], asked: Mapping[int, str],
    said: object, starts: datetime,
) -> Side:  # fmt: skip
    mine = [one for one in people if one.district_id == number]
    seated = [one for one in mine if one.state == "seated"]
    kind, minutes = getattr(said, "kind", ""), getattr(said, "minutes", 0)
    return Side(
        label=labels[number] if number is not None else "No district",
        seated=len(seated),
        others=len(mine) - len(seated),
        says=in_words(said) if said else "",
        excused=len(seated) if is_excused(kind, minutes, starts) else 0,
        asked=sum(one.enrollment_id in asked for one in seated),
    )
