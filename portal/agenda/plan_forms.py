"""The shape of what staff type to build an experience: the forms of its chapters."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Optional, Regexp

from portal.accounts.models import Account
from portal.accounts.queries import find_account
from portal.accounts.rules import is_address, normal_address
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.text import one_line
from portal.rounds.build_base import BuildForm
from portal.rounds.build_fields import (
    BoxesField,
    DayField,
    FractionField,
    MomentField,
    as_line,
    as_text,
    at_most,
    from_to,
    number,
    offered,
    whole,
)

from .models import KINDS
from .rules import KIND_WORDS, MODE_WORDS, QUARTER_WORDS

SLUG = r"[a-z0-9][a-z0-9-]{0,59}"
REACHES = {
    "members": "All staff of member districts",
    "cohorts": "Staff of the districts in some cohorts",
    "invited": "People who are invited",
    "anyone": "Everyone who signs in",
}
KIND_HINTS = {
    "gathering": "A day across all districts, a few times a year.",
    "series": "Several sessions that belong together. A seat is for all of them.",
    "space": "People of one role meet often. A seat is for one meeting.",
    "pop_up": "Something short, offered once.",
    "convening": "A meeting of teachers from many places.",
}
SEAT_FOR = {"whole": "All of its dates", "session": "One date at a time"}
DIGITS = {"inputmode": "numeric", "class": "w6"}


def as_hours(minutes: int | None) -> Decimal | None:
    """Minutes as hours, the way people type them: 5.5."""
    return None if minutes is None else Decimal(f"{minutes / 60:g}")


def fits_slug(optional: bool = False) -> list[Any]:
    """The checks of a short name."""
    message = "Use small letters, digits and hyphens, such as fall-gathering."
    first = Optional() if optional else DataRequired("Give a short name.")
    return [first, Regexp(rf"^{SLUG}\Z", message=message)]


def title_field(hint: str = "") -> Any:
    """The title of an experience."""
    checks = [DataRequired("Give it a title."), at_most(160)]
    return StringField("Title", checks, filters=[as_line], description=hint)


class NewForm(FlaskForm):
    """Begin an experience. The short name is made from the title where none is typed."""

    kind = RadioField("What kind is it?", choices=offered(KIND_WORDS.items()))
    title = title_field()
    year = SelectField("Year", coerce=int, choices=[], validate_choice=True)
    slug = StringField(
        "Short name", fits_slug(optional=True), filters=[as_line],
        description="It stands in addresses, such as fall-gathering. Leave it empty, and it is made from the title.",
    )  # fmt: skip

    def __init__(self, years: Sequence[tuple[int, str]]) -> None:
        super().__init__(data={"kind": KINDS[0], "year": years[0][0] if years else 0})
        self.year.choices = [*years, (0, "No year")]


class WordsForm(BuildForm):
    """What it is."""

    table = "experiences"
    kind = SelectField("Kind", choices=offered(KIND_WORDS.items()))
    title = title_field()
    slug = StringField(
        "Short name", fits_slug(), filters=[as_line],
        description="It stands in addresses. Small letters, digits and hyphens.",
    )  # fmt: skip
    summary = TextAreaField(
        "Summary", [at_most(600)], filters=[as_text], description="One or two sentences below the title."
    )
    description = TextAreaField(
        "What people will do", [at_most(20_000)], filters=[as_text], render_kw={"rows": 8},
        description="Leave a line empty for a new paragraph; ## begins a heading, - a list.",
    )  # fmt: skip
    note = StringField(
        "A note on the dates", [at_most(300)], filters=[as_line],
        description="Such as: Doors open at 8. It stands right below the date.",
    )  # fmt: skip
    agenda_id = SelectField("Year", coerce=int, choices=[])
    quarter = SelectField("Part of the year", choices=offered([("", "None"), *QUARTER_WORDS.items()]))
    mode = SelectField(
        "How people come", choices=offered(MODE_WORDS.items()), description="A date can differ from the others."
    )
    place = StringField(
        "Place", [at_most(160)], filters=[as_line],
        description="Building, room, street and town. A date can have a place of its own.",
    )  # fmt: skip
    joined_by = RadioField("A seat is for", choices=offered(SEAT_FOR.items()))
    topic = StringField("PDP topic", [at_most(120)], filters=[as_line], description="Empty: it gives hours only.")
    product = StringField("Product of learning", [at_most(300)], filters=[as_line])

    def __init__(self, law: Any, stored: Mapping[str, Any], years: Sequence[tuple[int, str]]) -> None:
        self.years = [*years, (0, "No year")]
        super().__init__(law, stored)
        if "agenda_id" in self:
            self.agenda_id.choices = self.years

    def shown(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        pdp = stored["pdp"]
        more = {"topic": pdp.get("topic", ""), "product": pdp.get("product", "")}
        return {**stored, **more, "agenda_id": stored["agenda_id"] or 0}

    def inputs_of(self, name: str) -> tuple[str, ...]:
        return ("topic", "product") if name == "pdp" else (name,)

    def value_of(self, name: str) -> Any:
        if name == "agenda_id":
            return self.agenda_id.data or None
        if name != "pdp":
            return super().value_of(name)
        typed = {"topic": self.topic.data or "", "product": self.product.data or ""}
        # What an import has put beside the two is kept: this form does not know it, and must not lose it.
        rest = {key: value for key, value in self.stored["pdp"].items() if key not in (*typed, "eligible")}
        told = {key: value for key, value in typed.items() if value}
        return {**rest, **told, "eligible": bool(typed["topic"])} if told or self.stored["pdp"] else {}

    def words_of(self, name: str, value: Any) -> str:
        words: Any = {
            "kind": KIND_WORDS, "mode": MODE_WORDS, "quarter": QUARTER_WORDS, "joined_by": SEAT_FOR,
            "agenda_id": dict(self.years),
        }.get(name, {})  # fmt: skip
        return words.get(value) or super().words_of(name, value)


class SeatsForm(BuildForm):
    """Seats, sign-up, and the line for a seat."""

    table = "experiences"
    groups: ClassVar[dict[str, tuple[str, ...]]] = {
        "Seats": ("capacity", "online_capacity", "min_to_run"),
        "Sign-up": ("opens_at", "closes_at", "needs_approval"),
        "The line": ("has_waitlist", "offer_within_hours", "offer_hold_hours", "cutoff_hours"),
    }
    capacity = number("Seats", 0, 20_000, "On each date. Online too, unless there is a number below.")
    online_capacity = whole("Seats online", 20_000, "Empty: as many as in the room.")
    min_to_run = whole("It runs with at least", 20_000, "People. Empty: it runs whoever comes.")
    opens_at = MomentField("Sign-up opens", [Optional()], description="Empty: as soon as it is published.")
    closes_at = MomentField("Sign-up closes", [Optional()], description="Empty: when the first date begins.")
    needs_approval = BooleanField(
        "A lead of the district approves each seat", description="Whoever asks waits in line until the lead answers."
    )
    has_waitlist = BooleanField("There is a waitlist", description="People can stand in line when all seats are taken.")
    offer_within_hours = number(
        "Offer instead of moving up, in the last hours", 0, 720,
        "So near the start, a seat that comes free is offered to the next in line. Before that it is theirs at once.",
    )  # fmt: skip
    offer_hold_hours = number("Hours to answer an offer", 1, 168, "Nights, school hours and days off do not count.")
    cutoff_hours = number(
        "Hours before the start when nobody is moved up any more", 0, 168,
        "After that, whoever waits can still take a free seat by pressing.",
    )  # fmt: skip


class ReachForm(BuildForm):
    """Who it is for."""

    table = "experiences"
    reach = RadioField("Whom is it for?", choices=offered(REACHES.items()))
    cohorts = BoxesField("Which cohorts", coerce=int, choices=[])
    audience = BoxesField("Which roles", choices=[], description="Check none, and it is for every role.")
    is_private = BooleanField(
        "What is said stays in the group", description="The place is shown only to the people it is for."
    )

    def __init__(self, law: Any, stored: Mapping[str, Any], cohorts: Sequence[tuple[int, str]], roles: Any) -> None:
        self.offered = {"cohorts": list(cohorts), "audience": list(roles)}
        super().__init__(law, stored)
        for name, pairs in self.offered.items():
            if name in self:
                self[name].choices = pairs

    def shown(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        return {**stored, "audience": stored["audience"] or []}

    def value_of(self, name: str) -> Any:
        if name == "audience":
            return self.audience.data or None
        return sorted(self.cohorts.data or []) if name == "cohorts" else super().value_of(name)

    def words_of(self, name: str, value: Any) -> str:
        if name == "reach":
            return REACHES[value]
        labels: dict[Any, str] = dict(self.offered.get(name, []))
        return ", ".join(labels.get(one, str(one)) for one in value or []) if labels else super().words_of(name, value)


class LeadersForm(BuildForm):
    """Who leads it."""

    table = "experiences"
    faculty = BoxesField("Faculty", coerce=int, choices=[])
    facilitator = StringField(
        "Facilitator’s mail address", [Optional(), at_most(254)], filters=[as_line],
        description="Somebody with an account here. They see who comes, and lead without a seat.",
    )  # fmt: skip

    def __init__(self, law: Any, stored: Mapping[str, Any], faculty: Sequence[tuple[int, str]]) -> None:
        # Until somebody types another address, whoever is stored stays.
        self.people, self.found = list(faculty), stored["facilitator_id"]
        super().__init__(law, stored)
        if "faculty" in self:
            self.faculty.choices = self.people

    def choose(self, number: int) -> None:
        """Check somebody who is not saved as leading it yet."""
        if "faculty" in self:
            self.faculty.data = sorted({*(self.faculty.data or []), number})

    def shown(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        return {**stored, "facilitator": self.words_of("facilitator_id", stored["facilitator_id"])}

    def inputs_of(self, name: str) -> tuple[str, ...]:
        return ("facilitator",) if name == "facilitator_id" else (name,)

    def value_of(self, name: str) -> Any:
        return self.found if name == "facilitator_id" else sorted(self.faculty.data or [])

    def validate_facilitator(self, field: Any) -> None:
        """The address is one of an account."""
        account = find_account(normal_address(field.data)) if is_address(field.data or "") else None
        self.found = account.id if account is not None else None
        if field.data and account is None:
            raise ValidationError(
                "Nobody has an account with this address. Ask them to sign in once, or leave it empty."
            )

    def words_of(self, name: str, value: Any) -> str:
        if name == "facilitator_id":
            account = db.session.get(Account, value) if value else None
            return account.email if account is not None else ""
        return ", ".join(words for number, words in self.people if number in value) or "Nobody"


class WeatherForm(BuildForm):
    """What becomes of it if roads are closed."""

    table = "experiences"
    snow_date = DayField("Snow date", [Optional()], description="The day it moves to.")
    decide_by = MomentField("Staff decide until", [Optional()], description="People hear by then whether it moves.")
    fallback_capacity = whole("Seats if it moves online", 20_000, "Empty: it does not move online.")
    hours = FractionField(
        "Hours that count then",
        [Optional(), from_to(0, 100)],
        description="Such as 3.5.",
        render_kw=DIGITS,
        places=None,
    )

    def shown(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        return {**stored, "hours": as_hours(stored["fallback_minutes"])}

    def inputs_of(self, name: str) -> tuple[str, ...]:
        return ("hours",) if name == "fallback_minutes" else (name,)

    def value_of(self, name: str) -> Any:
        if name != "fallback_minutes":
            return super().value_of(name)
        return round(self.hours.data * 60) if self.hours.data is not None else None


class RemindersForm(BuildForm):
    """When people are reminded, and when the way in opens online."""

    table = "experiences"
    days = StringField(
        "Remind people so many days before", [at_most(60)], filters=[as_line],
        description="Numbers with commas, such as 7, 1. It counts from each date; empty: nobody is reminded.",
    )  # fmt: skip
    join_minutes = number("The way in online opens, minutes before", 0, 240)

    def shown(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        return {**stored, "days": ", ".join(map(str, stored["reminder_days"]))}

    def inputs_of(self, name: str) -> tuple[str, ...]:
        return ("days",) if name == "reminder_days" else (name,)

    def value_of(self, name: str) -> Any:
        if name != "reminder_days":
            return super().value_of(name)
        # The earliest reminder first, each once: the list is compared with what is stored.
        return sorted({int(one) for one in _parts(self.days.data)}, reverse=True)

    def validate_days(self, field: Any) -> None:
        """Numbers of days, a few of them."""
        parts = _parts(field.data)
        if not all(one.isascii() and one.isdigit() and 1 <= int(one) <= 60 for one in parts):
            raise ValidationError("Give numbers from 1 to 60 with commas, such as 7, 1.")
        if len(parts) > 5:
            raise ValidationError("Keep it to five reminders.")


class InviteForm(FlaskForm):
    """Invite people, one a line."""

    people = TextAreaField(
        "Mail addresses", [DataRequired("Give one address or more, each on a line of its own."), at_most(60_000)],
        filters=[as_text], render_kw={"rows": 6},
        description="One a line. A name may come first: Sam Example <sam@example.org>.",
    )  # fmt: skip

    def validate_people(self, field: Any) -> None:
        """Each line ends in a mail address."""
        self.found: list[tuple[str, str]] = []
        wrong = [line for line in filter(None, map(one_line, field.data.splitlines())) if not self._take(line)]
        if wrong:
            raise ValidationError(f"This is no mail address: {'; '.join(wrong[:3])}.")

    def _take(self, line: str) -> bool:
        # From the right: a name may have a sign of its own in it.
        name, _, rest = line.rpartition("<") if line.endswith(">") else ("", "", line)
        address = rest.rstrip(">").strip()
        if not is_address(address):
            return False
        self.found.append((normal_address(address), name.strip()[:120]))
        return True


class PressForm(FlaskForm):
    """A button alone."""


class PublishForm(FlaskForm):
    """The button that publishes; where dates have begun, also that somebody has seen it."""

    knows_begun = BooleanField("Publish it all the same")


class SeenForm(FlaskForm):
    """A form whose outcome is shown before it is made.

    It carries along for which answers that was: whoever changes one of them and presses the button is shown the outcome
    anew, and makes nothing that they have not looked at.
    """

    decides: ClassVar[tuple[str, ...]] = ()  # the inputs on which the outcome depends
    shown_for = HiddenField()

    def mark(self) -> str:
        """A short sign for what the deciding inputs say now."""
        # What was understood, not what was typed: a space more in a field changes nothing that was shown.
        # Which of two moments a time means decides too, on the night the clocks go back.
        told = repr([(self[name].data, getattr(self[name], "fold", None)) for name in self.decides])
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def can_be_shown(self) -> bool:
        """Whether the outcome can be told: nothing is wrong with what it depends on."""
        return not any(self[name].errors for name in self.decides)

    @property
    def is_seen(self) -> bool:
        """Whether the outcome was shown for just what the form says now."""
        return self.shown_for.data == self.mark()

    def check_seen(self) -> None:
        """Raise RuleBroken where the form says something else than what was shown."""
        if not self.is_seen:
            raise RuleBroken("Something above was changed after you saw the dates. Look at them again, then go on.")


def _parts(text: str | None) -> list[str]:
    return [one.strip() for one in (text or "").split(",") if one.strip()]
