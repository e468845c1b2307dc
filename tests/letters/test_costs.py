"""What the pages of writing cost in queries: a letter is saved thousands of times."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from portal.core.db import db
from portal.letters.models import Editor, Letter, RosterRow
from portal.letters.operations import add_roster_row
from tests.districts.builders import a_person
from tests.letters.builders import OPEN, Place, a_complete_letter, a_letter, base, enter
from tests.letters.kind_pages import PART, give, section_at, the_letter, upload
from tests.letters.kinds import with_new_kinds
from tests.letters.pages import at_letter, line, team

Count = Callable[[], AbstractContextManager[list[str]]]
MOST = 9  # queries of one autosave, with those of the gate


@pytest.mark.parametrize(
    ("code", "typed"), [("q10", {"q10": "Another text."}), ("q9", {"q9": "7"}), ("q8", {"q8": "1"}),
                        ("q4", {"q4": ["1"]}), ("q2", {"q2-name": "Somebody"}), ("q1", {"q1": "no"})],
)  # fmt: skip
def test_a_save_costs_few_queries(
    writer: FlaskClient, place: Place, count_queries: Count, code: str, typed: dict[str, str]
) -> None:
    letter, question = a_complete_letter(place), place.questions()[code]
    data, path = {f"{code}-base": base(letter, question), **typed}, at_letter(letter, f"/answers/{question.id}")
    with count_queries() as sent:
        assert writer.post(path, data=data, headers=PART).status_code == 200
    assert len(sent) <= MOST, "\n".join(one[:150] for one in sent)


def test_a_first_save_costs_as_few(writer: FlaskClient, place: Place, letter: Letter, count_queries: Count) -> None:
    path = at_letter(letter, f"/answers/{place.questions()['q10'].id}")
    with count_queries() as sent:
        writer.post(path, data={"q10": "x", "q10-base": "0:"}, headers=PART)
    assert len(sent) <= MOST, "\n".join(one[:150] for one in sent)


def test_a_co_editors_save_costs_as_few(client: FlaskClient, place: Place, count_queries: Count) -> None:
    letter, question, person = a_complete_letter(place), place.questions()["q10"], a_person()
    now = letter.started_at
    seat = {"name": "x", "email": "x@example.org", "invited_at": now, "joined_at": now, "account_id": person.id}
    db.session.add(Editor(letter=letter, **seat))
    db.session.commit()
    browser = enter(client, person)
    data, path = (
        {"q10-base": base(letter, question), "q10": "Another text."},
        at_letter(letter, f"/answers/{question.id}"),
    )
    with count_queries() as sent:
        assert browser.post(path, data=data, headers=PART).status_code == 200
    assert len(sent) <= MOST, "\n".join(one[:150] for one in sent)


def test_saving_what_is_unchanged_writes_nothing(writer: FlaskClient, place: Place, count_queries: Count) -> None:
    letter, question = a_complete_letter(place), place.questions()["q9"]
    data, path = {"q9-base": base(letter, question), "q9": "5"}, at_letter(letter, f"/answers/{question.id}")
    with count_queries() as sent:
        writer.post(path, data=data, headers=PART)
    assert [one for one in sent if one.startswith(("INSERT", "UPDATE answer"))] == []


@pytest.mark.parametrize("slug", ["your-district", "why-now", "your-team", "time"])
def test_the_page_of_a_section_costs_six(writer: FlaskClient, place: Place, count_queries: Count, slug: str) -> None:
    path = at_letter(a_complete_letter(place), f"/sections/{slug}")
    with count_queries() as sent:
        writer.get(path)
    assert len(sent) <= 6, "\n".join(one[:150] for one in sent)


@pytest.mark.parametrize("slug", ["basics", "schools", "later", "papers"])
def test_the_page_of_the_newer_kinds_costs_as_much(
    writer: FlaskClient, place: Place, count_queries: Count, slug: str
) -> None:
    here = with_new_kinds(place)
    give(here)
    upload(writer, here)
    path = section_at(here, slug)
    with count_queries() as sent:
        writer.get(path)
    assert len(sent) <= 6, "\n".join(one[:150] for one in sent)


def test_a_file_costs_little_more(writer: FlaskClient, place: Place, count_queries: Count) -> None:
    here = with_new_kinds(place)
    the_letter(here), here.questions()
    with count_queries() as sent:
        upload(writer, here)
    assert len([one for one in sent if "INSERT" in one]) == 3


def test_the_team_costs_the_same_for_one_line_and_for_fifty(
    writer: FlaskClient, place: Place, letter: Letter, count_queries: Count, at: Callable[[str], object]
) -> None:
    at(OPEN)
    row, question = add_roster_row(letter, {"role": "principal", "school": "North"}, by=place.lead), "q7"
    path = at_letter(letter, "/sections/your-team")
    with count_queries() as few:
        writer.get(path)
    for number in range(50):
        db.session.add(RosterRow(letter_id=letter.id, position=number + 2, saved_at=row.saved_at))
    db.session.commit()
    with count_queries() as many:
        writer.get(path)
    assert len(few) == len(many)
    number = place.questions()[question].id
    typed = {"q7-base": "rows", **line(team()[0], name="Somebody")}
    path = at_letter(letter, f"/answers/{number}/lines/{row.id}")
    with count_queries() as sent:
        answer = writer.post(path, data=typed, headers=PART)
    assert (answer.status_code, len(sent) <= MOST) == (200, True), "\n".join(one[:150] for one in sent)
    assert a_letter(place).id == letter.id
