"""Two people, or one in two windows, in the same place: both texts are shown, chosen or joined, and none is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts.models import Account
from portal.core.db import db
from portal.letters.content import row_values
from portal.letters.models import Letter, RosterRow
from portal.letters.operations import add_roster_row, save_answer, save_roster_row, save_section
from portal.letters.rules import base_of
from portal.letters.shapes import Filled, TypedRow, joined
from tests.letters.builders import Place, a_bare_question, base
from tests.letters.pages import at_letter, button, hidden, line, team, values, words

PART = {"HX-Request": "true"}
BOTH = "Mine.\n\nTheirs."


@pytest.mark.parametrize(
    ("mine", "theirs", "both"),
    [
        ("Mine.", "Theirs.", BOTH),
        ("Mine.\r\n", " Theirs. ", BOTH),
        ("Shared.\nMine.", "Shared.\nTheirs.", "Shared.\nMine.\n\nTheirs."),
        ("art", "start", "art\n\nstart"),
        ("Mine.", "", "Mine."),
        ("", "Theirs.", "Theirs."),
        ("One.\n\nTwo.", "One.", "One.\n\nTwo."),
    ],
)
def test_mine_and_then_what_theirs_says_beyond_it(mine: str, theirs: str, both: str) -> None:
    assert joined(a_bare_question("q10"), mine, theirs) == both


@pytest.mark.parametrize("script", [True, False])
def test_joining_stores_both_texts_and_shows_them_in_the_field(
    writer: FlaskClient, letter: Letter, place: Place, script: bool
) -> None:
    shown = clash(writer, letter, place, place.other, script).text
    answer = choose(writer, letter, place, shown, "Join both texts", script)
    if script:
        assert (answer.status_code, f"{BOTH}</textarea>" in answer.text) == (200, True)
    else:
        assert answer.location == at_letter(letter, "/sections/time#q10-field")
    assert values(place) == {"q10": BOTH}


def test_a_third_text_that_came_meanwhile_is_a_clash_with_the_joined_one(
    writer: FlaskClient, letter: Letter, place: Place
) -> None:
    shown = clash(writer, letter, place, place.other).text
    question = place.questions()["q10"]
    save_answer(letter, question, "A third.", base(letter, question), by=place.other)
    answer = choose(writer, letter, place, shown, "Join both texts")
    assert (answer.status_code, values(place)) == (409, {"q10": "A third."})
    assert "Yours Mine. Theirs. Keep mine Theirs A third. Keep theirs" in words(answer)


def test_two_texts_that_are_too_long_together_stay_in_the_field(
    writer: FlaskClient, letter: Letter, place: Place
) -> None:
    shown = clash(writer, letter, place, place.other, mine="m" * 15_000, theirs="t" * 15_000).text
    answer = choose(writer, letter, place, shown, "Join both texts", mine="m" * 15_000, theirs="t" * 15_000)
    assert (answer.status_code, "Shorten this answer: it has 30,002 characters" in words(answer)) == (422, True)
    assert f"{'m' * 15_000}\n\n{'t' * 15_000}</textarea>" in answer.text
    assert values(place) == {"q10": "t" * 15_000}


def test_where_there_is_no_text_there_is_nothing_to_join(writer: FlaskClient, letter: Letter, place: Place) -> None:
    save_answer(letter, place.questions()["q9"], 4, by=place.other)
    answer = post(writer, letter, place, "q9", q9="5", **{"q9-base": "0:x"})
    assert (answer.status_code, "Join both texts" in answer.text) == (409, False)
    joins = f"join:q9:{base(letter, place.questions()['q9'])}"
    answer = post(writer, letter, place, "q9", q9="5", keep=joins, **{"q9-base": "0:x", "q9-theirs": "4"})
    assert (answer.status_code, values(place)) == (200, {"q9": 5})


def test_ones_own_second_window_is_named_so(writer: FlaskClient, letter: Letter, place: Place) -> None:
    shown = words(clash(writer, letter, place, place.lead))
    assert "You, in another window, saved this at 9:00 AM, while you were writing" in shown
    assert "Yours Mine. Keep mine In the other window Theirs. Keep theirs" in shown
    assert place.lead.name not in shown


def test_after_a_choice_the_page_says_the_servers_time(writer: FlaskClient, letter: Letter, place: Place) -> None:
    shown = clash(writer, letter, place, place.other).text
    assert "Saved 9:00 AM" in words(choose(writer, letter, place, shown, "Keep mine"))


def test_two_people_in_different_fields_never_meet(writer: FlaskClient, letter: Letter, place: Place) -> None:
    page = writer.get(at_letter(letter, "/sections/time")).text
    save_answer(letter, place.questions()["q9"], 4, by=place.other)
    answer = post(writer, letter, place, "q10", q10="Mine.", **{"q10-base": hidden(page)})
    assert (answer.status_code, values(place)) == (200, {"q9": 4, "q10": "Mine."})


@pytest.mark.parametrize("headers", [PART, {}])
def test_a_line_that_somebody_edits_is_not_taken_out_unseen(
    writer: FlaskClient, letter: Letter, place: Place, headers: dict[str, str]
) -> None:
    row = add_roster_row(letter, {"role": "nurse", "school": "North"}, by=place.lead)
    typed = line(row)
    save_roster_row(letter, row.id, {"role": "nurse", "school": "South"}, typed[f"row-{row.id}-base"], by=place.other)
    answer = take_out(writer, letter, place, row, typed, headers)
    assert answer.status_code == 409
    assert "Principal, grades 6–8 saved this at 9:00 AM" in words(answer)
    assert "Yours nurse North Keep mine Theirs nurse South Keep theirs" in words(answer)
    assert [one.school for one in team()] == ["South"]


def test_once_seen_it_is_taken_out(writer: FlaskClient, letter: Letter, place: Place) -> None:
    row = add_roster_row(letter, {"role": "nurse", "school": "North"}, by=place.other)
    answer = take_out(writer, letter, place, row, line(row), PART)
    assert (answer.status_code, team()) == (200, [])


def test_what_was_typed_a_moment_ago_is_no_clash_with_oneself(letter: Letter, place: Place) -> None:
    row = add_roster_row(letter, by=place.lead)
    began, typed = base_of(row.version, row_values(row)), {"role": "nurse", "school": "N", "name": "", "email": ""}
    save_roster_row(letter, row.id, typed, began, by=place.lead)
    taken = Filled(rows=[TypedRow(row.id, typed, began)], remove_row=row.id)
    assert (save_section(letter, taken, by=place.lead), team()) == ({}, [])


def test_the_next_line_is_saved_while_one_is_taken_out(writer: FlaskClient, letter: Letter, place: Place) -> None:
    first, second = (add_roster_row(letter, {"school": name}, by=place.lead) for name in ("First", "Second"))
    editing = line(second, school="Second, edited")
    take_out(writer, letter, place, first, line(first), PART)
    answer = writer.post(
        at_letter(letter, f"/answers/{place.questions()['q7'].id}/lines/{second.id}"), data=editing, headers=PART
    )
    assert (answer.status_code, [one.school for one in team()]) == (200, ["Second, edited"])


def clash(
    client: FlaskClient, letter: Letter, place: Place, by: Account, script: bool = True, *,
    mine: str = "Mine.", theirs: str = "Theirs.",
) -> TestResponse:  # fmt: skip
    """Somebody saved `theirs`, then the page that began before sends `mine`."""
    save_answer(letter, place.questions()["q10"], theirs, by=by)
    if script:
        return post(client, letter, place, "q10", q10=mine, **{"q10-base": "0:x"})
    return client.post(at_letter(letter, "/sections/time"), data={"q10": mine, "q10-base": "0:x"})


def choose(
    client: FlaskClient, letter: Letter, place: Place, shown: str, label: str, script: bool = True, *,
    mine: str = "Mine.", theirs: str = "Theirs.",
) -> TestResponse:  # fmt: skip
    found = re.search(r'<textarea name="q10-theirs"[^>]*>\n(.*?)</textarea>', shown, re.DOTALL)
    assert found is not None
    assert found[1] == theirs
    typed = {"q10": mine, "q10-base": hidden(shown), "q10-theirs": found[1], "keep": button(shown, label)}
    if script:
        return post(client, letter, place, "q10", **typed)
    return client.post(at_letter(letter, "/sections/time"), data=typed)


def post(client: FlaskClient, letter: Letter, place: Place, code: str, **typed: Any) -> TestResponse:
    path = at_letter(letter, f"/answers/{place.questions()[code].id}")
    return client.post(path, data=typed, headers=PART)


def take_out(
    client: FlaskClient, letter: Letter, place: Place, row: RosterRow, typed: dict[str, str], headers: dict[str, str]
) -> TestResponse:
    db.session.rollback()
    path = f"/answers/{place.questions()['q7'].id}" if headers else "/sections/your-team"
    pressed = {"do": f"remove-row:q7:{row.id}", "q7-base": "rows"}
    return client.post(at_letter(letter, path), data={**typed, **pressed}, headers=headers)
