"""The shape of what staff type for a question: the words of every kind, and the settings of the chosen one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField, widgets
from wtforms.validators import DataRequired, Optional

from .build_base import BuildForm
from .build_fields import (
    BoxesField,
    DayField,
    FractionField,
    LinesField,
    as_line,
    as_text,
    at_most,
    from_to,
    no_merge_fields,
    offered,
    whole,
)
from .changes import Freedom
from .chapters import in_order
from .conditions import ALWAYS_ASKED, condition_fault, earlier_choices
from .kinds import CONTACT, KIND_WORDS, PROFILE
from .models import Question, Round, Section
from .questioning import COLUMNS

OTHER = "Other (say which)"


def decimal(label: str) -> Any:
    """A limit of a number that may have a fraction."""
    return FractionField(
        label, [Optional(), from_to(-999_999_999, 999_999_999)], places=None, widget=widgets.TextInput(),
        render_kw={"inputmode": "decimal", "class": "w6"},
    )  # fmt: skip


# kind: the inputs of its limits
LIMITS: dict[str, dict[str, Callable[[], Any]]] = {
    "short_text": {"max_characters": lambda: whole("At most so many characters", 300, "Empty: 120.")},
    "long_text": {
        "min_words": lambda: whole("At least so many words", 3000),
        "max_words": lambda: whole("At most so many words", 3000),
    },
    "number": {"min": lambda: decimal("From"), "max": lambda: decimal("To"), "step": lambda: decimal("In steps of")},
    "date": {"min": lambda: DayField("From", [Optional()]), "max": lambda: DayField("To", [Optional()])},
    "multiple_choice": {
        "min_choices": lambda: whole("Choose at least", 60), "max_choices": lambda: whole("Choose at most", 60),
    },
    "ranking": {
        "min_choices": lambda: whole("Put in order at least", 60),
        "max_choices": lambda: whole("Put in order at most", 60),
    },
    "roster": {
        "min_rows": lambda: whole("At least so many people", 60),
        "max_rows": lambda: whole("At most so many people", 60),
    },
}  # fmt: skip
PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "unit": lambda: {
        "unit": StringField("Unit", [Optional(), at_most(40)], filters=[as_line], description="Such as days.")
    },
    "options": lambda: {
        "options": LinesField("Answers to choose from", [DataRequired("Give two answers or more.")],
                              description="One a line."),
    },
    "allow_other": lambda: {
        "allow_other": BooleanField("Something else can be typed beside a last answer"),
        "other_words": StringField("The last answer", [Optional(), at_most(120)], filters=[as_line], default=OTHER),
    },
    "follow_up": lambda: {
        "follow_when": StringField(
            "Ask “Which?” after this answer", [Optional(), at_most(200)], filters=[as_line],
            description="Type one of the answers above, just as it stands there. Empty: no more is asked.",
        ),
        "follow_words": whole("Then at most so many words", 1000),
    },
    "prefill": lambda: {"prefill": BoxesField("What is shown", [Optional()], choices=offered(PROFILE.items()))},
    "fields": lambda: {"fields": BoxesField("What is asked", [Optional()], choices=offered(CONTACT.items()))},
    "statement": lambda: {
        "statement": TextAreaField("What is signed", [
            DataRequired("Write the sentence that is signed."), at_most(1000), no_merge_fields], filters=[as_text]),
    },
}  # fmt: skip
INPUTS = {
    "options": ("options",), "allow_other": ("allow_other", "other_words"),
    "follow_up": ("follow_when", "follow_words"),
}  # fmt: skip
COUPLES = (("min_words", "max_words"), ("min", "max"), ("min_choices", "max_choices"), ("min_rows", "max_rows"))


class QuestionForm(BuildForm):
    """A question of any kind; `for_kind` gives the class with the inputs of one kind."""

    table = "questions"
    kind: ClassVar[str] = ""
    earlier: ClassVar[Sequence[Question]] = ()
    question: Question | None = None
    questions: Sequence[Question] = ()
    sections: ClassVar[Sequence[tuple[int, str]]] = ()

    label = TextAreaField(
        "The question", [DataRequired("Write the question."), at_most(500), no_merge_fields], filters=[as_line],
        render_kw={"rows": 2},
    )  # fmt: skip
    help = TextAreaField(
        "Help", [at_most(1000), no_merge_fields], filters=[as_line], render_kw={"rows": 2},
        description="A sentence below the question.",
    )  # fmt: skip
    is_required = BooleanField("It has to be answered")
    section_id = SelectField("Section", coerce=int)
    after = RadioField("When it is asked", [Optional()])

    @classmethod
    def for_kind(
        cls, kind: str, sections: Sequence[Section], questions: Sequence[Question], question: Question | None
    ) -> type[QuestionForm]:
        """The form for a kind, with the sections to choose from and the earlier questions it can depend on."""
        earlier = [] if kind in ALWAYS_ASKED else earlier_choices(question, questions)
        fields: dict[str, Any] = {name: make() for name, make in LIMITS.get(kind, {}).items()}
        for part in KIND_WORDS[kind].parts:
            fields |= PARTS[part]() if part in PARTS else {}
        fields["section_id"] = SelectField(
            "Section", coerce=int, choices=offered((one.id, one.title) for one in sections),
            invalid_choice_message="This section is gone. Choose another one.",
        )  # fmt: skip
        after = [(one.code, f"Only after an answer to: {one.label}") for one in earlier]
        fields["after"] = RadioField(
            "When it is asked", [Optional()], choices=offered([("", "Always"), *after]),
            invalid_choice_message="Choose one of these.",
        )  # fmt: skip
        for one in earlier:
            answers = offered((answer, answer) for answer in one.settings.get("options", []))
            fields[f"answers_{one.code}"] = BoxesField("After which answers?", [Optional()], choices=answers)
        known: dict[str, Any] = {"kind": kind, "earlier": earlier, "questions": questions, "question": question}
        parts = [part for part in KIND_WORDS[kind].parts if part != "rules"]
        known["groups"] = {
            "Words": ("label", "help"),
            "The answer": (*parts, "is_required"),
            "Where and when": ("section_id", *(["condition"] if earlier else [])),
        }
        known["sections"] = [(one.id, one.title) for one in sections]
        made: type[QuestionForm] = type("QuestionForm", (cls,), {**fields, **known})
        return made

    def shown(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The settings, each in its own input."""
        limits, condition, follow_up = (stored.get(name) or {} for name in ("limits", "condition", "follow_up"))
        options, has_other = list(stored.get("options") or []), stored.get("allow_other")
        after = condition.get("question", "")
        return {
            **stored, **{name: _shown(self.kind, value) for name, value in limits.items()},
            "other_words": options.pop() if has_other and options else OTHER,
            "options": options,
            "follow_when": follow_up.get("when", ""), "follow_words": follow_up.get("max_words"),
            "after": after, f"answers_{after}": condition.get("any_of", []),
        }  # fmt: skip

    def inputs_of(self, name: str) -> tuple[str, ...]:
        """A setting may have several inputs."""
        if name == "limits":
            return tuple(LIMITS[self.kind])
        if name == "condition":
            return ("after", *(f"answers_{one.code}" for one in self.earlier))
        return INPUTS.get(name, (name,))

    @property
    def nested(self) -> dict[str, dict[str, Any]]:
        """The answers below the question they belong to, and the words of the last answer below its box."""
        answers = {one.code: self[f"answers_{one.code}"] for one in self.earlier if "after" in self}
        other = {"y": self["other_words"]} if "other_words" in self else {}
        return {name: inner for name, inner in (("after", answers), ("allow_other", other)) if inner}

    def value_of(self, name: str) -> Any:
        """A setting as it is kept; one that is empty is none."""
        return READERS.get(name, _plain)(self, name)

    def faults(self) -> Iterator[tuple[str, str]]:
        """What does not fit together, at its input."""
        yield from self._limit_faults()
        if "options" in self:
            yield from self._option_faults()
        if "after" in self:
            sentence = condition_fault(self.value_of("condition"), self.question, self.questions)
            if sentence:
                yield "after", sentence

    def words_of(self, name: str, value: Any) -> str:
        """A section by its title, a condition as a sentence, what is shown or asked by its words."""
        if name == "section_id":
            return next((title for number, title in self.sections if number == value), "A section that is gone")
        if name == "condition" and value:
            return f"Only after an answer to {value['question']}: {', '.join(value['any_of'])}"
        if name in ("prefill", "fields") and value:
            return ", ".join({**PROFILE, **CONTACT}.get(one, one) for one in value)
        return "Always" if name == "condition" else super().words_of(name, value)

    def _limit_faults(self) -> Iterator[tuple[str, str]]:
        for low, high in COUPLES:
            if low in self and None not in (self[low].data, self[high].data) and self[low].data > self[high].data:
                yield high, "The second of the two cannot be smaller than the first."
        if "step" in self and self["step"].data is not None and self["step"].data <= 0:
            yield "step", "Give steps larger than zero."

    def _option_faults(self) -> Iterator[tuple[str, str]]:
        options = self.value_of("options")
        if len(options) < 2 or len(options) > 60:
            yield "options", "Give two answers or more, up to 60, one a line."
        if len({one.casefold() for one in options}) < len(options):
            yield "options", "Two answers are the same. Give each once."
        if any(len(one) > 200 for one in options):
            yield "options", "Shorten each answer to 200 characters."
        for name in ("min_choices", "max_choices"):
            if name in self and (self[name].data or 0) > len(options):
                yield name, f"There are only {len(options)} answers."
        if "follow_when" in self and self["follow_when"].data and not _match(self["follow_when"].data, options):
            yield "follow_when", "This is none of the answers. Type one of them, just as it stands above."


