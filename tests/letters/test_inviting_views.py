"""Pages on which staff invite: districts by filter with a contact each, and a whole list, line by line."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.outbox import Outgoing
from portal.districts.models import District
from portal.letters.inviting_pages import MOST
from portal.rounds.models import Invitation, Round
from tests.districts.builders import a_district
from tests.letters.staff_pages import a_coordinator, outsiders
from tests.rounds.builders import AFTER, OPEN, a_round, an_invitation
from tests.rounds.pages import lines_of
from tests.rounds.traces import Stop, trace

NUMBERS = ["{foreign}", "0", "-1", str(2**63), "9" * 20, "²", "x"]
LIST = "District,Contact,E-mail\nBeverly,Jane Doe,jane@example.org\nHaverhill,Joe Doe,joe@example.org\n"


@pytest.fixture
def community(app: Flask, at: Stop) -> Community:
    at(OPEN)
    return create_community(slug="eclc", name="Example Learning Community", kind="district_network")


@pytest.fixture
def staff(client: FlaskClient, community: Community, sign_in: Callable) -> FlaskClient:
    return a_coordinator(community, client, sign_in)


@pytest.fixture
def round(community: Community) -> Round:
    return a_round(community)


@pytest.fixture
def places(community: Community) -> dict[str, District]:
    names = {"Beverly": "MA", "Haverhill": "MA", "Salem": "NH"}
    return {name: a_district(name, state=state, leaid=f"25{n:05d}") for n, (name, state) in enumerate(names.items(), 1)}


def at_round(round: Round, path: str) -> str:
    return f"/eclc/staff/rounds/{round.id}/invitations/{path}"


def offered(answer: TestResponse) -> list[str]:
    """The districts that can be ticked."""
    return re.findall(r'aria-label="Choose ([^"]+)"', answer.text)


def ticked(answer: TestResponse) -> set[str]:
    return set(re.findall(r'name="d" value="(\d+)"[^>]* checked', answer.text))


def prepared() -> list[tuple[str, str, str]]:
    db.session.rollback()
    made = db.session.query(Invitation).order_by(Invitation.id)
    return [(one.district.name, one.to_name, one.to_email) for one in made]


def hidden(answer: TestResponse, name: str) -> str:
    """What a page carries along in a hidden field."""
    found = re.search(rf'<textarea name="{name}" hidden[^>]*>\n(.*?)</textarea>', answer.text, re.DOTALL)
    assert found
    return unescape(found.group(1))


@pytest.mark.parametrize(
    "query, names",
    [
        ("", ["Beverly", "Haverhill", "Salem"]),
        ("?q=Havrehill", ["Haverhill"]),
        ("?state=NH", ["Salem"]),
        ("?place=beverly", ["Beverly"]),
        ("?kind=charter", []),
        ("?q=nothing+like+it", []),
        ("?q=%3Cb%3E&state=XX&kind=x&page=99999999999999999999", []),
    ],
)
def test_districts_are_offered_by_filter(
    staff: FlaskClient, round: Round, places: dict[str, District], query: str, names: list[str]
) -> None:
    assert offered(staff.get(at_round(round, f"districts{query}"))) == names


def test_what_was_ticked_stays_while_looking_for_others(
    staff: FlaskClient, round: Round, places: dict[str, District]
) -> None:
    number = places["Beverly"].id
    page = staff.get(at_round(round, f"districts?q=Salem&d={number}&d=x&d={'9' * 30}"))
    assert (offered(page), ticked(page)) == (["Salem"], {str(number)})
    assert "Ticked so far" in lines_of(page.text)


def test_all_that_are_found_are_ticked_at_once(staff: FlaskClient, round: Round, places: dict[str, District]) -> None:
    page = staff.get(at_round(round, "districts?state=MA&all=1"))
    assert ticked(page) == {str(places["Beverly"].id), str(places["Haverhill"].id)}


def test_who_is_invited_already_is_shown_and_cannot_be_ticked(
    staff: FlaskClient, round: Round, places: dict[str, District]
) -> None:
    there = an_invitation(round, places["Beverly"])
    page = staff.get(at_round(round, f"districts?all=1&d={there.district_id}"))
    assert (offered(page), "Invited already" in lines_of(page.text)) == (["Haverhill", "Salem"], True)
    assert str(there.district_id) not in ticked(page)


def test_one_district_alone_is_a_press_away(staff: FlaskClient, round: Round, places: dict[str, District]) -> None:
    page = staff.get(at_round(round, "districts?q=Beverly"))
    assert f'href="/eclc/staff/rounds/{round.id}/invitations/contacts?d={places["Beverly"].id}"' in page.text


def typed(**people: tuple[District, str, str]) -> dict[str, Any]:
    form: dict[str, Any] = {"d": [str(one.id) for one, *_ in people.values()]}
    for district, name, email in people.values():
        form |= {f"name-{district.id}": name, f"email-{district.id}": email}
    return form


def test_each_gets_a_contact_and_nothing_is_mailed(
    staff: FlaskClient, round: Round, places: dict[str, District]
) -> None:
    form = typed(a=(places["Beverly"], "Jane Doe", "Jane@Example.org"), b=(places["Salem"], "Joe", "joe@example.org"))
    answer = staff.post(at_round(round, "contacts"), data=form)
    assert answer.location == f"/eclc/staff/rounds/{round.id}/invitations?show=prepared"
    assert prepared() == [("Beverly", "Jane Doe", "jane@example.org"), ("Salem", "Joe", "joe@example.org")]
    assert "2 invitations are prepared. Nothing is mailed before you send it." in staff.get(answer.location).text
    assert db.session.query(Outgoing).count() == 0


def test_a_contact_known_from_an_earlier_round_stands_there(
    staff: FlaskClient, round: Round, community: Community, places: dict[str, District]
) -> None:
    an_invitation(a_round(community, slug="earlier"), places["Beverly"], to_name="Head", to_email="head@example.org")
    page = staff.get(at_round(round, f"contacts?d={places['Beverly'].id}"))
    assert ('value="Head"' in page.text, 'value="head@example.org"' in page.text) == (True, True)


def test_one_slip_prepares_nobody_and_loses_nothing(
    staff: FlaskClient, round: Round, places: dict[str, District]
) -> None:
    form = typed(
        a=(places["Beverly"], "Jane Doe", "jane@example.org"), b=(places["Salem"], "", "no"),
        c=(places["Haverhill"], "x" * 121, "joe@example.org"),
    )  # fmt: skip
    answer = staff.post(at_round(round, "contacts"), data=form)
    shown = lines_of(answer.text)
    assert (answer.status_code, prepared()) == (422, [])
    for words in ("Three answers need another look", "Salem: give the name of the person.",
                  "Salem: give one mail address, such as name@example.org.",
                  "Haverhill: shorten the name to 120 characters."):  # fmt: skip
        assert (words, words in shown) == (words, True)
    assert 'value="Jane Doe"' in answer.text


def test_who_was_invited_meanwhile_is_not_doubled(
    staff: FlaskClient, round: Round, places: dict[str, District]
) -> None:
    an_invitation(round, places["Beverly"], to_email="first@example.org")
    form = typed(a=(places["Beverly"], "Jane", "jane@example.org"), b=(places["Salem"], "Joe", "joe@example.org"))
    staff.post(at_round(round, "contacts"), data=form)
    assert [email for *_, email in prepared()] == ["first@example.org", "joe@example.org"]
    assert staff.post(at_round(round, "contacts"), data=form).status_code == 409


def test_nobody_chosen_is_said(staff: FlaskClient, round: Round) -> None:
    page = staff.get(at_round(round, "contacts"))
    assert "Nobody is chosen who has no invitation yet." in lines_of(page.text)
    assert staff.post(at_round(round, "contacts")).status_code == 409


def test_after_closing_the_pages_say_so_and_nothing_typed_is_lost(
    staff: FlaskClient, round: Round, places: dict[str, District], at: Stop
) -> None:
    at(AFTER)
    sentence = "This round has closed. Invite the district to the next one."
    for path in ("districts", f"contacts?d={places['Salem'].id}", "list"):
        assert sentence in staff.get(at_round(round, path)).text
    form = typed(a=(places["Beverly"], "Jane Doe", "jane@example.org"))
    answer = staff.post(at_round(round, "contacts"), data=form)
    assert (answer.status_code, sentence in answer.text, 'value="Jane Doe"' in answer.text) == (409, True, True)


def read(staff: FlaskClient, round: Round, text: str = LIST, **more: Any) -> TestResponse:
    return staff.post(at_round(round, "list"), data={"table": text, **more})


def test_a_list_is_shown_before_anything_is_prepared(
    staff: FlaskClient, round: Round, places: dict[str, District]
) -> None:
    page = read(staff, round)
    shown = lines_of(page.text)
    assert (page.status_code, prepared()) == (200, [])
    assert ("2 districts to invite." in shown, "Prepare 2 invitations" in shown) == (True, True)
    assert ("jane@example.org" in shown, "joe@example.org" in shown) == (True, True)


def test_then_it_is_prepared_and_pressed_twice_it_is_prepared_once(
    staff: FlaskClient, round: Round, places: dict[str, District]
) -> None:
    carried = {"lines": hidden(read(staff, round), "lines"), "do": "prepare"}
    answer = staff.post(at_round(round, "list"), data=carried)
    assert answer.location == f"/eclc/staff/rounds/{round.id}/invitations?show=prepared"
    assert prepared() == [("Beverly", "Jane Doe", "jane@example.org"), ("Haverhill", "Joe Doe", "joe@example.org")]
    again = staff.post(at_round(round, "list"), data=carried)
    assert (again.status_code, "Nobody was left to invite" in again.text, len(prepared())) == (409, True, 2)


@pytest.mark.parametrize(
    "content",
    [
        LIST.encode(),
        LIST.replace(",", ";").encode("utf-16"),
        LIST.replace(",", "\t").encode("cp1252"),
        b"\xef\xbb\xbf" + LIST.encode(),
    ],
)
def test_a_file_is_read_in_the_ways_that_spreadsheets_save_it(
    staff: FlaskClient, round: Round, places: dict[str, District], content: bytes
) -> None:
    page = read(staff, round, text="", file=(BytesIO(content), "list.csv"))
    assert (page.status_code, "2 districts to invite." in lines_of(page.text)) == (200, True)


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"PK\x03\x04rest", "This is a workbook or a ZIP archive."),
        (b"%PDF-1.7", "This is a PDF."),
        (b"", "There is nothing in this table."),
        (b'District,Contact,E-mail\n"Beverly,Jane', "Line 2 opens a quote and does not close it."),
    ],
)
def test_what_is_no_table_is_said_with_what_would_work(
    staff: FlaskClient, round: Round, content: bytes, sentence: str
) -> None:
    page = read(staff, round, text="", file=(BytesIO(content), "list.csv"))
    assert (page.status_code, sentence in unescape(page.text)) == (422, True)


def test_columns_that_are_not_known_are_chosen_by_a_person(
    staff: FlaskClient, round: Round, places: dict[str, District]
) -> None:
    page = read(staff, round, "Town;Who;How\nBeverly;Jane;jane@example.org\n")
    assert page.status_code == 422
    assert "Say which column this is: Name of the district, or its code; Contact person; E-mail." in lines_of(page.text)
    said = {"column-district": "Town", "column-contact": "Who", "column-email": "How", "column-town": ""}
    again = read(staff, round, hidden(page, "table"), **said)
    assert (again.status_code, "1 district to invite." in lines_of(again.text)) == (200, True)


def test_lines_are_put_right_on_the_page_and_nothing_is_half_done(
    staff: FlaskClient, round: Round, places: dict[str, District]
) -> None:
    a_district("Salem", state="MA")
    text = LIST + "Salem,Jim,jim@example.org\nNowhere,Jo,no address\nBeverly,Twice,twice@example.org\n,,x@example.org\n"
    page = read(staff, round, text)
    shown = lines_of(page.text)
    assert (page.status_code, "2 districts to invite, 4 lines need another look." in shown) == (422, True)
    assert "Prepare 2 invitations" not in shown
    assert "Line 4: Several districts may be meant by “Salem”. Choose one." in shown
    carried = {"lines": hidden(page, "lines"), "do": "prepare"}
    assert (staff.post(at_round(round, "list"), data=carried).status_code, prepared()) == (422, [])
    mended = {
        **carried, "choice-4": str(places["Salem"].id), "district-5": "Salem, MA", "email-5": "jo@example.org",
        "out-6": "1", "out-7": "1", "out-3": "1",
    }  # fmt: skip
    done = staff.post(at_round(round, "list"), data={**mended, "do": "check"})
    assert (done.status_code, "3 districts to invite, 3 left out." in lines_of(done.text), prepared()) == (
        200,
        True,
        [],
    )
    final = {"lines": hidden(done, "lines"), "do": "prepare"}
    assert staff.post(at_round(round, "list"), data=final).status_code == 303
    assert [(name, email) for name, _, email in prepared()] == [
        ("Beverly", "jane@example.org"), ("Salem", "jim@example.org"), ("Salem", "jo@example.org"),
    ]  # fmt: skip


def test_a_line_that_was_left_out_is_taken_in_again(
    staff: FlaskClient, round: Round, places: dict[str, District]
) -> None:
    page = read(staff, round)
    out = staff.post(at_round(round, "list"), data={"lines": hidden(page, "lines"), "out-2": "1", "do": "check"})
    assert "1 district to invite, 1 left out." in lines_of(out.text)
    back = staff.post(at_round(round, "list"), data={"lines": hidden(out, "lines"), "back-2": "1", "do": "check"})
    assert "2 districts to invite." in lines_of(back.text)


def test_who_is_invited_already_is_named_and_left_alone(
    staff: FlaskClient, round: Round, places: dict[str, District]
) -> None:
    an_invitation(round, places["Beverly"], to_email="first@example.org")
    page = read(staff, round)
    assert "1 district to invite, 1 invited already." in lines_of(page.text)
    staff.post(at_round(round, "list"), data={"lines": hidden(page, "lines"), "do": "prepare"})
    assert [email for *_, email in prepared()] == ["first@example.org", "joe@example.org"]


@pytest.mark.parametrize("lines", ["", "x", "1\t2\t3", "9" * 30 + "\t" * 8, "1" + "\t" * 7 + "\t\x00"])
def test_lines_that_were_changed_on_their_way_prepare_nobody(staff: FlaskClient, round: Round, lines: str) -> None:
    answer = staff.post(at_round(round, "list"), data={"lines": lines, "do": "prepare"})
    assert (answer.status_code in {400, 409, 422}, prepared()) == (True, [])


def test_markup_in_a_list_is_text(staff: FlaskClient, round: Round, places: dict[str, District]) -> None:
    page = read(staff, round, 'District,Contact,E-mail\n"<b>Beverly</b>","</textarea><script>x",a@example.org\n')
    assert ("<b>Beverly" in page.text, "<script>x" in page.text) == (False, False)


@pytest.mark.parametrize("path", ["districts", "contacts", "list"])
def test_only_staff_invite(
    client: FlaskClient, community: Community, round: Round, sign_in: Callable, path: str
) -> None:
    for browser in outsiders(community, client, sign_in):
        assert browser.get(at_round(round, path)).status_code in (303, 403)
        if path != "districts":
            assert browser.post(at_round(round, path), data={"table": LIST}).status_code in (303, 403)
    assert prepared() == []


@pytest.mark.parametrize("path", ["districts", "contacts", "list"])
@pytest.mark.parametrize("number", NUMBERS)
def test_a_round_of_elsewhere_is_not_there(staff: FlaskClient, community: Community, path: str, number: str) -> None:
    other = a_round(create_community(slug="other", name="Other", kind="district_network"))
    address = f"/eclc/staff/rounds/{number.format(foreign=other.id)}/invitations/{path}"
    before = trace()
    assert staff.get(address).status_code == 404
    if path != "districts":
        assert staff.post(address, data={"table": LIST}).status_code in {404, 405}
    assert trace() == before


def test_a_form_holds_as_many_contacts_as_can_be_ticked(staff: FlaskClient, round: Round) -> None:
    rows = [District(name=f"Place {n}", city="Place", state="MA") for n in range(MOST + 5)]
    db.session.add_all(rows)
    db.session.commit()
    page = staff.get(at_round(round, "districts?all=1"))
    assert len(ticked(page)) == MOST
    numbers = sorted(ticked(page))
    form: dict[str, Any] = {"d": numbers, **{f"name-{one}": "X" for one in numbers}}
    form |= {f"email-{one}": f"x{one}@example.org" for one in numbers} | {"csrf_token": "x"}
    assert staff.post(at_round(round, "contacts"), data=form).status_code == 303
    assert len(prepared()) == MOST


@pytest.mark.parametrize("path", ["districts", "contacts?{}"])
def test_pages_need_as_many_queries_for_one_as_for_many(
    staff: FlaskClient, round: Round, places: dict[str, District], count_queries: Callable, path: str
) -> None:
    def asked() -> int:
        numbers = "&".join(f"d={one.id}" for one in db.session.query(District))
        with count_queries() as statements:
            assert staff.get(at_round(round, path.format(numbers))).status_code == 200
        return len(statements)

    few = asked()
    for number in range(20):
        a_district(f"Town {number}")
    assert asked() == few
