"""A district and a round that are no rows anywhere: for looking at a letter before it is saved or sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from portal.districts.models import District

from .models import Invitation, Round


def sample_invitation() -> Invitation:
    """A letter to a district that does not exist, never part of a session."""
    district = District(name="Example District Public Schools", short_name="Example District", city="Example City")
    district.state = "MA"
    return Invitation(district=district, to_name="Superintendent of Example District")


def as_typed(round: Round, values: Mapping[str, Any]) -> Round:
    """The round as it would be with these values. Only for reading: nothing of it can reach the database."""
    return cast("Round", _Overlaid(round, values))


class _Overlaid:
    def __init__(self, round: Round, values: Mapping[str, Any]) -> None:
        self._round, self._values = round, values

    def __getattr__(self, name: str) -> Any:
        return self._values[name] if name in self._values else getattr(self._round, name)
