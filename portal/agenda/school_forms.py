"""The shape of what staff type into the school calendar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Optional

from portal.rounds.build_fields import DayField, as_line, at_most, offered, whole

from .planning_models import SchoolDay
from .school_rules import DAY_WORDS, day_faults


class SchoolDayForm(FlaskForm):
    """What some days are, for everyone or for one member district."""

    from_date = DayField("First day", [InputRequired("Give the day.")])
    to_date = DayField("Last day", [Optional()], description="Empty: that day only.")
    kind = SelectField("What it is", choices=offered(DAY_WORDS.items()))
    label = StringField("Name", [at_most(120)], filters=[as_line], description="Such as: February vacation.")
    district_id = SelectField("For", coerce=int, choices=[])
    minutes = whole("Minutes later", 600, "Only for a late start.")

    def __init__(self, districts: Mapping[int, str], row: SchoolDay | None = None) -> None:
        super().__init__(obj=row, data={"district_id": 0} if row is None else None)
        self.district_id.choices = [(0, "All districts"), *districts.items()]
        # Else saving the row as it is would quietly give the day to all districts.
        if row is not None and row.district_id not in (None, *districts):
            self.district_id.choices.append((row.district_id, "A district that has left"))
        if self.district_id.data is None:
            self.district_id.data = 0

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field, then what has to fit together; each fault stands at its field."""
        if not super().validate(extra_validators):
            return False
        for name, sentence in day_faults(self.values()):
            self[name].errors = [*self[name].errors, sentence]
        return not self.errors

    def values(self) -> dict[str, Any]:
        """What is to be kept."""
        return {
            "from_date": self.from_date.data, "to_date": self.to_date.data or self.from_date.data,
            "kind": self.kind.data, "label": self.label.data or "", "minutes": self.minutes.data or 0,
            "district_id": self.district_id.data or None,
        }  # fmt: skip
