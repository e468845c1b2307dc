"""Visitors get the bytes of the last rendering while nothing shown has changed; nobody else does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, flash, request, session
from flask.testing import FlaskClient

from portal.communities.operations import refresh_public
from portal.core.access import kept, me
from portal.core.db import transaction
from portal.core.kept import Shelf, fragment, keep_query
from tests.accounts.builders import a_person
from tests.core.builders import a_community, a_door, a_template

PAGE = "/demo/trial"


@pytest.fixture
def drawn(app: Flask) -> list[str]:
    """A kept page of a community; gives for whom it was drawn, in order."""
    seen: list[str] = []

    def page() -> str:
        seen.append(me().name or "visitor")
        return f"drawn {len(seen)}"

    a_door(app, "/<slug:community>/trial", page, kept)
    a_community()
    return seen


def test_the_second_visitor_gets_the_same_bytes(client: FlaskClient, drawn: list[str], at) -> None:
    at("2026-10-01 09:00:01")
    assert [client.get(PAGE).text, client.get(PAGE).text, client.head(PAGE).status_code] == ["drawn 1", "drawn 1", 200]
    assert len(drawn) == 1


def test_a_kept_page_costs_one_query(client: FlaskClient, drawn: list[str], at, count_queries) -> None:
    at("2026-10-01 09:00:01")
    client.get(PAGE)
    with count_queries() as statements:
        client.get(PAGE)
    assert len(statements) == 1


def test_a_change_that_visitors_see_makes_it_anew(client: FlaskClient, drawn: list[str], at) -> None:
    at("2026-10-01 09:00:01")
    client.get(PAGE)
    change(1)
    assert client.get(PAGE).text == "drawn 2"


def test_a_change_in_another_community_does_not(client: FlaskClient, drawn: list[str], at) -> None:
    at("2026-10-01 09:00:01")
    other = a_community("other").id
    client.get(PAGE)
    change(other)
    assert client.get(PAGE).text == "drawn 1"


def test_a_change_that_was_undone_does_not_either(client: FlaskClient, drawn: list[str], at) -> None:
    at("2026-10-01 09:00:01")
    client.get(PAGE)
    with pytest.raises(ValueError, match="no"):
        change_and_fail(1)
    assert client.get(PAGE).text == "drawn 1"


def test_a_minute_later_it_is_drawn_anew(client: FlaskClient, drawn: list[str], at) -> None:
    at("2026-10-01 09:00:59")
    client.get(PAGE)
    at("2026-10-01 09:01:00")
    assert client.get(PAGE).text == "drawn 2"


def test_an_address_is_kept_and_what_is_asked_beside_it_is_not(app: Flask, client: FlaskClient, drawn, at) -> None:
    at("2026-10-01 09:00:01")
    asked = [PAGE, f"{PAGE}?kind=gathering", f"{PAGE}?kind=gathering", f"{PAGE}?", PAGE]
    assert [client.get(address).text for address in asked] == ["drawn 1", "drawn 2", "drawn 3", "drawn 1", "drawn 1"]
    assert len(app.extensions["kept_pages"]) == 1


def test_a_door_can_say_which_query_has_an_end_and_only_that_is_kept(app: Flask, client: FlaskClient, at) -> None:
    seen: list[str] = []

    def page() -> str:
        keep_query("?kind=series")
        seen.append(request.query_string.decode())
        return f"drawn {len(seen)}"

    a_door(app, "/<slug:community>/sieve", page, kept)
    a_community()
    at("2026-10-01 09:00:01")
    for query in ("kind=series", "kind=series", "kind=%73eries", "kind=series&x=1", "", "x=1", "", "kind=series"):
        client.get(f"/demo/sieve?{query}")
    assert seen == ["kind=series", "kind=%73eries", "kind=series&x=1", "", "x=1"]


@pytest.mark.parametrize("word", ["1", "TRUE", "true "])
def test_what_htmx_never_sends_is_not_kept(app: Flask, client: FlaskClient, drawn: list[str], at, word: str) -> None:
    at("2026-10-01 09:00:01")
    for more in ({"HX-Request": f"{word}x"}, {"HX-Request": "true", "HX-Request-Type": word}):
        client.get(PAGE, headers=more)
    assert len(app.extensions["kept_pages"]) == 0


def test_a_part_is_kept_apart_from_the_page(client: FlaskClient, drawn: list[str], at) -> None:
    at("2026-10-01 09:00:01")
    client.get(PAGE)
    assert client.get(PAGE, headers={"HX-Request": "true"}).text == "drawn 2"


def test_whoever_has_a_cookie_neither_reads_nor_fills_the_shelf(client: FlaskClient, drawn: list[str], at, sign_in):
    at("2026-10-01 09:00:01")
    client.get(PAGE)
    sign_in(client, a_person(name="Lead"))
    answer = client.get(PAGE)
    assert (answer.text, answer.headers["Cache-Control"]) == ("drawn 2", "no-store")
    client.delete_cookie("portal", domain="127.0.0.1")
    client.delete_cookie("portal")
    assert client.get(PAGE).text == "drawn 1"
    assert drawn == ["visitor", "Lead"]


def test_a_visitor_may_keep_a_copy_and_ask_whether_it_is_still_good(client: FlaskClient, drawn: list[str], at) -> None:
    at("2026-10-01 09:00:01")
    first, second = client.get(PAGE), client.get(PAGE)
    assert first.headers["ETag"] == second.headers["ETag"]
    assert second.headers["Cache-Control"] == "no-cache"
    assert {"Cookie", "HX-Request", "HX-Request-Type"} <= set(second.headers["Vary"].split(", "))
    again = client.get(PAGE, headers={"If-None-Match": second.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Content-Security-Policy" in again.headers


def test_a_page_drawn_anew_with_the_same_words_is_still_good(app: Flask, client: FlaskClient, at) -> None:
    a_door(app, "/<slug:community>/still", lambda: "always the same", kept)
    a_community()
    at("2026-10-01 09:00:01")
    mark = client.get("/demo/still").headers["ETag"]
    at("2026-10-01 09:05:00")
    assert client.get("/demo/still", headers={"If-None-Match": mark}).status_code == 304


def test_a_visitor_of_a_kept_page_gets_no_cookie(client: FlaskClient, drawn: list[str]) -> None:
    assert ["Set-Cookie" in client.get(PAGE).headers for _ in range(2)] == [False, False]


@pytest.mark.parametrize("mistake", [lambda: flash("for you"), lambda: session.update(token="secret")])
def test_what_opens_a_session_is_never_kept(app: Flask, client: FlaskClient, mistake: Callable[[], None]) -> None:
    drawn: list[int] = []

    def page() -> str:
        drawn.append(1)
        mistake()
        return "x"

    a_door(app, "/<slug:community>/mistake", page, kept)
    a_community()
    for _ in range(2):
        app.test_client().get("/demo/mistake")
    assert len(drawn) == 2


def test_what_is_not_there_is_not_kept(app: Flask, client: FlaskClient, drawn: list[str]) -> None:
    assert [client.get("/nowhere/trial").status_code for _ in range(2)] == [404, 404]
    assert len(app.extensions["kept_pages"]) == 0


def test_the_shelf_does_not_grow_without_end() -> None:
    shelf = Shelf(2)
    for number in range(3):
        shelf.put(number, (b"", ""))
    assert list(shelf) == [1, 2]


def test_a_part_is_drawn_once_for_all(app: Flask, client: FlaskClient, sign_in, at) -> None:
    at("2026-10-01 09:00:01")
    a_template(app, _rows="<b>{{ word }}</b>")
    asked: list[int] = []

    def context() -> dict[str, object]:
        asked.append(1)
        return {"word": "a < b"}

    a_door(app, "/<slug:community>/rows", lambda: fragment("rows", "_rows.html", context), kept)
    a_community()
    for person in ("one@example.org", "two@example.org"):
        assert sign_in(app.test_client(), a_person(person)).get("/demo/rows").text == "<b>a &lt; b</b>"
    assert len(asked) == 1
    change(1)
    sign_in(client, a_person("one@example.org")).get("/demo/rows")
    assert len(asked) == 2


def change(community_id: int) -> None:
    with transaction():
        refresh_public(community_id)


def change_and_fail(community_id: int) -> None:
    with transaction():
        refresh_public(community_id)
        raise ValueError("no")