def question_form(question: Question, freedom: Freedom, round: Round, kind: str) -> QuestionForm:
    """The form of a question that stands in the round, as what it is or as another kind: limits then begin anew."""
    stored = {name: getattr(question, name) for name in COLUMNS}
    lost = ("rules",) if kind == question.kind else ("rules", "limits")
    kept = {name: value for name, value in question.settings.items() if name not in lost}
    parts = {name: kept.get(name) for name in KIND_WORDS[kind].parts if name != "rules"}
    return QuestionForm.for_kind(kind, round.sections, in_order(round), question)(freedom, {**stored, **parts})


def new_question_form(kind: str, section: Section, freedom: Freedom, round: Round) -> QuestionForm:
    """The form of a question to be added at the end of a section."""
    stored = {"label": "", "help": "", "is_required": True, "condition": {}, "section_id": section.id}
    parts = dict.fromkeys(name for name in KIND_WORDS[kind].parts if name != "rules")
    before = [each for one in round.sections if one.position <= section.position for each in one.questions]
    return QuestionForm.for_kind(kind, round.sections, before, None)(freedom, {**stored, **parts})


def _shown(kind: str, limit: Any) -> Any:
    return date.fromisoformat(limit) if kind == "date" else limit


def _plain(form: QuestionForm, name: str) -> Any:
    data = form[name].data
    return data if name in COLUMNS else data or None


