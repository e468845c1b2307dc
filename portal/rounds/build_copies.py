"""The page on which next year's round is made of this one: the old dates beside the new ones, to be changed first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Optional

from portal.core.filters import moment_text, zone_name

from .build_base import Slot, plain_words
from .build_fields import DayField, MomentField
from .build_forms import DatesForm, slug_field, title_field
from .build_pages import frame
from .copying import Plan, proposal
from .dates import DAYS, MOMENTS, date_faults
from .models import Round
from .sheet import MODES

NEEDED = ("opens_at", "closes_at")


class CopyForm(FlaskForm):
    """The name and the dates of the copy; `of` gives the form for one round, filled with the portal's proposal."""

    title = title_field()
    slug = slug_field()
    groups: dict[str, tuple[str, ...]]
    zone: str

    @classmethod
    def of(cls, round: Round) -> CopyForm:
        """The form with a date for each that the round has or may have, and one for each of its info sessions."""
        zone, plan = round.community.time_zone, proposal(round)
        meetings = {f"meeting-{one.id}": one for one in round.info_sessions}
        labels = {name: getattr(DatesForm, name).args[0] for name in (*MOMENTS, *DAYS)}
        fields: dict[str, Any] = {name: MomentField(labels[name], _checks(name)) for name in MOMENTS}
        fields |= {name: DayField(labels[name], _checks(name)) for name in DAYS}
        fields |= {
            name: MomentField(f"Info session, {MODES[one.mode]}", [Optional()]) for name, one in meetings.items()
        }
        dates = {title: tuple(set_ for set_ in names if set_ in labels) for title, names in DatesForm.groups.items()}
        groups = {**dates, **({"Info sessions": tuple(meetings)} if meetings else {})}
        made = type("CopyForm", (cls,), {**fields, "groups": groups, "zone": zone})
        proposed = {f"meeting-{number}": at for number, at in plan.meetings.items()}
        form: CopyForm = made(
            data={"title": plan.title, "slug": plan.slug, **plan.dates, **proposed}, meta={"zone": zone}
        )
        before = {name: getattr(round, name) for name in labels} | {name: one.at for name, one in meetings.items()}
        form.tell(before, {**plan.dates, **proposed})
        return form

    def tell(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Put this round's date and the one proposed above each input."""
        for name, at in before.items():
            words = f"{plain_words(at, self.zone)} → {plain_words(after[name], self.zone)}"
            self[name].description = words if at else "Not set in this round"

    def slots(self, names: tuple[str, ...]) -> list[Slot]:
        """What the page shows of these names."""
        return [Slot(field=self[name]) for name in names]

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each date, then their order."""
        if not super().validate(extra_validators):
            return False
        for name, sentence in self._faults():
            self[name].errors = [*self[name].errors, sentence]
        return not any(field.errors for field in self)

    def plan(self) -> Plan:
        """What was typed, as the copy needs it."""
        meetings = {int(name.removeprefix("meeting-")): self[name].data for name in self._meetings()}
        return Plan(self.title.data, self.slug.data, self._dates(), meetings)

    def _dates(self) -> dict[str, Any]:
        return {name: self[name].data for name in (*MOMENTS, *DAYS)}

    def _meetings(self) -> list[str]:
        return [field.name for field in self if field.name.startswith("meeting-")]

    def _faults(self) -> Iterator[tuple[str, str]]:
        yield from date_faults(self._dates(), self.zone)
        closes = self["closes_at"].data
        for name in self._meetings():
            if self[name].data and self[name].data > closes:
                yield name, f"An info session comes before letters close on {moment_text(closes, self.zone)}."


def copy_page(round: Round) -> dict[str, Any]:
    """The page of copying a round."""
    around, zone = frame(round, "copy"), round.community.time_zone
    return {**around, "form": CopyForm.of(round), "zone_words": f"{zone_name(round.opens_at, zone)} ({zone})"}


def _checks(name: str) -> list[Any]:
    return [InputRequired("Choose a date and a time.")] if name in NEEDED else [Optional()]
