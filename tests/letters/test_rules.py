"""The table of moves, the states of sections, and what tells a changed text from an unchanged one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.core.errors import RuleBroken
from portal.letters.content import content_hash, content_of
from portal.letters.models import STATUSES, Endorsement, RosterWaiver
from portal.letters.rules import (
    CLOSED,
    FOR_OTHERS,
    MOVES,
    OVER,
    STANDS,
    base_of,
    check,
    check_ready,
    check_signature,
    is_clash,
    is_endorsed,
    is_unchanged,
    is_waiting,
    may,
    missing,
    next_step,
    open_endorsement,
    reference_of,
    refusal,
    section_states,
    status_after,
)
from tests.conftest import moment_of
from tests.letters.builders import (
    AFTER,
    ANSWERS,
    LAST_LATE_SECOND,
    LAST_SECOND,
    LATE,
    OPEN,
    a_bare_letter,
    answered,
    rows,
)

NOW = moment_of(OPEN)
ROLES = ("lead", "editor", "superintendent", "signer", "staff")
WRITTEN = {"draft", "endorsing", "returned"}
ALLOWED: dict[str, tuple[set[str], set[str]]] = {  # verb: statuses, roles
    "write": ({"draft", "returned"}, {"lead", "editor"}),
    "comment": (WRITTEN, {"lead", "editor"}),
    "plan": (WRITTEN, {"lead", "editor"}),
    "invite": (WRITTEN, {"lead"}),
    "dismiss": (set(STATUSES), {"lead"}),
    "ask": ({"draft", "returned"}, {"lead"}),
    "take back": ({"endorsing"}, {"lead"}),
    "sign": ({"endorsing"}, {"signer"}),
    "decline": ({"endorsing"}, {"signer"}),
    "endorse": ({"draft", "returned"}, {"superintendent"}),
    "submit": ({"draft", "returned"}, {"lead"}),
    "reopen": ({"submitted"}, {"lead"}),
    "withdraw": ({"submitted"}, {"lead"}),
    "undo withdrawal": ({"withdrawn"}, {"lead"}),
    "waive": (WRITTEN, {"staff"}),
    "return": ({"submitted"}, {"staff"}),
    "revive": ({"not_submitted"}, {"staff"}),
}
ANY_TIME = {"comment", "dismiss"}
AFTERWARDS = {"return", "revive"}  # from the opening on
TEAM = ("superintendent", "principal", "teacher-general", "teacher-sped")


@pytest.mark.parametrize("verb", ALLOWED)
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("role", ROLES)
def test_a_move_is_open_from_its_statuses_to_its_people_only(verb: str, status: str, role: str) -> None:
    statuses, who = ALLOWED[verb]
    assert may(verb, a_bare_letter(status), {role}, NOW) == (status in statuses and role in who)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("role", [*ROLES, "portal"])
def test_only_the_portal_notes_that_a_letter_was_not_sent(status: str, role: str) -> None:
    unsent = status in {"draft", "endorsing", "returned"}
    assert may("lapse", a_bare_letter(status), {role}, NOW) == (unsent and role == "portal")


@pytest.mark.parametrize("verb", ALLOWED)
@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-09-14 08:59", False), (OPEN, True), (LAST_SECOND, True), (LATE, True), (LAST_LATE_SECOND, True),
        (AFTER, False),
    ],
)  # fmt: skip
def test_every_move_of_people_ends_with_the_grace_minutes(verb: str, moment: str, is_open: bool) -> None:
    statuses, who = ALLOWED[verb]
    assert may(verb, a_bare_letter(min(statuses)), who, moment_of(moment)) == (
        is_open or verb in ANY_TIME or (verb in AFTERWARDS and moment == AFTER)
    )


@pytest.mark.parametrize("verb", sorted(AFTERWARDS))
def test_in_an_archived_round_staff_move_no_letter(verb: str) -> None:
    letter = a_bare_letter(min(ALLOWED[verb][0]), archived_at=NOW)
    assert refusal(verb, letter, {"staff"}, NOW) == OVER["opened"]


def test_the_table_covers_every_verb() -> None:
    assert set(MOVES) == {*ALLOWED, "lapse", "stand"}


def test_every_status_has_a_sentence() -> None:
    assert set(STANDS) == set(STATUSES)


@pytest.mark.parametrize("status", sorted(set(STATUSES) - {"draft", "returned"}))
def test_a_refusal_says_where_the_letter_stands(status: str) -> None:
    assert refusal("write", a_bare_letter(status), {"lead"}, NOW) == STANDS[status]


def test_a_refusal_names_who_can_do_it() -> None:
    assert refusal("submit", a_bare_letter(), {"staff"}, NOW) == FOR_OTHERS["lead"]


def test_after_the_end_the_refusal_says_so() -> None:
    with pytest.raises(RuleBroken, match="takes no letters now") as refused:
        check("submit", a_bare_letter(), {"lead"}, moment_of(AFTER))
    assert refused.value.sentence == CLOSED


@pytest.mark.parametrize(
    ("verb", "status", "after"),
    [
        ("ask", "draft", "endorsing"), ("sign", "endorsing", "draft"), ("submit", "draft", "submitted"),
        ("write", "draft", "draft"),
    ],
)  # fmt: skip
def test_a_move_leads_to_its_status(verb: str, status: str, after: str) -> None:
    assert status_after(verb, a_bare_letter(status)) == after


def test_a_new_letter_has_no_section_begun_and_its_endorsement_locked() -> None:
    states = [one.state for one in section_states(a_bare_letter())]
    assert states == ["not started", "not started", "not started", "not started", "locked"]


def test_a_section_is_in_progress_until_its_last_question_is_answered() -> None:
    letter = answered(a_bare_letter(), q9=5)
    assert state_of(letter, "time") == "in progress"
    assert state_of(answered(letter, q10="By contract days."), "time") == "done"


def test_the_endorsement_opens_when_all_others_are_done() -> None:
    assert state_of(a_whole_letter(), "endorsement") == "not started"


def test_while_it_is_signed_the_done_sections_say_done_and_the_others_locked() -> None:
    letter = a_whole_letter()
    letter.status = "endorsing"
    assert [one.state for one in section_states(letter)] == ["done", "done", "done", "done", "in progress"]


def test_the_next_step_is_the_next_question_that_needs_something() -> None:
    letter = answered(a_bare_letter(), q1=ANSWERS["q1"], q2=ANSWERS["q2"])
    section, anchor = next_step(letter) or (None, "")
    assert (section and section.slug, anchor) == ("why-now", "q3")


def test_a_signed_and_complete_letter_needs_nothing() -> None:
    letter = signed(a_whole_letter())
    assert (missing(letter), next_step(letter)) == ([], None)


def test_an_unsigned_letter_needs_only_the_signature() -> None:
    assert sentences(a_whole_letter()) == ["Have the superintendent sign the letter."]


def test_a_letter_that_is_out_waits_for_the_signature() -> None:
    letter = a_whole_letter()
    letter.status = "endorsing"
    assert sentences(letter) == ["The superintendent has not signed yet."]


@pytest.mark.parametrize("change", ["answer", "roster", "promise"])
def test_any_change_after_the_signature_asks_for_a_new_one(change: str) -> None:
    letter = signed(a_whole_letter())
    assert is_endorsed(letter)
    if change == "answer":
        letter.answers[0].value = {"still_true": "no", "corrections": {"students": "3,000"}}
    elif change == "roster":
        letter.roster[0].school = "North School"
    else:
        question = letter.round.sections[-1].questions[0]
        question.settings = {**question.settings, "statement": "I support another letter."}
    assert not is_endorsed(letter)
    assert sentences(letter) == ["The answers changed since it was signed. Have it signed again."]


def test_a_typo_mended_in_a_question_voids_no_signature() -> None:
    letter = signed(a_whole_letter())
    letter.round.sections[0].questions[0].label = "Is it true?"
    letter.district.name = "Example Harbor Public Schools"
    assert is_endorsed(letter)


def test_an_answer_changed_and_changed_back_needs_no_new_signature() -> None:
    letter = signed(a_whole_letter())
    before = letter.answers[2].value
    letter.answers[2].value = "Something else entirely, for now."
    letter.answers[2].value = before
    assert is_endorsed(letter)


def test_a_waived_rule_is_no_longer_missing() -> None:
    letter = a_whole_letter(team=TEAM[1:])
    assert [problem.code for problem in missing(letter)] == ["q7", "q12"]
    letter.waivers.append(RosterWaiver(rule_code="r1", reason="A charter has no central office."))
    assert [problem.code for problem in missing(letter)] == ["q12"]


def test_a_letter_of_a_round_without_an_endorsement_needs_none() -> None:
    assert missing(answered(a_bare_letter(codes=("q9",)), q9=3)) == []


@pytest.mark.parametrize("end", ["signed_at", "declined_at", "taken_back_at"])
def test_a_request_waits_until_it_is_answered_or_taken_back(end: str) -> None:
    request = Endorsement(to_name="S", to_email="s@example.org", content_hash="")
    assert is_waiting(request)
    setattr(request, end, NOW)
    assert not is_waiting(request)


def test_the_open_request_is_the_one_that_waits() -> None:
    letter = a_whole_letter()
    old = Endorsement(to_name="S", to_email="s@example.org", content_hash="", taken_back_at=NOW)
    new = Endorsement(to_name="S", to_email="s@example.org", content_hash="")
    letter.endorsements.extend([old, new])
    assert open_endorsement(letter) is new


def test_a_letter_that_is_not_ready_says_how_much_and_what_first() -> None:
    with pytest.raises(RuleBroken, match="cannot be submitted yet: one answer needs another look. The first: Have"):
        check_ready(missing(a_whole_letter()), "submitted")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"accepted": ["c1"]}, "Check every commitment"),
        ({"accepted": []}, "Check every commitment"),
        ({"name": ""}, "Type your name and your title"),
        ({"title": ""}, "Type your name and your title"),
        ({"day": None}, "Give the date"),
        ({"day": date(2026, 10, 21)}, "Give the date"),
    ],
)
def test_a_signature_needs_all_promises_a_name_a_title_and_a_day(changed: dict[str, Any], words: str) -> None:
    typed = {"name": "S", "title": "T", "day": date(2026, 10, 20), "accepted": ["c1", "c2"], **changed}
    with pytest.raises(RuleBroken, match=words):
        check_signature(**typed, codes=["c1", "c2"], today=date(2026, 10, 20))


def test_a_whole_signature_passes() -> None:
    check_signature("S", "T", date(2026, 10, 20), ["c2", "c1"], ["c1", "c2"], date(2026, 10, 20))


@pytest.mark.parametrize(
    ("name", "number", "reference"),
    [
        ("Example Harbor", 1, "EH-2026-0017"),
        ("Example Harbor", 2, "EH-2026-0017-2"),
        ("Beverly", 1, "BE-2026-0017"),
        ("Test Cove Charter (5–8)", 1, "TC-2026-0017"),
    ],
)
def test_a_reference_can_be_said_on_the_phone(name: str, number: int, reference: str) -> None:
    letter = a_bare_letter()
    letter.district.short_name = name
    assert reference_of(letter, 2026, number) == reference


def test_what_a_form_began_with_is_unchanged() -> None:
    assert is_unchanged(base_of(3, "August"), "August")
    assert not is_unchanged(base_of(3, "August"), "September")


@pytest.mark.parametrize(
    ("base", "mine", "clashes"),
    [
        (base_of(1, "August"), "October", True),  # somebody saved September since
        (base_of(2, "September"), "October", False),  # began with what stands there
        (base_of(1, "August"), "September", False),  # both typed the same
        (base_of(1, "September"), "October", False),  # changed and changed back
        ("", "October", True),
        ("2", "October", False),
        ("x:y:z", "October", True),
    ],
)
def test_a_save_clashes_only_with_another_text_saved_since(base: str, mine: str, clashes: bool) -> None:
    assert is_clash(base, 2, "September", mine) == clashes


def a_whole_letter(team: tuple[str, ...] = TEAM) -> Any:
    letter = answered(a_bare_letter(), **ANSWERS)
    letter.roster.extend(rows(*team))
    return letter


def signed(letter: Any) -> Any:
    sign = content_hash(content_of(letter))
    letter.endorsements.append(Endorsement(to_name="S", to_email="s@example.org", content_hash=sign, signed_at=NOW))
    return letter


def state_of(letter: Any, slug: str) -> str:
    return next(one.state for one in section_states(letter) if one.section.slug == slug)


def sentences(letter: Any) -> list[str]:
    return [problem.sentence for problem in missing(letter)]
