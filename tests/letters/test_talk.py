"""Comments inside the team, and who is where just now."""

from __future__ import annotations

import re

import pytest

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.core.history import History
from portal.letters.models import Comment, Letter, Presence
from portal.letters.operations import submit
from portal.letters.presence import note_presence
from portal.letters.queries import letter_of
from portal.letters.rules import FOR_OTHERS, STANDS
from portal.letters.talk import LONGEST, MOST, remove_comment, write_comment
from portal.letters.team_queries import comments_on, seen_in
from tests.districts.builders import a_person
from tests.letters.builders import Place, a_signed_letter, an_asked_letter
from tests.letters.pages import Stop
from tests.letters.team import an_editor, section


def say(letter: Letter, text: str, by: Account, slug: str = "time") -> Comment:
    return write_comment(letter, section(letter, slug), text, by=by)


def heard(letter: Letter, slug: str = "time") -> list[tuple[str, str]]:
    return [(row.writer, row.Comment.text) for row in comments_on(letter, section(letter, slug))]


def test_the_team_talks_about_a_section(letter: Letter, place: Place) -> None:
    editor = an_editor(letter, place)
    say(letter, "Do contract days count?\r\n", place.lead)
    say(letter, "They do.", editor)
    say(letter, "Elsewhere.", place.other, "why-now")
    assert heard(letter) == [
        ("Assistant superintendent", "Do contract days count?"),
        ("Curriculum director", "They do."),
    ]


def test_the_same_twice_in_a_row_stands_once(letter: Letter, place: Place) -> None:
    assert say(letter, "They do.", place.lead).id == say(letter, "They do.", place.lead).id
    say(letter, "Sure?", place.other)
    say(letter, "They do.", place.lead)
    assert [text for _, text in heard(letter)] == ["They do.", "Sure?", "They do."]


def test_ones_own_comment_can_be_taken_out(letter: Letter, place: Place) -> None:
    comment = say(letter, "A mistake.", place.lead)
    remove_comment(letter, comment, by=place.lead)
    remove_comment(letter, comment, by=place.lead)
    assert (heard(letter), db.session.query(History).filter_by(verb="remove").count()) == ([], 1)


def test_nobody_takes_out_what_somebody_else_said(letter: Letter, place: Place) -> None:
    comment = say(letter, "Mine.", place.lead)
    with pytest.raises(RuleBroken, match="Only who wrote a comment takes it out"):
        remove_comment(letter, comment, by=place.other)
    assert len(heard(letter)) == 1


@pytest.mark.parametrize(("text", "sentence"), [(" \n ", "Write the comment first"), ("x" * (LONGEST + 1), "Shorten")])
def test_a_comment_has_words_and_not_too_many(letter: Letter, place: Place, text: str, sentence: str) -> None:
    with pytest.raises(RuleBroken, match=sentence):
        say(letter, text, place.lead)
    assert heard(letter) == []


def test_a_section_takes_a_limited_number_of_comments(letter: Letter, place: Place) -> None:
    here = section(letter, "time")
    for number in range(MOST):
        db.session.add(
            Comment(letter_id=letter.id, section_id=here.id, account_id=place.lead.id, text=f"{number}",
                    written_at=letter.started_at)
        )  # fmt: skip
    db.session.commit()
    with pytest.raises(RuleBroken, match="has 200 comments"):
        say(letter, "One more.", place.lead)


def test_the_trace_of_a_comment_does_not_repeat_its_words(letter: Letter, place: Place) -> None:
    say(letter, "Between us.", place.lead)
    rows = db.session.query(History).filter_by(verb="write").all()
    assert [(row.subject_table, row.note, row.data) for row in rows] == [("comments", "", {})]


def test_while_the_letter_is_being_signed_the_team_still_talks(place: Place) -> None:
    letter = an_asked_letter(place).letter
    say(letter, "It is with her.", place.lead)
    assert len(heard(letter)) == 1


def test_once_it_was_sent_the_team_talks_elsewhere(place: Place) -> None:
    letter = a_signed_letter(place)
    submit(letter, by=place.lead)
    with pytest.raises(RuleBroken, match=re.escape(STANDS["submitted"])):
        say(letter, "Too late.", place.lead)


def test_a_stranger_neither_talks_nor_is_seen(letter: Letter, place: Place) -> None:
    stranger = a_person()
    for attempt in (
        lambda: say(letter, "Hello.", stranger),
        lambda: note_presence(letter, section(letter, "time"), by=stranger),
    ):
        with pytest.raises(RuleBroken, match=re.escape(FOR_OTHERS["lead"])):
            attempt()
    assert (db.session.query(Comment).count(), db.session.query(Presence).count()) == (0, 0)


def test_comments_are_no_part_of_what_is_sent(place: Place) -> None:
    letter = a_signed_letter(place)
    say(letter, "Between us.", place.lead)
    assert "Between us." not in str(submit(letter, by=place.lead).content)


def test_somebody_is_seen_where_they_were_last(letter: Letter, place: Place, at: Stop) -> None:
    note_presence(letter, section(letter, "time"), by=place.lead)
    moment = at("2026-10-20 09:10")
    note_presence(letter, section(letter, "why-now"), by=place.lead)
    [row] = seen_in(letter)
    assert (row.name, row.section, row.Presence.seen_at) == (place.lead.name, "Why now", moment)


def test_two_calls_within_twenty_seconds_write_once(letter: Letter, place: Place, at: Stop) -> None:
    here, first = section(letter, "time"), at("2026-10-20 09:10:00")
    written = []
    for second in ("00", "19", "20"):
        at(f"2026-10-20 09:10:{second}")
        written.append(note_presence(letter, here, by=place.lead))
    assert written == [True, False, True]
    assert db.session.query(Presence).one().seen_at > first


def test_going_to_another_section_is_noted_at_once(letter: Letter, place: Place) -> None:
    assert note_presence(letter, section(letter, "time"), by=place.lead)
    assert note_presence(letter, section(letter, "why-now"), by=place.lead)


def test_whoever_was_taken_off_the_team_is_not_seen_any_more(letter: Letter, place: Place) -> None:
    note_presence(letter, section(letter, "time"), by=an_editor(letter, place))
    assert len(seen_in(letter)) == 1
    letter.editors[0].removed_at = letter.started_at
    db.session.commit()
    assert seen_in(letter) == []
    assert letter_of(letter.round_id, letter.district_id) == letter
