"""Scores are kept, handed in and affirmed by who was asked to read, until the district hears the decision."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from portal.accounts.models import Account
from portal.cohorts.operations import release_decision
from portal.core import clock
from portal.core.db import db, lock, transaction
from portal.core.errors import RuleBroken
from portal.core.history import History, history_of
from portal.letters.models import Letter
from portal.reviews import scoring
from portal.reviews.assigning import unassign
from portal.reviews.conflicts import declare_conflict
from portal.reviews.operations import prepare_decision
from portal.reviews.reading_models import Review, Score
from portal.reviews.reading_queries import running_assignment
from portal.reviews.scoring import hand_in, reaffirm, save_score
from portal.reviews.scoring_queries import marks_of, review_of, reviews_of, summaries
from portal.reviews.scoring_rules import Mark
from tests.cohorts.builders import (
    DECIDING,
    a_closing_round,
    a_community,
    a_led_letter,
    a_staff_member,
    decided,
    everything,
    owed,
)
from tests.cohorts.rush import meet_at, no_lock

from .readers import a_reader, given_to, marks, scored, sent_again, taken_from

At = Callable[[str], Any]
Rush = Callable[..., list[Any]]
Counting = Callable[[], AbstractContextManager[list[str]]]
SCORING = "portal.reviews.scoring"


@pytest.fixture
def letter(app: Flask, at: At) -> Letter:
    at(DECIDING)
    return a_led_letter(a_closing_round(a_community()))


def kept(letter: Letter, reader: Account) -> list[tuple[int | None, str]]:
    found = marks_of(review_of(letter, reader.id))
    return [(mark.level, mark.comment) for _, mark in sorted(found.items())]


def test_a_draft_is_kept_mark_by_mark_and_what_is_not_sent_stays(letter: Letter) -> None:
    reader, (need, time) = a_reader(letter), letter.round.criteria
    save_score(letter, {need.id: Mark(3, " Clear.\r\n")}, by=reader)
    review = save_score(letter, {time.id: Mark(None, "Not sure yet.")}, "A good letter.", by=reader)
    assert kept(letter, reader) == [(3, "Clear."), (None, "Not sure yet.")]
    assert (review.comment, review.handed_in_at, review.number) == ("A good letter.", None, 1)
    assert (history_of(review), owed()) == ([], [])


def test_saving_the_same_again_changes_nothing(letter: Letter) -> None:
    reader = a_reader(letter)
    for _ in range(2):
        save_score(letter, marks(letter.round, 3, 2), by=reader)
    assert (db.session.query(Review).count(), db.session.query(Score).count()) == (1, 2)


def test_a_review_is_handed_in_once_every_level_and_low_comment_is_there(letter: Letter) -> None:
    now, reader = clock.now(), a_reader(letter)
    save_score(letter, marks(letter.round, 3), by=reader)
    with pytest.raises(RuleBroken, match="Choose a level for “Time”"):
        hand_in(letter, by=reader)
    with pytest.raises(RuleBroken, match="Say why “Time” gets level 1"):
        hand_in(letter, marks(letter.round, 3, 1), by=reader)
    assert kept(letter, reader) == [(3, "")]
    review = hand_in(letter, marks(letter.round, 3, 1, comment="Few days."), by=reader)
    assert (review.handed_in_at, review.number, [row.verb for row in history_of(review)]) == (now, 1, ["hand in"])


def test_handing_in_twice_is_as_good_as_once(letter: Letter) -> None:
    reader = a_reader(letter)
    scored(letter, reader, 3, 2)
    before = everything()
    scored(letter, reader, 3, 2)
    assert everything() == before


def test_a_handed_in_review_can_be_changed_whole_and_no_draft_slips_in(letter: Letter) -> None:
    reader = a_reader(letter)
    scored(letter, reader, 3, 2)
    with pytest.raises(RuleBroken, match="You handed in this review"):
        save_score(letter, marks(letter.round, 1), by=reader)
    with pytest.raises(RuleBroken, match="Choose a level"):
        hand_in(letter, marks(letter.round, None, 2), by=reader)
    assert kept(letter, reader) == [(3, "Because."), (2, "Because.")]
    review = scored(letter, reader, 4, 2)
    assert kept(letter, reader)[0] == (4, "Because.")
    changed = history_of(review)[-1]
    assert (changed.verb, list(changed.data["levels"].values())) == ("change", [[3, 4]])


@pytest.mark.parametrize("refused", [save_score, hand_in, reaffirm])
@pytest.mark.parametrize("why, sentence", [
    ("never", "not on your list"), ("taken", "not on your list"), ("conflict", "not on your list"),
    ("withdrawn", "withdrew"), ("decided", "decision about this letter was sent"),
])  # fmt: skip
def test_only_who_is_asked_to_read_scores_and_only_until_the_decision(
    letter: Letter, refused: Callable[..., Review], why: str, sentence: str
) -> None:
    staff = a_staff_member(letter.round.community)
    reader = a_staff_member(letter.round.community, "reviewer") if why == "never" else a_reader(letter)
    if why in ("taken", "conflict"):
        taken_from(letter, reader, "conflict" if why == "conflict" else "dropped_out")
    if why == "decided":
        decided(letter, "decline", staff)
    if why == "withdrawn":
        with transaction():
            lock(letter).status = "withdrawn"
    before = everything()
    given = () if refused is reaffirm else (marks(letter.round, 3, 3),)
    with pytest.raises(RuleBroken, match=sentence):
        refused(letter, *given, by=reader)
    assert everything() == before


def test_a_prepared_decision_stops_no_reader(letter: Letter) -> None:
    prepare_decision(letter, "accept", "", a_staff_member(letter.round.community))
    assert scored(letter, a_reader(letter), 3, 3).handed_in_at is not None


def test_a_level_that_the_scale_does_not_have_leaves_no_trace(letter: Letter) -> None:
    reader, before = a_reader(letter), everything()
    with pytest.raises(RuleBroken, match="levels of the scale"):
        save_score(letter, marks(letter.round, 5), by=reader)
    assert everything() == before


def test_a_criterion_of_another_round_is_left_alone(letter: Letter) -> None:
    reader = a_reader(letter)
    save_score(letter, {999_999: Mark(3)}, by=reader)
    assert kept(letter, reader) == []


def test_two_windows_keep_what_each_changed_and_the_second_is_told_of_a_clash(letter: Letter) -> None:
    reader, need = a_reader(letter), letter.round.criteria[0].id
    empty = {need: Mark().stamp}
    save_score(letter, {need: Mark(3)}, bases=empty, by=reader)
    save_score(letter, {need: Mark(None, "A reason.")}, bases=empty, by=reader)
    assert kept(letter, reader) == [(3, "A reason.")]
    with pytest.raises(RuleBroken, match="another window"):
        save_score(letter, {need: Mark(2, "A reason.")}, bases=empty, by=reader)
    assert kept(letter, reader) == [(3, "A reason.")]


def test_a_newer_version_asks_to_affirm_and_says_so_until_then(letter: Letter) -> None:
    reader, round = a_reader(letter), letter.round
    scored(letter, reader, 3, 3)
    sent_again(letter)
    assert summaries(round)[letter.id].is_stale
    with pytest.raises(RuleBroken, match="sent version 2"):
        reaffirm(letter, seen=1, by=reader)
    review = reaffirm(letter, seen=2, by=reader)
    assert (review.number, [row.verb for row in history_of(review)]) == (2, ["hand in", "reaffirm"])
    assert not summaries(round)[letter.id].is_stale
    before = everything()
    reaffirm(letter, seen=2, by=reader)
    assert everything() == before


def test_who_changes_scores_after_a_newer_version_has_affirmed_them(letter: Letter) -> None:
    reader = a_reader(letter)
    scored(letter, reader, 3, 3)
    sent_again(letter)
    assert hand_in(letter, marks(letter.round, 4, 4), seen=2, by=reader).number == 2


def test_nobody_hands_in_scores_for_a_version_that_they_did_not_see(letter: Letter) -> None:
    reader = a_reader(letter)
    sent_again(letter)
    with pytest.raises(RuleBroken, match="sent version 2"):
        hand_in(letter, marks(letter.round, 3, 3), seen=1, by=reader)
    assert review_of(letter, reader.id) is None


def test_a_draft_cannot_be_affirmed(letter: Letter) -> None:
    reader = a_reader(letter)
    save_score(letter, marks(letter.round, 3, 3), by=reader)
    with pytest.raises(RuleBroken, match="Hand in your scores first"):
        reaffirm(letter, by=reader)


def test_a_letter_s_summary_counts_what_was_handed_in_and_nothing_that_was_taken_away(letter: Letter) -> None:
    one, two, three, four, five = (a_reader(letter, name) for name in ("one", "two", "three", "four", "five"))
    scored(letter, one, 4, 3)
    scored(letter, two, 2, 3)
    for reader in (three, five):
        scored(letter, reader, 1, 1)
    save_score(letter, marks(letter.round, 1, 1), by=four)
    taken_from(letter, three, "conflict")
    taken_from(letter, five, "reassigned")
    found = summaries(letter.round)[letter.id]
    assert (found.score, found.spread, found.is_disputed) == (3.0, 2, True)  # (3.6 + 2.4) / 2
    assert (found.handed_in, found.wanted) == (2, letter.round.reviewers_per_letter)
    assert [review.account_id for review in reviews_of(letter)] == [one.id, two.id]


def test_a_conflict_that_was_lifted_counts_again_once_the_letter_is_given_back(letter: Letter) -> None:
    reader = a_reader(letter)
    scored(letter, reader, 4, 4)
    taken_from(letter, reader, "conflict")
    assert summaries(letter.round)[letter.id].handed_in == 0
    given_to(letter, reader)
    assert summaries(letter.round)[letter.id].handed_in == 1


def test_letters_of_a_round_are_summed_up_in_two_queries_however_many(letter: Letter, count_queries: Counting) -> None:
    round, counts = letter.round, []
    for names in (("River",), ("Hill", "Cove")):
        for name in names:
            one = a_led_letter(round, name)
            scored(one, a_reader(one, name.lower()), 3, 2)
        assert round.criteria  # read with the round, wherever that was
        with count_queries() as statements:
            found = summaries(round)
        counts.append((len(statements), len(found)))
    assert counts == [(2, 2), (2, 4)]


def two_save(letter: Letter, two_at_once: Rush) -> tuple[list[Any], int, int]:
    reader, number, levels = a_reader(letter).id, letter.id, marks(letter.round, 3, 3)

    def save(n: int) -> int:
        person = db.session.get_one(Account, reader)
        return save_score(db.session.get_one(Letter, number), levels, by=person).id

    answers = two_at_once(save)
    return answers, db.session.query(Review).count(), db.session.query(Score).count()


def test_two_tabs_that_save_at_once_make_one_review(
    letter: Letter, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, SCORING, "review_of")
    answers, reviews, scores = two_save(letter, two_at_once)
    assert (answers[0], reviews, scores) == (answers[1], 1, 2)


def test_without_the_lock_two_tabs_do_not_make_one_review(
    letter: Letter, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, SCORING, "review_of", seconds=10)
    with no_lock(monkeypatch, SCORING):
        answers, _, _ = two_save(letter, two_at_once)
    assert answers[0] != answers[1]  # the second meets the wall of the table


def hands_in_and(letter: Letter, two_at_once: Rush, other: Callable[[Letter, Account, Account], Any]) -> list[str]:
    reader, staff = a_reader(letter).id, a_staff_member(letter.round.community).id
    number, levels = letter.id, marks(letter.round, 3, 3)

    def act(n: int) -> str:
        found = db.session.get_one(Letter, number)
        person, decider = (db.session.get_one(Account, one) for one in (reader, staff))
        if n:
            other(found, person, decider)
            return "done"
        hand_in(found, levels, by=person)
        return "handed in"

    answers = two_at_once(act)
    return [answer if isinstance(answer, str) else type(answer).__name__ for answer in answers]


def release(letter: Letter, reader: Account, staff: Account) -> None:
    release_decision(letter, staff)


def in_order(first: str, second: str) -> bool:
    """Whether both happened, and in this order: the history tells."""
    rows = db.session.query(History).filter(History.verb.in_((first, second))).order_by(History.id)
    return [row.verb for row in rows] == [first, second]


def test_scores_that_come_as_the_decision_leaves_are_in_time_or_refused(
    letter: Letter, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_decision(letter, "decline", "", a_staff_member(letter.round.community))
    meet_at(monkeypatch, SCORING, "is_decision_sent")
    answers = hands_in_and(letter, two_at_once, release)
    assert answers[0] in ("handed in", "RuleBroken")
    assert (answers[1], in_order("release", "hand in")) == ("done", False)


def test_without_the_lock_scores_come_after_the_decision_was_sent(
    letter: Letter, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_decision(letter, "decline", "", a_staff_member(letter.round.community))
    sent = in_between(monkeypatch, release)
    with no_lock(monkeypatch, SCORING):
        answers = hands_in_and(letter, two_at_once, sent)
    assert (answers, in_order("release", "hand in")) == (["handed in", "done"], True)


def in_between(
    monkeypatch: pytest.MonkeyPatch, other: Callable[[Letter, Account, Account], None]
) -> Callable[[Letter, Account, Account], None]:
    """Let the reader look whether all is in order, then `other` happen, then the reader write."""
    asked, gone, real = threading.Event(), threading.Event(), scoring.is_decision_sent

    def asks(letter: Letter) -> bool:
        answer = real(letter)
        asked.set()
        gone.wait(10)
        return answer

    def happens(letter: Letter, reader: Account, staff: Account) -> None:
        asked.wait(10)
        other(letter, reader, staff)
        gone.set()

    monkeypatch.setattr(scoring, "is_decision_sent", asks)
    return happens


def takes_away(letter: Letter, reader: Account, staff: Account) -> None:
    given = running_assignment(letter, reader.id)
    assert given is not None
    unassign(given, "reassigned", by=staff)


def test_scores_that_come_as_the_letter_is_taken_away_are_in_time_or_refused(
    letter: Letter, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, SCORING, "is_decision_sent")
    answers = hands_in_and(letter, two_at_once, takes_away)
    assert answers[0] in ("handed in", "RuleBroken")
    assert (answers[1], in_order("unassign", "hand in")) == ("done", False)


def test_without_the_lock_scores_come_after_the_letter_was_taken_away(
    letter: Letter, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = in_between(monkeypatch, takes_away)
    with no_lock(monkeypatch, SCORING):
        answers = hands_in_and(letter, two_at_once, taken)
    assert (answers, in_order("unassign", "hand in")) == (["handed in", "done"], True)


def test_a_conflict_that_is_noted_as_scores_come_takes_them_out_of_the_count(
    letter: Letter, two_at_once: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    meet_at(monkeypatch, SCORING, "is_decision_sent")
    answers = hands_in_and(letter, two_at_once, lambda found, reader, staff: declare_conflict(found, "", by=reader))
    assert (answers[0] in ("handed in", "RuleBroken"), answers[1]) == (True, "done")
    assert summaries(letter.round)[letter.id].handed_in == 0
