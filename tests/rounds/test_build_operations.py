"""The verbs of the builder on a real database: what changes, what is noted, and refusals that leave no trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from portal.accounts.models import Account
from portal.communities.models import Community
from portal.communities.queries import public_version
from portal.core.clock import local
from portal.core.db import db
from portal.core.errors import Conflict, RuleBroken
from portal.core.history import History, history_of
from portal.rounds import building, meeting, rubrics
from portal.rounds.changes import marks_of
from portal.rounds.chapters import CHAPTERS, gaps_of, next_chapter, short_name
from portal.rounds.copying import copy_round, proposal
from portal.rounds.dates import DAYS, MOMENTS
from portal.rounds.drafting import Typed
from portal.rounds.info_seats import Guest, sign_up
from portal.rounds.models import InfoSession, InfoSignUp, Round
from portal.rounds.queries import shown_round
from tests.conftest import moment_of
from tests.postbox import Mail
from tests.rounds.builders import AFTER, BEFORE, LATE, OPEN, a_draft, a_round
from tests.rounds.traces import Stop, trace, verbs

SESSION = {
    "at": moment_of("2026-10-07 15:30"), "minutes": 30, "mode": "online", "place": "", "join_link": "",
    "capacity": None,
}  # fmt: skip


def typed(row: Any, **changed: Any) -> Typed:
    """What a form brings that began with the row as it is now."""
    return Typed(changed, marks_of({name: getattr(row, name) for name in changed}))


def test_a_new_round_has_a_proposal_of_dates_and_nothing_else(community: Community, coordinator: Account) -> None:
    round = building.draft_round(community, " Letter  2027 ", "letter-2027", by=coordinator)
    opens, closes = (local(at, community.time_zone) for at in (round.opens_at, round.closes_at))
    assert (round.title, round.slug, round.capacity, round.sections) == ("Letter 2027", "letter-2027", 0, [])
    assert (f"{opens:%a %H:%M}", f"{closes:%a %H:%M}", verbs(round)) == ("Mon 09:00", "Fri 17:00", ["create"])
    assert opens.date() > date(2026, 10, 28)


def test_a_short_name_that_is_taken_begins_no_round(community: Community, coordinator: Account) -> None:
    a_draft(community)
    before = trace()
    with pytest.raises(RuleBroken, match="Choose another short name"):
        building.draft_round(community, "Other", "round-2026", by=coordinator)
    assert trace() == before


def test_a_new_round_says_chapter_by_chapter_what_is_missing(
    community: Community, coordinator: Account, at: Stop
) -> None:
    round = building.draft_round(community, "Letter", "letter", by=coordinator)
    gaps = gaps_of(round, at(OPEN))
    assert [gap.chapter for gap in gaps if gap.is_needed] == ["letter", "questions", "places"]
    assert {gap.chapter for gap in gaps} == set(CHAPTERS)


def test_chapters_follow_each_other_to_the_preview() -> None:
    assert next_chapter("letter") == ("dates", "Dates")
    assert next_chapter("places") == ("preview", "Preview")


@pytest.mark.parametrize(
    "words, taken, name",
    [
        ("Letter of Invitation 2027", [], "letter-of-invitation-2027"),
        ("Élan & Ünïon", [], "elan-union"),
        ("漢字", [], "round"),
        ("Why now?", ["why-now", "why-now-2"], "why-now-3"),
        ("x" * 80, [], "x" * 50),
    ],
)
def test_a_short_name_is_made_from_words(words: str, taken: list[str], name: str) -> None:
    assert short_name(words, taken, "round") == name


def test_a_change_is_noted_with_before_and_after_and_visitors_see_it(
    community: Community, coordinator: Account
) -> None:
    round = a_round(community)
    seen = public_version("eclc")
    building.write_letter(round, typed(round, title="New title", letter_text=round.letter_text), by=coordinator)
    [row] = history_of(round)[-1:]
    assert (row.verb, row.by_name) == ("change the letter", "Coordinator")
    assert row.data["changes"] == {"title": ["Letter of Invitation 2026: a place in Cohort 4", "New title"]}
    assert (round.title, public_version("eclc")) == ("New title", seen + 1)


def test_a_draft_is_no_news_for_visitors(community: Community, coordinator: Account) -> None:
    round = a_draft(community)
    seen = public_version("eclc")
    building.write_letter(round, typed(round, title="New", letter_text=round.letter_text), by=coordinator)
    assert public_version("eclc") == seen


def test_nothing_changed_is_nothing_noted(community: Community, coordinator: Account) -> None:
    round = a_round(community)
    before = trace()
    building.write_letter(round, typed(round, title=round.title, letter_text=round.letter_text), by=coordinator)
    assert trace() == before


def test_two_who_change_different_things_both_keep_their_words(community: Community, coordinator: Account) -> None:
    round = a_draft(community)
    mine = typed(round, title="Mine", summary=round.summary, letter_text=round.letter_text)
    building.write_letter(round, typed(round, summary="Theirs", letter_text=round.letter_text), by=coordinator)
    building.write_letter(round, Typed({**mine.values}, mine.seen), by=coordinator)
    assert (round.title, round.summary) == ("Mine", "Theirs")


def test_of_two_who_change_the_same_thing_the_second_is_told(community: Community, coordinator: Account) -> None:
    round = a_draft(community)
    late = Typed({"summary": "Mine", "letter_text": round.letter_text}, typed(round, summary="", letter_text="").seen)
    building.write_letter(round, typed(round, summary="Theirs", letter_text=round.letter_text), by=coordinator)
    before = trace()
    with pytest.raises(Conflict) as clash:
        building.write_letter(round, late, by=coordinator)
    assert clash.value.theirs == {"summary": "Theirs"}
    assert (round.summary, trace()) == ("Theirs", before)


@pytest.mark.parametrize(
    "text, part",
    [("Dear {{boss}}", "{{boss}}. Use one of these: {{district}}"), ("Dear {{district", "half of its braces")],
)
def test_a_letter_with_a_hole_is_not_kept(community: Community, coordinator: Account, text: str, part: str) -> None:
    round = a_draft(community)
    before = trace()
    with pytest.raises(RuleBroken, match=part.replace("{", r"\{")):
        building.write_letter(round, typed(round, letter_text=text), by=coordinator)
    assert (round.letter_text.startswith("We ask"), trace()) == (True, before)


def test_a_short_name_of_another_round_is_refused(community: Community, coordinator: Account) -> None:
    a_draft(community, slug="other")
    round = a_draft(community)
    with pytest.raises(RuleBroken, match="Choose another short name"):
        building.write_letter(round, typed(round, slug="other", letter_text=round.letter_text), by=coordinator)
    assert round.slug == "round-2026"


def test_dates_out_of_order_are_refused(community: Community, coordinator: Account) -> None:
    round = a_draft(community)
    before = trace()
    with pytest.raises(RuleBroken, match="Change the dates"):
        building.set_dates(round, all_dates(round, decisions_on=date(2026, 10, 1)), by=coordinator)
    assert (round.decisions_on, trace()) == (date(2026, 12, 18), before)


def test_an_open_round_closes_later_never_earlier(community: Community, coordinator: Account) -> None:
    round = a_round(community)
    building.set_dates(round, all_dates(round, closes_at=moment_of("2026-11-01 17:00")), by=coordinator)
    before = trace()
    with pytest.raises(RuleBroken, match="only be moved later"):
        building.set_dates(round, all_dates(round, closes_at=moment_of("2026-10-30 17:00")), by=coordinator)
    assert (round.closes_at, trace()) == (moment_of("2026-11-01 17:00"), before)


def test_who_may_answer_and_places_are_set(community: Community, coordinator: Account) -> None:
    round = a_round(community)
    building.set_eligibility(round, typed(round, eligibility=["Everyone"], eligibility_note=""), by=coordinator)
    building.set_places(round, typed(round, capacity=5, has_waitlist=False), by=coordinator)
    assert (round.eligibility, round.capacity, round.has_waitlist) == (["Everyone"], 5, False)
    assert verbs(round)[-2:] == ["change who may answer", "change places and limits"]


@pytest.mark.parametrize("moment", [LATE, AFTER])
def test_after_closing_places_stay(community: Community, coordinator: Account, at: Stop, moment: str) -> None:
    round = a_round(community)
    at(moment)
    before = trace()
    with pytest.raises(RuleBroken, match="Districts wrote for these places"):
        building.set_places(round, typed(round, capacity=9), by=coordinator)
    assert (round.capacity, trace()) == (3, before)


def test_a_published_round_stays_whole(community: Community, coordinator: Account) -> None:
    round = a_round(community)
    before = trace()
    with pytest.raises(RuleBroken, match="it stays complete"):
        building.write_letter(round, typed(round, letter_text=""), by=coordinator)
    with pytest.raises(RuleBroken, match="it stays complete"):
        building.set_places(round, typed(round, capacity=0), by=coordinator)
    assert (round.letter_text != "", round.capacity, trace()) == (True, 3, before)


def test_publishing_needs_everything_that_is_needed(community: Community, coordinator: Account, at: Stop) -> None:
    at(BEFORE)
    round = a_draft(community, capacity=0)
    before = trace()
    with pytest.raises(RuleBroken, match="Places and limits: Say how many places"):
        building.publish(round, by=coordinator)
    assert (round.published_at, trace()) == (None, before)


def test_a_whole_round_is_published(community: Community, coordinator: Account, at: Stop) -> None:
    now = at(BEFORE)
    round = a_draft(community)
    building.publish(round, by=coordinator)
    assert (round.published_at, shown_round(community.id)) == (now, round)
    with pytest.raises(RuleBroken, match="published already"):
        building.publish(round, by=coordinator)


def test_what_would_open_at_once_wants_its_words_typed(community: Community, coordinator: Account, at: Stop) -> None:
    at(OPEN)
    round = a_draft(community)
    with pytest.raises(RuleBroken, match="opens at once"):
        building.publish(round, by=coordinator)
    assert round.published_at is None
    building.publish(round, confirmation="letter of invitation 2026", by=coordinator)
    assert round.published_at is not None


def test_a_round_that_has_closed_before_it_opened_is_not_published(
    community: Community, coordinator: Account, at: Stop
) -> None:
    at(AFTER)
    round = a_draft(community)
    with pytest.raises(RuleBroken, match="closing date has passed"):
        building.publish(round, confirmation="Letter of Invitation 2026", by=coordinator)
    assert round.published_at is None


def test_an_info_session_comes_and_goes(community: Community, coordinator: Account) -> None:
    round = a_round(community)
    session = meeting.add_info_session(round, SESSION, by=coordinator)
    meeting.change_info_session(round, session, typed(session, **{**SESSION, "minutes": 60}), by=coordinator)
    assert [one.minutes for one in round.info_sessions] == [45, 60]
    meeting.remove_info_session(round, session, by=coordinator)
    assert [one.minutes for one in round.info_sessions] == [45]
    assert verbs(round)[-3:] == ["add an info session", "change an info session", "take out an info session"]


def test_an_info_session_comes_before_letters_close(community: Community, coordinator: Account) -> None:
    round = a_round(community)
    before = trace()
    with pytest.raises(RuleBroken, match="before letters close"):
        meeting.add_info_session(round, {**SESSION, "at": moment_of("2026-11-01 09:00")}, by=coordinator)
    assert (len(round.info_sessions), trace()) == (1, before)


def a_guest(session: InfoSession) -> InfoSignUp:
    return sign_up(session, Guest("Principal", "principal@example.org"))


def test_who_has_a_seat_hears_of_another_time(
    community: Community, coordinator: Account, mailbox: Callable[[], list[Mail]]
) -> None:
    round = a_round(community)
    session = meeting.add_info_session(round, SESSION, by=coordinator)
    a_guest(session)
    mailbox()
    later = {**SESSION, "at": moment_of("2026-10-08 15:30")}
    meeting.change_info_session(round, session, typed(session, **later), by=coordinator)
    [mail] = mailbox()
    assert (mail.to, "Your meeting has changed" in mail.subject) == ("principal@example.org", True)
    assert "Thu, Oct 8, 2026, 3:30 PM ET" in mail.text.replace("\u00a0", " ")


def test_more_seats_are_no_news(community: Community, coordinator: Account, mailbox: Callable[[], list[Mail]]) -> None:
    round = a_round(community)
    session = meeting.add_info_session(round, {**SESSION, "capacity": 5}, by=coordinator)
    a_guest(session)
    mailbox()
    meeting.change_info_session(round, session, typed(session, **{**SESSION, "capacity": 9}), by=coordinator)
    assert (session.capacity, mailbox()) == (9, [])


def test_seats_that_are_taken_are_not_taken_away(community: Community, coordinator: Account) -> None:
    round = a_round(community)
    session = meeting.add_info_session(round, {**SESSION, "capacity": 5}, by=coordinator)
    a_guest(session)
    sign_up(session, Guest("Nurse", "nurse@example.org"))
    with pytest.raises(RuleBroken, match="2 seats are taken"):
        meeting.change_info_session(round, session, typed(session, **{**SESSION, "capacity": 1}), by=coordinator)
    assert session.capacity == 5


def test_who_has_a_seat_hears_that_it_does_not_take_place(
    community: Community, coordinator: Account, mailbox: Callable[[], list[Mail]]
) -> None:
    round = a_round(community)
    session = meeting.add_info_session(round, SESSION, by=coordinator)
    a_guest(session)
    meeting.remove_info_session(round, session, by=coordinator)
    [mail] = mailbox()  # the receipt of the seat is not sent any more
    assert "does not take place" in mail.subject
    assert "Wed, Oct 7, 2026, 3:30 PM ET" in mail.text.replace("\u00a0", " ")
    assert (db.session.query(InfoSignUp).count(), len(round.info_sessions)) == (0, 1)


def test_commitments_are_added_changed_moved_and_taken_out(community: Community, coordinator: Account) -> None:
    round = a_draft(community)
    added = meeting.add_commitment(round, {"text": "Come", "who": "everyone"}, by=coordinator)
    assert added.code == "c3"
    meeting.move_commitment(round, added, "up", by=coordinator)
    meeting.move_commitment(round, round.commitments[0], "up", by=coordinator)
    assert [one.code for one in round.commitments] == ["c1", "c3", "c2"]
    meeting.change_commitment(round, added, typed(added, text="Come often"), by=coordinator)
    meeting.remove_commitment(round, round.commitments[0], by=coordinator)
    assert [(one.position, one.text) for one in round.commitments] == [
        (1, "Come often"), (2, "Bring the team to four gatherings a year."),
    ]  # fmt: skip


def test_what_is_signed_stays_word_for_word(community: Community, coordinator: Account) -> None:
    round = a_round(community)
    first = round.commitments[0]
    before = trace()
    for change in (
        lambda: meeting.add_commitment(round, {"text": "More", "who": "team"}, by=coordinator),
        lambda: meeting.change_commitment(round, first, typed(first, text="Nam a team"), by=coordinator),
        lambda: meeting.remove_commitment(round, first, by=coordinator),
        lambda: meeting.move_commitment(round, first, "down", by=coordinator),
    ):
        with pytest.raises(RuleBroken, match="What is signed stays"):
            change()
    assert ([one.code for one in round.commitments], trace()) == (["c1", "c2"], before)


def test_a_thing_that_a_colleague_took_out_is_said_to_be_gone(community: Community, coordinator: Account) -> None:
    round = a_draft(community)
    first = round.commitments[0]
    change = typed(first, text="New")
    db.session.execute(db.delete(type(first)).where(type(first).id == first.id))
    db.session.commit()
    with pytest.raises(RuleBroken, match="took this out meanwhile"):
        meeting.change_commitment(round, first, change, by=coordinator)


def test_the_rubric_is_built(community: Community, coordinator: Account) -> None:
    round = a_draft(community)
    added = rubrics.add_criterion(
        round, {"label": "Team", "levels": {"1": "None"}, "question_codes": ["q1"]}, by=coordinator
    )
    assert (added.code, added.weight) == ("k3", 0)
    rubrics.set_rubric(round, weigh(round, 50, 30, 20), by=coordinator)
    rubrics.move_criterion(round, added, "up", by=coordinator)
    rubrics.change_criterion(round, added, typed(added, label="A team"), by=coordinator)
    assert [(one.label, one.weight) for one in round.criteria] == [("Need", 50), ("A team", 20), ("Time", 30)]
    rubrics.remove_criterion(round, added, by=coordinator)
    assert [gap.sentence for gap in gaps_of(round, moment_of(OPEN)) if gap.chapter == "rubric" and gap.is_needed] == [
        "The weights of the rubric add to 80. Change them so that they add to 100."
    ]


def test_weights_add_to_100(community: Community, coordinator: Account) -> None:
    round = a_draft(community)
    before = trace()
    with pytest.raises(RuleBroken, match="add to 90"):
        rubrics.set_rubric(round, weigh(round, 60, 30), by=coordinator)
    assert ([one.weight for one in round.criteria], trace()) == ([60, 40], before)


def test_a_criterion_that_counts_stays_in_a_published_round(community: Community, coordinator: Account) -> None:
    round = a_round(community)
    with pytest.raises(RuleBroken, match="Give its weight to the others"):
        rubrics.remove_criterion(round, round.criteria[1], by=coordinator)
    rubrics.set_rubric(round, weigh(round, 100, 0), by=coordinator)
    rubrics.remove_criterion(round, round.criteria[1], by=coordinator)
    assert [(one.label, one.weight) for one in round.criteria] == [("Need", 100)]


def test_after_closing_weights_stay_and_words_may_be_mended(
    community: Community, coordinator: Account, at: Stop
) -> None:
    round = a_round(community)
    at(AFTER)
    first = round.criteria[0]
    with pytest.raises(RuleBroken, match="settled before anybody reads"):
        rubrics.set_rubric(round, weigh(round, 50, 50), by=coordinator)
    with pytest.raises(RuleBroken, match="settled before anybody reads"):
        rubrics.add_criterion(round, {"label": "More", "levels": {}, "question_codes": []}, by=coordinator)
    rubrics.change_criterion(round, first, typed(first, label="Needs"), by=coordinator)
    assert [(one.label, one.weight) for one in round.criteria] == [("Needs", 60), ("Time", 40)]


def test_the_scale_is_set_with_the_rule_of_conflicts(community: Community, coordinator: Account) -> None:
    round = a_draft(community)
    scale = [{"value": 1, "label": "Not yet"}, {"value": 2, "label": "Strong"}]
    rubrics.set_rubric(round, typed(round, scale=scale, conflict_rule="Nobody reads their own."), by=coordinator)
    assert (round.scale, round.conflict_rule) == (scale, "Nobody reads their own.")
    assert history_of(round)[-1].data["changes"]["conflict_rule"] == ["", "Nobody reads their own."]


def test_how_letters_are_read_is_set_and_copied(community: Community, coordinator: Account) -> None:
    round = a_draft(community)
    reading = {"is_blind": True, "comment_up_to": 2, "spread_flag": 3, "waitlist_reply_days": 10}
    rubrics.set_rubric(round, typed(round, **reading), by=coordinator)
    assert {name: getattr(round, name) for name in reading} == reading
    copied = copy_round(round, community, proposal(round), by=coordinator)
    assert {name: getattr(copied, name) for name in reading} == reading


def test_once_letters_are_read_names_can_be_hidden_and_not_be_shown_again(
    community: Community, coordinator: Account, at: Stop
) -> None:
    round = a_round(community)
    at(AFTER)
    rubrics.set_rubric(round, typed(round, is_blind=True, comment_up_to=2), by=coordinator)
    before = trace()
    with pytest.raises(RuleBroken, match="read without names"):
        rubrics.set_rubric(round, typed(round, is_blind=False), by=coordinator)
    assert (round.is_blind, round.comment_up_to, trace()) == (True, 2, before)


def test_every_change_is_one_line_of_history(community: Community, coordinator: Account) -> None:
    round = a_draft(community)
    count = db.session.query(History).count()
    meeting.add_commitment(round, {"text": "Come", "who": "team"}, by=coordinator)
    meeting.move_commitment(round, round.commitments[2], "up", by=coordinator)
    assert db.session.query(History).count() == count + 2


def all_dates(round: Round, **changed: Any) -> Typed:
    stored = {name: getattr(round, name) for name in (*MOMENTS, *DAYS)}
    return Typed({**stored, **changed}, marks_of(stored))


def weigh(round: Round, *weights: int) -> Typed:
    stored = {f"weight-{one.id}": one.weight for one in round.criteria}
    return Typed(dict(zip(stored, weights, strict=True)), marks_of(stored))
