"""The shape of what staff type for one rule of a team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from wtforms import StringField
from wtforms.validators import DataRequired, InputRequired, Optional

from .build_base import BuildForm
from .build_fields import BoxesField, as_line, at_most, no_merge_fields, number, offered, whole


class RosterRuleForm(BuildForm):
    """One thing that the team has to have; `with_roles` gives the class for a community's roles."""

    table = "roster_rules"
    text = StringField(
        "The rule", [DataRequired("Write the rule."), at_most(200), no_merge_fields], filters=[as_line],
        description="As districts read it, such as: At least one principal.",
    )  # fmt: skip
    min = number("At least so many people", 1, 60)
    role_words: ClassVar[dict[str, str]] = {}

    @classmethod
    def with_roles(cls, roles: list[tuple[str, str]]) -> type[RosterRuleForm]:
        """The form with these roles to choose from."""
        fields = {
            "role_words": dict(roles),
            "any_role": BoxesField(
                "In one of these roles", [InputRequired("Choose at least one role.")], choices=offered(roles)
            ),
            "also_min": whole("Of these, at least", 60),
            "also_roles": BoxesField("In one of these roles", [Optional()], choices=offered(roles)),
        }
        made: type[RosterRuleForm] = type("RosterRuleForm", (cls,), fields)
        return made

    def shown(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The second part of the rule, each in its own input."""
        also = stored.get("also") or {}
        return {**stored, "also_min": also.get("min"), "also_roles": also.get("any_role", [])}

    def inputs_of(self, name: str) -> tuple[str, ...]:
        """The second part has two inputs."""
        return ("also_min", "also_roles") if name == "also" else (name,)

    def value_of(self, name: str) -> Any:
        """The second part of the rule, or none."""
        if name != "also":
            return super().value_of(name)
        least, roles = self["also_min"].data, self["also_roles"].data
        return {"any_role": roles, "min": least} if least and roles else None

    def words_of(self, name: str, value: Any) -> str:
        """Roles by their names, and the second part of the rule as a sentence."""
        if name == "also" and value:
            return f"At least {value['min']}: {self._named(value['any_role'])}"
        return self._named(value) if name == "any_role" and value else super().words_of(name, value)

    def _named(self, roles: list[str]) -> str:
        return ", ".join(self.role_words.get(role, role) for role in roles)

    def faults(self) -> Iterator[tuple[str, str]]:
        """A second part that is more than the first, or half of one."""
        if "also_min" in self and bool(self["also_min"].data) != bool(self["also_roles"].data):
            yield "also_min", "Give both, how many and in which roles, or neither."
        if "also_min" in self and (self["also_min"].data or 0) > self.wanted()["min"]:
            yield "also_min", "This cannot be more than the people asked for above."
