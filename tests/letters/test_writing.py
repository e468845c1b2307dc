"""Saving answers: what is kept, what clashes, what leaves no trace, and two people at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.core.db import db
from portal.core.errors import Conflict, RuleBroken
from portal.core.history import History
from portal.districts.models import District
from portal.letters.models import Answer, AnswerRevision, Letter
from portal.letters.operations import save_answer, save_answers, save_section, start_letter, take_back_endorsement
from portal.letters.rules import CLOSED, FOR_OTHERS, STANDS, base_of
from portal.letters.shapes import Filled, Theirs, Typed
from portal.rounds.models import Question, Round
from tests.cohorts.rush import meet_at, no_lock
from tests.districts.builders import a_person
from tests.letters.builders import (
    AFTER,
    LATE,
    Place,
    a_complete_letter,
    a_letter,
    a_round_of_all_kinds,
    an_asked_letter,
    base,
)

Stop = Callable[[str], datetime]
Rush = Callable[..., list[Any]]


def test_a_letter_is_started_once_however_often_it_is_asked(place: Place) -> None:
    first = start_letter(place.round, place.district, place.lead)
    assert start_letter(place.round, place.district, place.other).id == first.id
    assert [row.verb for row in histories()] == ["start"]


def test_two_who_start_at_once_get_one_letter(place: Place, two_at_once: Rush) -> None:
    round_id, district_id = place.round.id, place.district.id
    assert len(set(two_at_once(lambda turn: started(round_id, district_id)))) == 1


def test_without_the_lock_two_who_start_at_once_do_not_get_one_letter(
    place: Place, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id, district_id = place.round.id, place.district.id
    meet_at(monkeypatch, "portal.letters.operations", "letter_of", seconds=10)
    with no_lock(monkeypatch, "portal.letters.operations"):
        answers = two_at_once(lambda turn: started(round_id, district_id))
    assert sorted(type(answer).__name__ for answer in answers) != ["int", "int"]


@pytest.mark.parametrize("moment", ["2026-09-13 09:00", AFTER])
def test_no_letter_starts_before_or_after_the_round(place: Place, at: Stop, moment: str) -> None:
    at(moment)
    with pytest.raises(RuleBroken, match="takes no new letters now"):
        start_letter(place.round, place.district, place.lead)
    assert db.session.query(Letter).count() == 0


def test_a_letter_that_was_started_is_found_after_the_end(place: Place, at: Stop) -> None:
    letter = a_letter(place)
    at(AFTER)
    assert start_letter(place.round, place.district, place.lead).id == letter.id


def test_an_answer_is_kept_with_who_and_when(place: Place) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    answer = save_answer(letter, question, " By contract days. ", by=place.lead)
    assert answer is not None
    assert (answer.value, answer.version, answer.saved_by_id) == ("By contract days.", 1, place.lead.id)


def test_saving_writes_no_history(place: Place) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    save_answer(letter, question, "By contract days.", by=place.lead)
    assert [row.verb for row in histories()] == ["start"]


def test_an_answer_can_be_emptied(place: Place) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    save_answer(letter, question, "By contract days.", by=place.lead)
    answer = save_answer(letter, question, "", base(letter, question), by=place.lead)
    assert answer is not None
    assert (answer.value, answer.version) == (None, 2)


def test_what_is_unchanged_is_left_alone(place: Place) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    began = base(letter, question)
    save_answer(letter, question, "Theirs.", began, by=place.other)
    answer = save_answer(letter, question, "", began, by=place.lead)
    assert answer is not None
    assert (answer.value, answer.version, answer.saved_by_id) == ("Theirs.", 1, place.other.id)


def test_two_people_on_different_fields_are_both_kept(place: Place) -> None:
    letter, questions = a_letter(place), place.questions()
    bases = {code: base(letter, questions[code]) for code in ("q9", "q10")}
    save_answer(letter, questions["q9"], 5, bases["q9"], by=place.lead)
    save_answer(letter, questions["q10"], "August.", bases["q10"], by=place.other)
    assert values() == [5, "August."]


def test_the_later_save_of_the_same_field_is_refused_with_both_texts(place: Place) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    began = base(letter, question)
    save_answer(letter, question, "Theirs.", began, by=place.other)
    with pytest.raises(Conflict, match="Principal, grades 6–8 saved this answer while you were writing") as clash:
        save_answer(letter, question, "Mine.", began, by=place.lead)
    theirs = clash.value.theirs
    assert isinstance(theirs, Theirs)
    assert (theirs.value, theirs.version, theirs.name) == ("Theirs.", 1, "Principal, grades 6–8")
    assert values() == ["Theirs."]


def test_one_person_in_two_tabs_is_told_too(place: Place) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    began = base(letter, question)
    save_answer(letter, question, "One tab.", began, by=place.lead)
    with pytest.raises(Conflict):
        save_answer(letter, question, "The other tab.", began, by=place.lead)


def test_both_typing_the_same_is_no_clash(place: Place) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    began = base(letter, question)
    save_answer(letter, question, "August.", began, by=place.other)
    save_answer(letter, question, "August.", began, by=place.lead)
    assert [(row.version, row.saved_by_id) for row in db.session.query(Answer)] == [(1, place.other.id)]


def test_keeping_mine_with_the_base_of_theirs_replaces_it_and_keeps_theirs_as_a_revision(place: Place) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    save_answer(letter, question, "Theirs.", by=place.other)
    save_answer(letter, question, "Mine.", base_of(1, "Theirs."), by=place.lead)
    assert values() == ["Mine."]
    assert revisions() == [(1, "Theirs."), (2, "Mine.")]


def test_saves_of_one_person_within_ten_minutes_share_a_revision(place: Place, at: Stop) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    for moment, text in [("09:00", "A."), ("09:05", "A b."), ("09:09:59", "A b c."), ("09:10", "A b c d.")]:
        at(f"2026-10-20 {moment}")
        save_answer(letter, question, text, base(letter, question), by=place.lead)
    assert revisions() == [(3, "A b c."), (4, "A b c d.")]


def test_somebody_between_ends_the_shared_revision(place: Place) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    for person, text in [(place.lead, "A."), (place.lead, "A b."), (place.other, "Other."), (place.lead, "A again.")]:
        save_answer(letter, question, text, base(letter, question), by=person)
    assert revisions() == [(2, "A b."), (3, "Other."), (4, "A again.")]


def test_a_section_saves_the_good_and_tells_of_the_clash(place: Place) -> None:
    letter, questions = a_letter(place), place.questions()
    began = base(letter, questions["q10"])
    save_answer(letter, questions["q10"], "Theirs.", began, by=place.other)
    typed = [Typed(questions["q9"], 4, began), Typed(questions["q10"], "Mine.", began)]
    clashes = save_answers(letter, typed, by=place.lead)
    assert {code: clash.value for code, clash in clashes.items()} == {"q10": "Theirs."}
    assert values() == ["Theirs.", 4]


def test_a_plain_form_clashes_only_on_what_both_changed(place: Place) -> None:
    letter, questions = a_letter(place), place.questions()
    bases = {code: base(letter, questions[code]) for code in ("q9", "q10")}
    save_answer(letter, questions["q9"], 5, bases["q9"], by=place.other)
    typed = [Typed(questions["q9"], None, bases["q9"]), Typed(questions["q10"], "Mine.", bases["q10"])]
    assert save_answers(letter, typed, by=place.lead) == {}
    assert values() == [5, "Mine."]


def test_a_bad_value_undoes_the_whole_form(place: Place) -> None:
    letter, questions = a_letter(place), place.questions()
    with pytest.raises(RuleBroken, match="Give a number in digits"):
        save_answers(letter, [Typed(questions["q10"], "Fine.", ""), Typed(questions["q9"], "many", "")], by=place.lead)
    assert values() == []


def test_a_question_of_another_round_is_refused(place: Place) -> None:
    letter = a_letter(place)
    other = a_round_of_all_kinds(place.community, slug="another")
    foreign = db.session.query(Question).filter_by(round_id=other.id, code="q9").one()
    with pytest.raises(RuleBroken, match="belongs to another letter"):
        save_answer(letter, foreign, 5, by=place.lead)
    assert values() == []


def test_nobody_but_the_districts_leads_writes(place: Place) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    with pytest.raises(RuleBroken, match=FOR_OTHERS["lead"]):
        save_answer(letter, question, "Mine.", by=a_person())
    assert values() == []


def test_in_the_grace_minutes_one_still_writes_and_a_second_later_no_more(place: Place, at: Stop) -> None:
    letter, question = a_letter(place), place.questions()["q10"]
    at(LATE)
    save_answer(letter, question, "Late.", by=place.lead)
    at(AFTER)
    with pytest.raises(RuleBroken) as refused:
        save_answer(letter, question, "Too late.", base_of(1, "Late."), by=place.lead)
    assert (refused.value.sentence, values()) == (CLOSED, ["Late."])


def test_answers_are_locked_while_the_letter_is_signed_and_open_again_after_it_is_taken_back(place: Place) -> None:
    letter, question = an_asked_letter(place).letter, place.questions()["q9"]
    with pytest.raises(RuleBroken) as refused:
        save_answer(letter, question, 6, base(letter, question), by=place.lead)
    assert refused.value.sentence == STANDS["endorsing"]
    take_back_endorsement(letter, by=place.lead)
    save_answer(letter, question, 6, base(letter, question), by=place.lead)
    assert 6 in values()


def test_two_saves_of_one_field_at_once_keep_one_and_tell_the_other(place: Place, two_at_once: Rush) -> None:
    letter_id, question_id = a_letter(place).id, place.questions()["q10"].id
    people = [place.lead.id, place.other.id]
    answers = two_at_once(lambda turn: saved(letter_id, question_id, people[turn]))
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "str"]


def test_without_the_lock_both_of_two_saves_at_once_do_not_come_through_cleanly(
    place: Place, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter_id, question_id = a_letter(place).id, place.questions()["q10"].id
    people = [place.lead.id, place.other.id]
    meet_at(monkeypatch, "portal.letters.writing", "stored_under", seconds=10)
    with no_lock(monkeypatch, "portal.letters.writing"):
        answers = two_at_once(lambda turn: saved(letter_id, question_id, people[turn]))
    assert sorted(type(answer).__name__ for answer in answers) != ["Conflict", "str"]


def test_a_form_without_anything_changes_nothing(place: Place) -> None:
    letter = a_complete_letter(place)
    before = [(row.id, row.version) for row in db.session.query(Answer)]
    assert save_section(letter, Filled(), by=place.lead) == {}
    assert [(row.id, row.version) for row in db.session.query(Answer)] == before


def started(round_id: int, district_id: int) -> int:
    return start_letter(db.session.get_one(Round, round_id), db.session.get_one(District, district_id), None).id


def saved(letter_id: int, question_id: int, account_id: int) -> str:
    letter, question = db.session.get_one(Letter, letter_id), db.session.get_one(Question, question_id)
    answer = save_answer(letter, question, f"By {account_id}.", "0:", by=db.session.get_one(Account, account_id))
    assert answer is not None
    return str(answer.value)


def values() -> list[Any]:
    db.session.rollback()
    return [row.value for row in db.session.query(Answer).order_by(Answer.id)]


def revisions() -> list[tuple[int, Any]]:
    return [(row.version, row.value) for row in db.session.query(AnswerRevision).order_by(AnswerRevision.version)]


def histories() -> list[History]:
    return db.session.query(History).filter_by(subject_table="letters").order_by(History.id).all()