def _limits(form: QuestionForm, name: str) -> dict[str, Any] | None:
    names = LIMITS[form.kind]
    others = {key: value for key, value in (form.stored["limits"] or {}).items() if key not in names}
    given = {key: _bare(form[key].data) for key in names if form[key].data is not None}
    return {**others, **given} or None


def _options(form: QuestionForm, name: str) -> list[str]:
    options = list(form["options"].data or [])
    has_other = "allow_other" in form and form["allow_other"].data
    return [*options, form["other_words"].data or OTHER] if has_other else options


def _follow_up(form: QuestionForm, name: str) -> dict[str, Any] | None:
    when = _match(
        form["follow_when"].data or "", _options(form, "options") if "options" in form else form.stored["options"]
    )
    if not when:
        return None
    most = form["follow_words"].data
    kept = {key: value for key, value in (form.stored["follow_up"] or {}).items() if key != "max_words"}
    return {**kept, "when": when, **({"max_words": most} if most else {})}


def _condition(form: QuestionForm, name: str) -> dict[str, Any]:
    asked = form["after"].data
    if not asked:
        return {}
    answers = form[f"answers_{asked}"].data if f"answers_{asked}" in form else []  # a question that cannot be chosen
    return {"question": asked, "any_of": answers or []}


READERS: dict[str, Callable[[QuestionForm, str], Any]] = {
    "limits": _limits, "options": _options, "follow_up": _follow_up, "condition": _condition,
}  # fmt: skip


def _match(typed: str, options: Sequence[str]) -> str:
    """The answer that is meant, whatever its capitals; empty when it is none of them."""
    return next((one for one in options if one.casefold() == typed.casefold()), "")


def _bare(value: Any) -> Any:
    """A limit as JSON keeps it: a whole number where it is one, a day as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
