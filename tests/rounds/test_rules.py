"""The law of rounds: stages by date, what may be done when, what the letter may say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.core.errors import RuleBroken
from portal.rounds.dates import check_dates
from portal.rounds.models import Criterion, Invitation
from portal.rounds.rules import (
    FIELDS,
    MOVES,
    STAGES,
    check_closing,
    check_weights,
    choose_shown,
    closing_words,
    is_late,
    last_moment,
    may,
    may_write,
    merged,
    plain,
    stage_of,
    state_of,
)
from tests.conftest import moment_of
from tests.rounds.builders import a_bare_round

ZONE = "America/New_York"
EARLY = {"closed_early_at": moment_of("2026-10-10 12:00")}
NOT_YET = {"published_at": None}
AWAY = {"archived_at": moment_of("2026-12-31 12:00")}


@pytest.mark.parametrize(
    "changed, moment, stage",
    [
        (NOT_YET, "2026-10-01 09:00", "draft"),
        (NOT_YET, "2026-12-01 09:00", "draft"),
        ({}, "2026-09-14 08:59:59", "upcoming"),
        ({}, "2026-09-14 09:00", "open"),
        ({}, "2026-10-30 16:59:59", "open"),
        ({}, "2026-10-30 17:00", "open"),
        ({}, "2026-10-30 17:00:01", "grace"),
        ({}, "2026-10-30 17:00:00.9", "open"),
        ({}, "2026-10-30 18:00", "grace"),
        ({}, "2026-10-30 18:00:00.999999", "grace"),
        ({}, "2026-10-30 18:00:01", "closed"),
        ({"grace_minutes": 0}, "2026-10-30 17:00", "open"),
        ({"grace_minutes": 0}, "2026-10-30 17:00:01", "closed"),
        (EARLY, "2026-10-10 11:59:59", "open"),
        (EARLY, "2026-10-10 12:00", "closed"),
        (EARLY, "2026-10-30 17:30", "closed"),
        ({"closed_early_at": moment_of("2026-10-30 17:20")}, "2026-10-30 17:19", "grace"),
        ({"closed_early_at": moment_of("2026-10-30 17:20")}, "2026-10-30 17:20", "closed"),
        (AWAY, "2026-10-01 09:00", "archived"),
    ],
)
def test_the_stage_follows_from_the_dates(changed: dict[str, Any], moment: str, stage: str) -> None:
    round = a_bare_round(**changed)
    now = moment_of(moment)
    assert stage_of(round, now) == stage
    assert may_write(round, now) == (stage in ("open", "grace"))


def test_a_deadline_holds_on_the_day_the_clocks_go_back() -> None:
    round = a_bare_round(closes_at=moment_of("2026-11-01 23:59"), grace_minutes=0)
    assert stage_of(round, moment_of("2026-11-01T23:59:00-05:00")) == "open"
    assert stage_of(round, moment_of("2026-11-01T23:59:01-05:00")) == "closed"
    assert stage_of(round, moment_of("2026-11-01T23:59:01-04:00")) == "open"


def test_the_last_moment_is_closing_plus_grace_or_the_early_close() -> None:
    assert last_moment(a_bare_round()) == moment_of("2026-10-30 18:00")
    assert last_moment(a_bare_round(**EARLY)) == moment_of("2026-10-10 12:00")


@pytest.mark.parametrize(
    "moment, late", [("2026-10-30 17:00", False), ("2026-10-30 17:00:01", True), ("2026-10-30 18:00", True)]
)
def test_what_comes_after_closing_is_late(moment: str, late: bool) -> None:
    assert is_late(a_bare_round(), moment_of(moment)) == late


IN_STAGE: dict[str, tuple[dict[str, Any], str]] = {
    "draft": (NOT_YET, "2026-10-01 09:00"),
    "upcoming": ({}, "2026-09-01 09:00"),
    "open": ({}, "2026-10-01 09:00"),
    "grace": ({}, "2026-10-30 17:30"),
    "closed": ({}, "2026-10-30 19:00"),
    "archived": (AWAY, "2026-10-01 09:00"),
}
ALLOWED = {
    "publish": {"draft"},
    "close": {"open", "grace"},
    "invite": {"draft", "upcoming", "open"},
    "send": {"upcoming", "open"},
    "answer": {"open", "grace"},
    "archive": {"closed"},
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("verb", sorted(MOVES))
def test_each_verb_has_its_stages(verb: str, stage: str) -> None:
    changed, moment = IN_STAGE[stage]
    assert may(verb, a_bare_round(**changed), moment_of(moment)) == (stage in ALLOWED[verb])


def shown(*rounds: dict[str, Any], at: str) -> int | None:
    found = choose_shown([a_bare_round(id=n, **changed) for n, changed in enumerate(rounds)], moment_of(at))
    return found.id if found else None


LAST_YEAR = {"opens_at": moment_of("2025-09-14 09:00"), "closes_at": moment_of("2025-10-30 17:00")}
NEXT_YEAR = {"opens_at": moment_of("2027-09-14 09:00"), "closes_at": moment_of("2027-10-30 17:00")}
IN_TWO_YEARS = {"opens_at": moment_of("2028-09-14 09:00"), "closes_at": moment_of("2028-10-30 17:00")}


@pytest.mark.parametrize(
    "moment, chosen",
    [("2026-10-01 09:00", 1), ("2026-10-30 17:30", 1), ("2026-08-01 09:00", 1), ("2026-12-01 09:00", 2)],
)
def test_visitors_see_the_open_round_else_the_next(moment: str, chosen: int) -> None:
    assert shown(LAST_YEAR, {}, NEXT_YEAR, IN_TWO_YEARS, NOT_YET, at=moment) == chosen


def test_visitors_see_the_last_round_when_none_is_to_come() -> None:
    assert shown({}, LAST_YEAR, {**NEXT_YEAR, **NOT_YET}, at="2026-12-01 09:00") == 0


def test_visitors_never_see_a_draft() -> None:
    assert shown(NOT_YET, at="2026-10-01 09:00") is None


def test_each_merge_field_is_replaced_wherever_it_stands() -> None:
    values = {name: f"<{name}>" for name in FIELDS}
    text = " ".join("{{" + name + "}}" for name in FIELDS) + " {{ district }}"
    assert merged(text, values) == " ".join(f"<{name}>" for name in FIELDS) + " <district>"


@pytest.mark.parametrize(
    "value", ["{{recipient}}", "{{7*191}}", "{event.__class__}", "{% raw %}", "\\1", "\\g<0>", "{{district}}"]
)
def test_braces_in_what_is_put_in_stay_as_they_are(value: str) -> None:
    assert merged("Dear {{district}}.", {"district": value, "recipient": "X"}) == f"Dear {value}."


@pytest.mark.parametrize("text", ["{{7*191}}", "{{ districts }}", "{{}}", "{{ district.name }}", "{{\ndistrict\nx}}"])
def test_a_field_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken, match=r"names a field that does not exist.*\{\{district\}\}"):
        merged(f"Dear {text}", FIELDS)


@pytest.mark.parametrize("text", ["{district}", "{ {district} }", "{{district}", "100 %", "{% if x %}"])
def test_single_braces_are_no_fields(text: str) -> None:
    assert merged(text, FIELDS) == text


def test_a_value_put_into_markdown_shows_its_signs() -> None:
    assert plain("*Test*\n[x](y) <b>") == "\\*Test\\* \\[x\\]\\(y\\) \\<b\\>"


@pytest.mark.parametrize(
    "title, words",
    [("Letter of Invitation 2026: a place in Cohort 4", "Letter of Invitation 2026"), ("Round two", "Round two")],
)
def test_the_words_to_type_are_the_title_up_to_a_colon(title: str, words: str) -> None:
    assert closing_words(a_bare_round(title=title)) == words


@pytest.mark.parametrize("typed", ["Letter of Invitation 2026", " letter of  invitation 2026 "])
def test_closing_takes_a_reason_and_the_words(typed: str) -> None:
    assert check_closing(a_bare_round(), "Enough letters", typed) is None


@pytest.mark.parametrize(
    "reason, typed, sentence",
    [
        ("", "Letter of Invitation 2026", "Say why"),
        ("  ", "Letter of Invitation 2026", "Say why"),
        ("Enough", "", "Type “Letter of Invitation 2026”"),
        ("Enough", "yes", "Type “Letter of Invitation 2026”"),
    ],
)
def test_closing_is_refused_without_them(reason: str, typed: str, sentence: str) -> None:
    with pytest.raises(RuleBroken, match=sentence):
        check_closing(a_bare_round(), reason, typed)


def test_the_dates_of_the_demo_are_in_order() -> None:
    assert check_dates(a_bare_round(), ZONE) is None


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"closes_at": moment_of("2026-09-14 08:00")}, "closing date"),
        ({"intent_by": moment_of("2026-11-09 17:00")}, "intent to reply"),
        ({"intent_by": moment_of("2026-09-01 17:00")}, "intent to reply"),
        ({"questions_until": moment_of("2026-10-31 17:00")}, "Questions end"),
        ({"review_from": date(2026, 10, 29)}, "Readers read"),
        ({"review_to": date(2026, 11, 1)}, "Readers read"),
        ({"conversations_to": date(2026, 11, 29)}, "Conversations"),
        ({"decisions_on": date(2026, 10, 29)}, "Decisions"),
        ({"decisions_on": date(2027, 1, 16)}, "Decisions"),
        ({"term_to": date(2027, 1, 26)}, "The term"),
    ],
)
def test_dates_out_of_order_are_refused(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RuleBroken, match=sentence):
        check_dates(a_bare_round(**changed), ZONE)


def test_dates_that_are_not_set_are_left_out() -> None:
    names = ["intent_by", "questions_until", "review_from", "review_to", "conversations_from", "conversations_to"]
    names += ["decisions_on", "reply_by", "orientation_on", "term_from", "term_to"]
    assert check_dates(a_bare_round(**dict.fromkeys(names)), ZONE) is None


@pytest.mark.parametrize(
    "weights, fits", [([], True), ([100], True), ([60, 40], True), ([60, 41], False), ([99], False)]
)
def test_the_weights_of_a_rubric_add_to_100(weights: list[int], fits: bool) -> None:
    criteria = [Criterion(weight=weight) for weight in weights]
    if fits:
        assert check_weights(criteria) is None
        return
    with pytest.raises(RuleBroken, match=f"add to {sum(weights)}"):
        check_weights(criteria)


MOMENT, LATER = moment_of("2026-10-01 09:00"), moment_of("2026-10-02 09:00")
SENT = {"sent_at": MOMENT}


@pytest.mark.parametrize(
    "columns, asked_at, is_writing, state",
    [
        ({}, None, False, "prepared"),
        (SENT, None, False, "sent"),
        ({**SENT, "opened_at": MOMENT}, None, False, "opened"),
        ({**SENT, "opened_at": MOMENT, "answer": "interested"}, None, False, "interested"),
        ({**SENT, "answer": "not_this_year"}, None, False, "not_this_year"),
        ({**SENT, "answer": "not_this_year"}, LATER, True, "not_this_year"),
        ({**SENT, "opened_at": MOMENT}, None, True, "interested"),
        ({}, None, True, "interested"),
        ({**SENT, "bounced_at": MOMENT, "opened_at": MOMENT}, LATER, False, "bounced"),
        ({**SENT, "bounced_at": MOMENT, "answer": "interested"}, None, False, "interested"),
        ({**SENT, "passed_on_at": LATER, "opened_at": MOMENT}, None, False, "passed_on"),
        ({**SENT, "passed_on_at": LATER, "opened_at": MOMENT}, MOMENT, False, "passed_on"),
        ({**SENT, "passed_on_at": MOMENT, "opened_at": MOMENT}, LATER, False, "asked"),
        ({**SENT, "opened_at": MOMENT}, LATER, False, "asked"),
        ({"sent_at": LATER}, MOMENT, False, "sent"),
    ],
)
def test_the_state_of_an_invitation_follows_from_what_happened(
    columns: dict[str, Any], asked_at: Any, is_writing: bool, state: str
) -> None:
    assert state_of(Invitation(**columns), asked_at=asked_at, is_writing=is_writing) == state
