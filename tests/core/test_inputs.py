"""Signs that no database holds and numbers that no row has stop at the door."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.core.builders import a_door


@pytest.fixture(autouse=True)
def _doors(app: Flask) -> None:
    """A door that takes a number, one that takes a form, and one that takes a short name."""
    a_door(app, "/trial/<id:number>", lambda number: str(number))
    a_door(app, "/trial", lambda: "taken", methods=["GET", "POST"])
    a_door(app, "/trial/named/<slug:name>", lambda name: name)


@pytest.mark.parametrize("number", ["1", "42", str(2**63 - 1)])
def test_the_number_of_a_row_is_let_through(client: FlaskClient, number: str) -> None:
    assert client.get(f"/trial/{number}").text == number


@pytest.mark.parametrize(
    "number",
    [
        "0",
        "-1",
        "+1",
        str(2**63),
        "1" * 20,
        "9" * 400,
        "1.0",
        "1e3",
        "0x1",
        "²",
        "٣",
        "１",
        "%31%00",
        "a",
        "%20",
        "1 OR 1=1",
    ],
)
def test_any_other_number_is_an_address_that_does_not_exist(client: FlaskClient, number: str) -> None:
    assert client.get(f"/trial/{number}").status_code in {404, 400}


@pytest.mark.parametrize("name", ["eclc", "a", "autumn-gathering-2026", "1"])
def test_a_short_name_is_let_through(client: FlaskClient, name: str) -> None:
    assert client.get(f"/trial/named/{name}").text == name


@pytest.mark.parametrize("name", ["-a", "A", "a_b", "ä", "a.b", "a" * 81, "%2e%2e", "a%0a"])
def test_any_other_short_name_does_not_exist(client: FlaskClient, name: str) -> None:
    assert client.get(f"/trial/named/{name}").status_code == 404


@pytest.mark.parametrize("typed", ["a%00b", "%00", "%ff%fe", "%c3%28", "%ed%a0%80"])
def test_unreadable_signs_in_an_address_are_refused(client: FlaskClient, typed: str) -> None:
    assert [client.get(f"/trial?q={typed}").status_code, client.get(f"/trial?{typed}=1").status_code] == [400, 400]
    assert client.get(f"/trial/named/{typed}").status_code in {400, 404}


@pytest.mark.parametrize("typed", [b"q=a%00b", b"q=%ff%fe", b"%00=1", b"q=ok&q=%00"])
def test_unreadable_signs_in_a_form_are_refused_in_words(client: FlaskClient, typed: bytes) -> None:
    answer = client.post("/trial", data=typed, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert "Type it again without them." in answer.text


def test_unreadable_signs_in_a_form_of_many_parts_are_refused(client: FlaskClient) -> None:
    assert client.post("/trial", data={"q": "a\x00b", "file": (b"", "x")}).status_code in {400}


@pytest.mark.parametrize("typed", ["Ünïcödé ☃", "日本語", "🎉", "a\tb\nc", "<b>&\"'", "{{ 7*7 }}", "%", "\u202eabc"])
def test_everything_that_people_write_is_let_through(client: FlaskClient, typed: str) -> None:
    assert client.post("/trial", data={"q": typed}).text == "taken"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_a_body_of_another_kind_is_no_crash(client: FlaskClient, kind: str) -> None:
    assert client.post("/trial", data=b'{"q": [1, {"a": "\\u0000"}]}', content_type=kind).status_code == 200


@pytest.mark.parametrize("body", [b"{}", b"[1, 2]", b'"x"', b"null", b"{", b'{"q": {"a": 1}}'])
def test_no_door_takes_json(client: FlaskClient, body: bytes) -> None:
    assert client.post("/trial", data=body, content_type="application/json").status_code == 400


def test_a_body_over_the_limit_gets_a_page_that_says_so(app: Flask, client: FlaskClient) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = client.post("/trial", data={"q": "x" * 2000})
    assert answer.status_code == 413
    assert "<h1>This is too large</h1>" in answer.text


def test_a_long_text_in_a_form_of_many_parts_fits(client: FlaskClient) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="q"\r\n\r\n' + b"x" * 1_500_000 + b"\r\n--x--\r\n"
    answer = client.post("/trial", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"a=1" + b"&a" * 999, 200),
        (b"a=1" + b"&a" * 1000, 413),
        (b"a=" + b"x" * 2**20, 200),
        (b"a=" + b"x" * 2**21, 413),
    ],
    ids=["a thousand fields", "one more", "one megabyte", "two"],
)
def test_a_form_of_too_many_fields_or_too_long_is_not_read(client: FlaskClient, body: bytes, status: int) -> None:
    answer = client.post("/trial", data=body, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, "too large" in answer.text) == (status, status == 413)
