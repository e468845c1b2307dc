"""Every door has a gate, and no gate stands where it cannot work."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import Rule

from portal.communities.rules import RESERVED
from portal.core.access import RULES, gate_of

PEOPLE = "/<slug:community>/staff/agenda/<slug:experience>/people"


def test_every_door_has_a_gate_that_exists(app: Flask) -> None:
    assert [rule.endpoint for rule in app.url_map.iter_rules() if gate_of(app, rule.endpoint) not in RULES] == []


def test_gates_of_a_community_stand_inside_a_community(app: Flask) -> None:
    inner = [rule for rule in app.url_map.iter_rules() if gate_of(app, rule.endpoint) in {"reviewer", "staff", "admin"}]
    assert [rule.rule for rule in inner if "community" not in rule.arguments] == []


def test_what_stands_under_staff_is_never_open(app: Flask) -> None:
    inner = [rule for rule in app.url_map.iter_rules() if "/staff" in rule.rule]
    unguarded = [rule.rule for rule in inner if gate_of(app, rule.endpoint) in {"public", "kept", "signed_in"}]
    # Whoever facilitates an experience may open its people too: `find_roster` looks who it is.
    assert [rule for rule in unguarded if not rule.startswith(PEOPLE)] == []
    assert [rule.rule for rule in inner if gate_of(app, rule.endpoint) in {"public", "kept"}] == []


def test_kept_pages_are_only_read(app: Flask) -> None:
    kept = [rule for rule in app.url_map.iter_rules() if gate_of(app, rule.endpoint) == "kept"]
    assert [rule.rule for rule in kept if writes(rule)] == []


def test_a_door_either_reads_or_writes_under_one_name(app: Flask) -> None:
    both = [rule for rule in app.url_map.iter_rules() if writes(rule) - {"POST"}]
    assert [rule.rule for rule in both] == []


def test_no_community_can_take_an_address_of_the_portal(app: Flask) -> None:
    first = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} - {""}
    assert {part for part in first if "<" not in part} - set(RESERVED) == set()


def writes(rule: Rule) -> set[str]:
    return (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
