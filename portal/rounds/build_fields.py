"""What the forms of the builder have in common: wall-clock moments, lines, and the law of changes at the field."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    TextAreaField,
    ValidationError,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from portal.core.clock import local, to_utc
from portal.core.errors import Conflict, RuleBroken
from portal.core.filters import moment_text
from portal.core.text import one_line, tidy

from .changes import Freedom, marks_of, remarked, settle
from .drafting import Typed
from .rules import check_text, has_fields

WALL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")  # what browsers send
YEARS = (2000, 2100)
NO_YEAR = "Give a year from 2000 to 2100."


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
        both = [wall.replace(tzinfo=ZoneInfo(self.meta.zone), fold=fold) for fold in (0, 1)]
        # In spring the two differ as well, but there the first is the one with less time to go.
        if both[0].utcoffset() <= both[1].utcoffset():  # type: ignore[operator]
            return []
        return [
            (str(n), f"The {words} one ({at:%-I:%M %p %Z})")
            for n, (words, at) in enumerate(zip(("first", "second"), both, strict=True))
        ]

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


def at_most(count: int) -> Length:
    """A validator: a text of so many characters."""
    return Length(max=count, message=f"Shorten it to {count:,} characters.")


def from_to(least: int, most: int) -> NumberRange:
    """A validator: a number within these."""
    return NumberRange(least, most, message=f"Give a number from {least} to {most}.")


def number(label: str, least: int, most: int, description: str = "") -> Any:
    """A whole number that has to be given."""
    checks = [InputRequired(f"Give a number from {least} to {most}."), from_to(least, most)]
    return WholeField(label, checks, description=description, render_kw={"inputmode": "numeric", "class": "w6"})


@dataclass(frozen=True)
class Slot:
    """One place of a form on the page: an input, or what stands there and why it may not change."""

    field: Any = None
    label: str = ""
    words: str = ""
    reason: str = ""
    theirs: str = ""
    inside: dict[str, Any] = dataclasses.field(default_factory=dict)  # inputs that appear once this value is chosen


class BuildForm(FlaskForm):
    """A form over what is stored: without what may not change any more, and knowing from which values it began.

    `locks` tells why something is not asked; `theirs` what a colleague wrote meanwhile. Subclasses say which of their
    inputs stand for a stored name (`inputs_of`), how they are filled (`shown`) and read (`value_of`).
    """

    table = "rounds"
    groups: ClassVar[dict[str, tuple[str, ...]]] = {}  # headings, and the stored names below each
    seen = HiddenField()

    def __init__(self, freedom: Freedom, stored: Mapping[str, Any]) -> None:
        self.freedom, self.stored = freedom, dict(stored)
        self.locks: dict[str, str] = {}
        self.theirs: dict[str, Any] = {}
        super().__init__(data={**self.shown(stored), "seen": marks_of(stored)}, meta={"zone": freedom.zone})
        self._every = list(self._fields)
        self.labels = {name: self[each].label.text for name in self.stored for each in self.inputs_of(name)[:1]}
        for name, value in self.stored.items():
            reason = freedom.lock(*self.under(name), value)
            if reason:
                self.locks[name] = reason
                for each in self.inputs_of(name):
                    del self[each]

    def shown(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs' values for what is stored."""
        return dict(stored)

    def under(self, name: str) -> tuple[str, str]:
        """The table and column by whose law a stored name may change."""
        return self.table, name

    def inputs_of(self, name: str) -> tuple[str, ...]:
        """The inputs that stand for a stored name."""
        return (name,)

    def value_of(self, name: str) -> Any:
        """What was typed for a stored name, as it is kept."""
        return self[name].data

    def words_of(self, name: str, value: Any) -> str:
        """A stored value in words, for what may not change any more and for what a colleague wrote."""
        return plain_words(value, self.freedom.zone)

    def slots(self, names: Sequence[str] = ()) -> list[Slot]:
        """What the page shows of these stored names (all, in the form's order): inputs, or a value and its lock."""
        found: list[Slot] = []
        for name in names or self._in_order():
            theirs = self.words_of(name, self.theirs[name]) if name in self.theirs else ""
            if name in self.locks:
                words = self.words_of(name, self.stored[name])
                found.append(Slot(label=self.labels.get(name, name), words=words, reason=self.locks[name]))
            nested = {each.name for inner in self.nested.values() for each in inner.values()}
            for n, each in enumerate(one for one in self.inputs_of(name) if one in self and one not in nested):
                found.append(Slot(self[each], theirs="" if n else theirs, inside=self.nested.get(each, {})))
        return found

    @property
    def is_open(self) -> bool:
        """Whether anything in it may still change."""
        return len(self.locks) < len(self.stored)

    @property
    def nested(self) -> dict[str, dict[str, Any]]:
        """Inputs that appear below another one, once a value of it is chosen."""
        return {}

    def typed(self) -> dict[str, Any]:
        """What was typed for everything that may still change."""
        return {name: self.value_of(name) for name in self.stored if name not in self.locks}

    def wanted(self) -> dict[str, Any]:
        """What everything would be, once this is saved."""
        return {**self.stored, **self._changes()}

    def faults(self) -> Iterator[tuple[str, str]]:
        """What does not fit together: the input, and a sentence."""
        yield from ()

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each input, then what may change, then what has to fit together; each fault stands at its input."""
        if not super().validate(extra_validators):
            return False
        found = [(self.inputs_of(name)[0], sentence) for name, sentence in self._refusals() if sentence]
        for name, sentence in found or self.faults():
            self[name].errors = [*self[name].errors, sentence]
        return not any(each.errors for each in self)

    def meet(self, clash: Conflict) -> None:
        """Show what a colleague wrote beside what was typed; the next save is made knowing of it."""
        self.theirs = dict(clash.theirs)  # type: ignore[call-overload]
        self.seen.data = remarked(self.seen.data or "", self.theirs)

    @property
    def given(self) -> str:
        """From which values the form began."""
        return str(self.seen.data or "")

    def _in_order(self) -> list[str]:
        places = {each: place for place, each in enumerate(self._every)}
        return sorted(self.stored, key=lambda name: [places[each] for each in self.inputs_of(name)[:1]])

    def _changes(self) -> dict[str, Any]:
        try:
            return settle(self.stored, self.typed(), self.given)
        except Conflict:  # the operation says so
            return {}

    def _refusals(self) -> Iterator[tuple[str, str]]:
        for name, value in self._changes().items():
            yield name, self.freedom.refusal(*self.under(name), self.stored[name], value)


def saved(form: BuildForm, save: Callable[[Typed], Any]) -> None:
    """Have `save` write what was typed; where a colleague changed the same thing, have the form show both."""
    try:
        save(Typed(form.typed(), form.given))
    except Conflict as clash:
        form.meet(clash)
        raise


def plain_words(value: Any, zone: str) -> str:
    """A stored value in words, for what may not change any more and for what a colleague wrote."""
    if isinstance(value, datetime):
        return moment_text(value, zone)
    if isinstance(value, date):
        return f"{value:%a, %b %-d, %Y}"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(str(one["label"]) if isinstance(one, Mapping) else str(one) for one in value) or "Nothing"
    if isinstance(value, Mapping) and value:
        return ", ".join(f"{name.replace('_', ' ')}: {one}" for name, one in value.items())
    return "Nothing" if value in (None, "", {}) else str(value)


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
