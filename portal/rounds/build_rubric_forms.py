"""The shape of what staff type to build a rubric: its scale and weights, and each thing that readers look for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from wtforms import BooleanField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Optional

from .build_base import BuildForm
from .build_fields import BoxesField, LinesField, as_line, as_text, at_most, no_merge_fields, number, offered
from .models import Round


class CriterionForm(BuildForm):
    """Something that readers look for. `describe` gives the class for the levels and questions of one round."""

    table = "criteria"
    label = StringField(
        "What readers look for", [DataRequired("Say what readers look for."), at_most(120)], filters=[as_line]
    )
    question_codes = BoxesField("Answers to read again", [Optional()])
    scale: ClassVar[list[dict[str, Any]]] = []

    @classmethod
    def describe(cls, round: Round, questions: list[tuple[str, str]]) -> type[CriterionForm]:
        """The form with one text for each level of the round's scale, and these questions to choose from."""
        levels = {
            f"level_{one['value']}": TextAreaField(
                f"{one['value']} {one['label']}", [Optional(), at_most(600)], filters=[as_line]
            )
            for one in round.scale
        }
        boxes = BoxesField("Answers to read again", [Optional()], choices=offered(questions))
        made: type[CriterionForm] = type(
            "CriterionForm", (cls,), {**levels, "question_codes": boxes, "scale": round.scale}
        )
        return made

    def shown(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The texts of the levels, each in its own input."""
        levels = {f"level_{value}": words for value, words in (stored.get("levels") or {}).items()}
        return {**stored, **levels}

    def inputs_of(self, name: str) -> tuple[str, ...]:
        """The levels have an input each."""
        return tuple(self.level_names()) if name == "levels" else (name,)

    def value_of(self, name: str) -> Any:
        """The levels in one value."""
        if name != "levels":
            return super().value_of(name)
        return {each.removeprefix("level_"): self[each].data for each in self.level_names() if self[each].data}

    def level_names(self) -> list[str]:
        """The inputs of the levels, the lowest first."""
        return [f"level_{one['value']}" for one in self.scale]


class RubricForm(BuildForm):
    """The scale, how letters are read, and the weights. `weigh` gives the class for the criteria of one round."""

    scale = LinesField("Levels of the scale", [Optional()], description="One a line, the lowest first.")
    conflict_rule = TextAreaField(
        "Who does not read a letter", [at_most(600), no_merge_fields], filters=[as_text],
        description="The rule readers see, such as: Nobody reads the letter of a district where they work.",
    )  # fmt: skip
    is_blind = BooleanField(
        "Readers read without names",
        description="They see “Letter 12”, and no district, person, school or file by name. "
        "Names are hidden from reviewers, not from staff: whoever of them reads a letter sees its name in the lists.",
    )
    comment_up_to = number(
        "A comment is needed up to level", 0, 7, "A reader who gives this level or a lower one says why. 0: never."
    )
    spread_flag = number(
        "Readers disagree from so many levels apart",
        1,
        6,
        "Such letters are marked, and come first in the meeting.",
    )
    waitlist_reply_days = number(
        "Days to answer for a district that is next on the waitlist", 1, 60, "When a place comes back, it has so long."
    )
    weighed: tuple[str, ...] = ()

    @classmethod
    def weigh(cls, round: Round) -> type[RubricForm]:
        """The form with one number for each criterion of the round."""
        weights = {f"weight-{one.id}": number(one.label, 0, 100) for one in round.criteria}
        made: type[RubricForm] = type("RubricForm", (cls,), {**weights, "weighed": tuple(weights)})
        return made

    def under(self, name: str) -> tuple[str, str]:
        """The weights stand at the criteria."""
        return ("criteria", "weight") if name in self.weighed else super().under(name)

    def shown(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The words of the levels, a line each."""
        return {**stored, "scale": [one["label"] for one in stored["scale"]]}

    def value_of(self, name: str) -> Any:
        """The levels numbered from 1."""
        if name != "scale":
            return super().value_of(name)
        return [{"value": value, "label": label} for value, label in enumerate(self.scale.data or [], 1)]

    def validate_scale(self, field: Any) -> None:
        """Two levels at least: with one there is nothing to tell apart."""
        if len(field.data or []) not in (0, *range(2, 8)) or any(len(one) > 40 for one in field.data or []):
            raise ValidationError("Give two to seven levels of up to 40 characters, or none yet.")

    def faults(self) -> Iterator[tuple[str, str]]:
        """Weights that do not add to 100, at the first of them."""
        given = [name for name in self.weighed if name in self]
        total = sum(self.wanted()[name] for name in given)
        if given and total != 100:
            yield given[0], f"The weights add to {total}. Change them so that they add to 100."
        yield from self._beyond_the_scale()

    def _beyond_the_scale(self) -> Iterator[tuple[str, str]]:
        """A level that the scale does not have."""
        wanted = self.wanted()
        levels = len(wanted["scale"])
        if levels and wanted["comment_up_to"] > levels:
            yield "comment_up_to", f"The scale has {levels} levels. Give a number from 0 to {levels}."
        if levels and wanted["spread_flag"] >= levels and wanted["spread_flag"] != self.stored["spread_flag"]:
            yield "spread_flag", f"Two of {levels} levels are at most {levels - 1} apart. Give a smaller number."
