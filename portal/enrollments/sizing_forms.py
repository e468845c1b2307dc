"""The shape of what staff type about the number of seats: one number for each way to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm

from portal.agenda.models import MODES
from portal.rounds.build_fields import number

LABELS = {"in_person": "Seats in the room", "online": "Seats online"}
MOST = 20_000


class SeatsForm(FlaskForm):
    """One number for each way to come that there is."""

    def seats(self) -> dict[str, int]:
        """The number of seats by mode."""
        return {mode: self[mode].data for mode in MODES if mode in self}


def seats_form(seats: Mapping[str, int]) -> Any:
    """The form, with the numbers as they are."""
    fields = {mode: number(LABELS[mode], 0, MOST) for mode in MODES if mode in seats}
    return type("SeatsForm", (SeatsForm,), fields)(data=dict(seats))
