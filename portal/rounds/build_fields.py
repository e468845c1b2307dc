"""Fields of the builder: moments on the wall clock, days, lines, numbers in digits, boxes to check."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import (
    DateField,
    DecimalField,
    Field,
    IntegerField,
    SelectMultipleField,
    TextAreaField,
    ValidationError,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from portal.core.clock import local, to_utc
from portal.core.errors import RuleBroken
from portal.core.text import one_line, tidy

from .rules import check_text, has_fields

WALL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")  # what browsers send
YEARS = (2000, 2100)
NO_YEAR = "Give a year from 2000 to 2100."
DIGITS = {"inputmode": "numeric", "class": "w6"}


def as_line(text: str | None) -> str:
    """A filter: the text on one line."""
    return one_line(text or "")


def as_text(text: str | None) -> str:
    """A filter: the text with its line ends made one kind."""
    return tidy(text)


def merge_fields(form: Any, field: Any) -> None:
    """A validator: every merge field in the text exists."""
    try:
        check_text(field.data or "")
    except RuleBroken as fault:
        raise ValidationError(fault.sentence) from fault


def no_merge_fields(form: Any, field: Any) -> None:
    """A validator: no merge field, because nothing is put in here, and the braces would go out as they are."""
    if has_fields(field.data or ""):
        raise ValidationError("Fields such as {{district}} work in the letter’s text only. Write plain words here.")


def shown_twice(wall: datetime, zone: str) -> list[tuple[str, str]]:
    """The two moments that clocks of the zone show alike on the night they go back, to choose from; else nothing."""
    both = [wall.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1)]
    # In spring the two differ as well, but there the first is the one with less time to go.
    if both[0].utcoffset() <= both[1].utcoffset():  # type: ignore[operator]
        return []
    return [
        (str(n), f"The {words} one ({at:%-I:%M %p %Z})")
        for n, (words, at) in enumerate(zip(("first", "second"), both, strict=True))
    ]


class MomentField(Field):
    """A date and a time as the clocks of the form's zone show it, kept as a moment.

    A time that is skipped in spring is refused; one that comes twice in autumn is asked about by NAME-fold.
    """

    widget = widgets.DateTimeLocalInput()
    fold: int | None = None
    typed = ""

    def _value(self) -> str:
        return self.typed or (f"{local(self.data, self.meta.zone):%Y-%m-%dT%H:%M}" if self.data else "")

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        if formdata is not None:
            fold = formdata.get(f"{self.name}-fold", "")
            self.fold = int(fold) if fold in ("0", "1") else None
        super().process(formdata, *args, **kwargs)

    def process_data(self, value: Any) -> None:
        self.data = value

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        self.typed = valuelist[0].strip()
        self.data = self._moment(_wall(self.typed)) if self.typed else None

    def _moment(self, wall: datetime) -> datetime:
        try:
            return to_utc(wall, self.meta.zone, self.fold if self.twice() else None)
        except RuleBroken as fault:
            self.data = None
            raise ValueError(fault.sentence) from fault

    def twice(self) -> list[tuple[str, str]]:
        """The two moments that the wall clock shows alike on the night the clocks go back; else nothing."""
        try:
            wall = _wall(self._value())
        except ValueError:
            return []
        return shown_twice(wall, self.meta.zone)

    @property
    def chosen(self) -> str:
        """Which of the two is meant, once that is known."""
        if self.fold is not None or self.data is None:
            return "" if self.fold is None else str(self.fold)
        return str(local(self.data, self.meta.zone).fold)


class DayField(DateField):
    """A day."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None and not YEARS[0] <= self.data.year <= YEARS[1]:
            raise ValueError(NO_YEAR)


class LinesField(TextAreaField):
    """A list with one thing a line."""

    def _value(self) -> str:
        return "\n".join(self.data or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = [one for one in map(one_line, valuelist[0].splitlines()) if one]


def offered(pairs: Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    """What a field offers: values with their words."""
    return [SelectChoice(value, words) for value, words in pairs]


class BoxesField(SelectMultipleField):
    """Some of several, each with a box to check."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class WholeField(IntegerField):
    """A whole number, typed in digits."""

    widget = widgets.TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        if typed and not re.fullmatch(r"-?[0-9]{1,9}", typed):
            self.data = None
            raise ValueError("Give a whole number in digits.")
        super().process_formdata([typed] if typed else [])
        if valuelist and not typed:
            self.data = None


class FractionField(DecimalField):
    """A number that may have a fraction."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as fault:
            raise ValueError("Give a number in digits, such as 12 or 0.5.") from fault


def at_most(count: int) -> Length:
    """A validator: a text of so many characters."""
    return Length(max=count, message=f"Shorten it to {count:,} characters.")


class Within(NumberRange):
    """A validator: a number within these; what is no number at all is told as that alone."""

    def __call__(self, form: Any, field: Any) -> None:
        if not field.errors:
            super().__call__(form, field)


class Counted(NumberRange):
    """A validator: a number within these; what is no number at all is told in the same words, and in no others."""

    def __call__(self, form: Any, field: Any) -> None:
        field.errors[:] = []
        super().__call__(form, field)


def from_to(least: int, most: int) -> Within:
    """A validator: a number within these."""
    return Within(least, most, message=f"Give a number from {least} to {most}.")


def number(label: str, least: int, most: int, description: str = "") -> Any:
    """A whole number that has to be given."""
    checks = [InputRequired(f"Give a number from {least} to {most}."), from_to(least, most)]
    return WholeField(label, checks, description=description, render_kw=DIGITS)


def whole(label: str, most: int, description: str = "") -> Any:
    """A limit that need not be there."""
    return WholeField(label, [Optional(), from_to(0, most)], description=description, render_kw=DIGITS)


def _wall(typed: str) -> datetime:
    if not WALL.fullmatch(typed):
        raise ValueError("Give a date and a time.")
    try:
        wall = datetime.fromisoformat(typed).replace(second=0)
    except ValueError as fault:  # the thirteenth month
        raise ValueError("Give a date and a time.") from fault
    if not YEARS[0] <= wall.year <= YEARS[1]:
        raise ValueError(NO_YEAR)
    return wall
