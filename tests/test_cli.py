"""The operator's commands: what they do, what they say, and how they refuse."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from portal.accounts.models import Account, Permission
from portal.accounts.operations import send_link
from portal.communities.models import Community
from portal.communities.queries import all_communities, find_community
from portal.core.db import db
from portal.core.heartbeat import last_beat
from portal.core.outbox import Outgoing
from tests.accounts.builders import a_person
from tests.postbox import Sink


def run(app: Flask, *arguments: str) -> Result:
    result = app.test_cli_runner().invoke(args=arguments)
    db.session.rollback()
    return result


def permissions() -> list[tuple[str, str, str]]:
    rows = db.session.execute(
        select(Account.email, Account.name, Permission.kind)
        .join(Permission, Permission.account_id == Account.id)
        .order_by(Permission.id)
    )
    return [(row.email, row.name, row.kind) for row in rows]


@pytest.fixture
def community(app: Flask) -> Community:
    assert run(app, "community", "create", "eclc", "Essex County").exit_code == 0
    [made] = all_communities()
    return made


def test_a_community_is_opened_and_the_next_step_is_said(app: Flask) -> None:
    result = run(app, "community", "create", "eclc", "Essex County")
    assert result.output == ("Essex County is at /eclc/. Next: flask --app wsgi staff add eclc ADDRESS --as admin\n")
    made = find_community("eclc")
    assert made is not None
    assert (made.name, made.kind, made.time_zone) == ("Essex County", "district_network", "America/New_York")


def test_a_community_takes_its_kind_and_its_zone(app: Flask) -> None:
    zone = ("--time-zone", "America/Chicago")
    assert run(app, "community", "create", "ecet2", "Teachers", "--kind", "teacher_network", *zone).exit_code == 0
    [made] = all_communities()
    assert (made.kind, made.time_zone) == ("teacher_network", "America/Chicago")


@pytest.mark.parametrize("slug", ["eclc", "sign-in", "Not A Slug"])
def test_a_short_name_that_cannot_be_used_is_refused_in_one_line(app: Flask, community: Community, slug: str) -> None:
    result = run(app, "community", "create", slug, "Another")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert f"“{slug}” cannot be used." in result.output
    assert [row.name for row in all_communities()] == ["Essex County"]


def test_an_unknown_kind_of_community_is_refused(app: Flask) -> None:
    result = run(app, "community", "create", "eclc", "Essex", "--kind", "club")
    assert (result.exit_code, all_communities()) == (2, [])


def test_staff_are_named_by_their_address(app: Flask, community: Community) -> None:
    result = run(app, "staff", "add", "eclc", " Director@Example.org ", "--name", "Director", "--as", "admin")
    assert result.output == "director@example.org is now admin of Essex County.\n"
    assert permissions() == [("director@example.org", "Director", "admin")]


def test_naming_staff_twice_changes_nothing(app: Flask, community: Community) -> None:
    assert [run(app, "staff", "add", "eclc", "a@example.org").exit_code for _ in range(2)] == [0, 0]
    assert permissions() == [("a@example.org", "a@example.org", "staff")]


@pytest.mark.parametrize(
    ("slug", "email", "sentence"),
    [
        ("nowhere", "a@example.org", "There is no community “nowhere”."),
        ("eclc", "a@", "Give one mail address, such as name@example.org."),
    ],
)
def test_staff_of_nowhere_or_without_an_address_are_refused(
    app: Flask, community: Community, slug: str, email: str, sentence: str
) -> None:
    result = run(app, "staff", "add", slug, email)
    assert (result.exit_code, result.output) == (1, f"Error: {sentence}\n")
    assert (permissions(), db.session.scalars(select(Account.id)).all()) == ([], [])


def test_what_is_due_is_done_once(app: Flask, sink: tuple[Sink, str]) -> None:
    sink[0].take()
    send_link(a_person())
    assert [run(app, "jobs", "due").exit_code for _ in range(2)] == [0, 0]
    assert [mail.to for mail in sink[0].take()] == ["teacher@example.org"]
    assert (last_beat() is not None, [row.tries for row in db.session.scalars(select(Outgoing))]) == (True, [1])


def test_a_demo_is_loaded_only_where_nothing_is_when_asked_so(app: Flask, community: Community) -> None:
    result = run(app, "demo", "load", "--if-empty")
    assert (result.exit_code, result.output) == (0, "")
    assert [row.slug for row in all_communities()] == ["eclc"]


def test_a_demo_is_refused_where_there_are_communities(app: Flask, community: Community) -> None:
    result = run(app, "demo", "load")
    assert (result.exit_code, "The portal has communities already." in result.output) == (1, True)
    assert [row.slug for row in all_communities()] == ["eclc"]


@pytest.mark.parametrize(("option", "code"), [((), 1), (("--if-empty",), 0)])
def test_production_gets_no_demo(app: Flask, option: tuple[str, ...], code: int) -> None:
    app.config["DEMO_PASSWORD"] = ""
    assert (run(app, "demo", "load", *option).exit_code, all_communities()) == (code, [])
