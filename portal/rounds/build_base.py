"""What the forms of the builder share: the law of changes at the field, and what a colleague wrote meanwhile."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Protocol

from flask_wtf import FlaskForm
from wtforms import HiddenField

from portal.core.errors import Conflict
from portal.core.filters import moment_text

from .changes import marks_of, remarked, settle
from .drafting import Typed
from .rules import Unfit


@dataclass(frozen=True)
class Slot:
    """One place of a form on the page: an input, or what stands there and why it may not change."""

    field: Any = None
    label: str = ""
    words: str = ""
    reason: str = ""
    theirs: str = ""
    bound: str = ""
    inside: dict[str, Any] = dataclasses.field(default_factory=dict)  # inputs that appear once this value is chosen


class Law(Protocol):
    """What a form asks about what may change: of a round (changes.Freedom), or of whatever else is built like one."""

    @property
    def zone(self) -> str: ...

    def lock(self, table: str, name: str, value: Any = None) -> str: ...

    def bound(self, table: str, name: str, value: Any = None) -> str: ...

    def refusal(self, table: str, name: str, old: Any, new: Any) -> str: ...


class BuildForm(FlaskForm):
    """A form over what is stored: without what may not change any more, and knowing from which values it began.

    `locks` tells why something is not asked; `theirs` what a colleague wrote meanwhile. Subclasses say which of their
    inputs stand for a stored name (`inputs_of`), how they are filled (`shown`) and read (`value_of`).
    """

    table = "rounds"
    groups: ClassVar[dict[str, tuple[str, ...]]] = {}  # headings, and the stored names below each
    seen = HiddenField()

    def __init__(self, freedom: Law, stored: Mapping[str, Any]) -> None:
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
            inputs = [each for each in self.inputs_of(name) if each in self and each not in nested]
            bound = self.freedom.bound(*self.under(name), self.stored[name])
            for n, each in enumerate(inputs, 1):
                said = {"theirs": theirs if n == 1 else "", "bound": bound if n == len(inputs) else ""}
                found.append(Slot(self[each], **said, inside=self.nested.get(each, {})))
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


@contextmanager
def at_its_field(form: Any) -> Iterator[None]:
    """Where what is done inside refuses one of the things that were typed, have the form say so at its input."""
    try:
        yield
    except Unfit as fault:
        name = form.inputs_of(fault.name)[0] if isinstance(form, BuildForm) else fault.name
        if name in form:
            form[name].errors = [*form[name].errors, fault.sentence]
        raise


def saved(form: BuildForm, save: Callable[[Typed], Any]) -> None:
    """Have `save` write what was typed; where a colleague changed the same thing, have the form show both."""
    try:
        with at_its_field(form):
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
