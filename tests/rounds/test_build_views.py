"""The doors of the builder: forms that come back with what is wrong at the field, locks, and who may not come in."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.accounts.operations import find_or_open_account, grant_permission
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.audit import Audit
from portal.core.db import db
from portal.core.history import history_of
from portal.rounds import building
from portal.rounds.changes import marks_of
from portal.rounds.chapters import CHAPTERS
from portal.rounds.drafting import Typed
from portal.rounds.models import Round
from tests.conftest import moment_of
from tests.rounds.build_forms import ROUNDS, form_of, path_of
from tests.rounds.builders import AFTER, a_draft, a_round
from tests.rounds.pages import lines_of
from tests.rounds.traces import Stop, trace

SignIn = Callable[[FlaskClient, Account], FlaskClient]
Counting = Callable[[], AbstractContextManager[list[str]]]
PART = {"HX-Request": "true"}
SOON = moment_of("2026-10-05 09:00")


def test_the_list_says_where_each_round_stands_and_what_is_to_do(staff: FlaskClient, community: Community) -> None:
    a_round(community)
    a_draft(community, slug="next", title="Next letter", capacity=0)
    lines = lines_of(staff.get(ROUNDS).text)
    assert {"Next letter", "Draft", "One thing is missing", "Open", "See who has answered"} <= set(lines)


def test_a_long_list_takes_no_more_questions_to_the_database(
    staff: FlaskClient, community: Community, count_queries: Counting
) -> None:
    a_draft(community)
    staff.get(ROUNDS)
    with count_queries() as one:
        staff.get(ROUNDS)
    for number in range(5):
        a_draft(community, slug=f"more-{number}")
    with count_queries() as six:
        staff.get(ROUNDS)
    assert len(six) == len(one)


def test_a_round_is_begun_with_a_title_and_gets_its_short_name(staff: FlaskClient, community: Community) -> None:
    answer = staff.post(f"{ROUNDS}new", data={"title": "Letter of Invitation 2027"})
    made = db.session.query(Round).one()
    assert (answer.status_code, answer.location) == (303, path_of(made))
    assert made.slug == "letter-of-invitation-2027"


@pytest.mark.parametrize(
    "typed, part",
    [({"title": " "}, "Give the letter a title."), ({"title": "A", "slug": "Not so"}, "Use small letters"),
     ({"title": "For {{district}}"}, "work in the letter’s text only")],
)  # fmt: skip
def test_a_round_without_a_fit_name_is_not_begun(staff: FlaskClient, typed: dict[str, str], part: str) -> None:
    answer = staff.post(f"{ROUNDS}new", data=typed, headers=PART)
    assert (answer.status_code, part in answer.text, db.session.query(Round).count()) == (422, True, 0)


@pytest.mark.parametrize("chapter", [*CHAPTERS, "preview", "publish", "copy", ""])
def test_every_chapter_has_a_page(staff: FlaskClient, draft: Round, chapter: str) -> None:
    assert staff.get(path_of(draft, chapter)).status_code == 200


@pytest.mark.parametrize("chapter", [*CHAPTERS, "preview", "publish", "copy", "archive", "", "commitments/1/details"])
def test_a_round_of_another_community_is_no_page_here(staff: FlaskClient, community: Community, chapter: str) -> None:
    other = a_draft(create_community(slug="other", name="Other", kind="district_network"))
    assert staff.get(path_of(other, chapter)).status_code == 404


def test_reviewers_do_not_build(client: FlaskClient, community: Community, draft: Round, sign_in: SignIn) -> None:
    grant_permission(community, email="reviewer@example.org", kind="reviewer", name="Reviewer")
    reader = sign_in(client, find_or_open_account(email="reviewer@example.org", name="Reviewer"))
    before = trace()
    assert reader.get(path_of(draft, "letter")).status_code == 403
    assert reader.post(path_of(draft, "letter"), data={"title": "Mine"}).status_code == 403
    assert trace() == before


def test_a_thing_of_another_round_is_not_part_of_this_one(
    staff: FlaskClient, community: Community, draft: Round
) -> None:
    other = a_draft(community, slug="other")
    for rest in (
        f"commitments/{other.commitments[0].id}/details",
        f"questions/{other.sections[0].questions[0].id}",
        f"sections/{other.sections[0].id}/questions/new",
        f"criteria/{other.criteria[0].id}/removal",
    ):
        assert staff.get(path_of(draft, rest)).status_code == 404
    before = trace()
    staff.post(path_of(draft, f"commitments/{other.commitments[0].id}/removal"))
    assert trace() == before


def test_saving_a_chapter_stays_or_goes_on(staff: FlaskClient, draft: Round) -> None:
    typed = form_of(staff.get(path_of(draft, "letter"))) | {"title": "A new title"}
    assert staff.post(path_of(draft, "letter"), data=typed).location == path_of(draft, "letter")
    assert staff.post(path_of(draft, "letter"), data=typed | {"on": "1"}).location == path_of(draft, "dates")
    assert (draft.title, history_of(draft)[-1].verb) == ("A new title", "change the letter")


def test_a_form_sent_as_it_came_changes_nothing(staff: FlaskClient, draft: Round) -> None:
    before = trace()
    for chapter in ("letter", "dates", "eligibility", "places", "rubric"):
        page = staff.get(path_of(draft, chapter))
        assert (chapter, staff.post(path_of(draft, chapter), data=form_of(page)).status_code) == (chapter, 303)
    assert trace() == before


def test_an_unknown_field_is_named_at_the_text_with_those_that_exist(staff: FlaskClient, draft: Round) -> None:
    typed = form_of(staff.get(path_of(draft, "letter"))) | {"letter_text": "Dear {{boss}}"}
    answer = staff.post(path_of(draft, "letter"), data=typed, headers=PART)
    lines = lines_of(answer.text)
    assert answer.status_code == 422
    assert [line for line in lines if "{{boss}}" in line and "{{district}}" in line] != []
    assert 'aria-describedby="letter_text-hint letter_text-error" aria-invalid="true"' in answer.text
    assert "Dear {{boss}}" in lines
    assert draft.letter_text.startswith("We ask")


@pytest.mark.parametrize("name", ["title", "summary"])
def test_what_is_not_filled_in_takes_no_fields(staff: FlaskClient, draft: Round, name: str) -> None:
    typed = form_of(staff.get(path_of(draft, "letter"))) | {name: "For {{district}}"}
    answer = staff.post(path_of(draft, "letter"), data=typed)
    assert (answer.status_code, f'id="{name}-error"' in answer.text) == (422, True)


def test_a_preview_shows_the_letter_as_typed_and_saves_nothing(staff: FlaskClient, draft: Round) -> None:
    typed = form_of(staff.get(path_of(draft, "letter"))) | {
        "title": "Typed",
        "letter_text": "We ask {{district}}, **now**.",
    }
    before = trace()
    answer = staff.post(path_of(draft, "letter/preview"), data=typed, headers=PART)
    assert answer.status_code == 200
    assert "We ask Example District, now." in lines_of(answer.text)
    assert 'id="letter-title">Typed</h1>' in answer.text
    assert (draft.title.startswith("Letter of"), trace()) == (True, before)
    assert staff.post(path_of(draft, "letter/preview"), data=typed | {"letter_text": "{{boss}}"}).status_code == 422


def test_dates_are_read_on_the_wall_clock_of_the_community(staff: FlaskClient, draft: Round) -> None:
    page = staff.get(path_of(draft, "dates"))
    typed = form_of(page) | {"closes_at": "2026-11-02T17:00", "review_from": "2026-11-03"}
    assert "ET (America/New_York)" in page.text
    assert staff.post(path_of(draft, "dates"), data=typed).status_code == 303
    assert draft.closes_at == moment_of("2026-11-02 17:00")


@pytest.mark.parametrize(
    "name, typed, part",
    [
        ("opens_at", "2026-03-08T02:30", "does not exist: the clocks go forward"),
        ("closes_at", "2026-11-01T01:30", "comes twice"),
        ("opens_at", "", "Say when letters open."),
        ("opens_at", "soon", "Give a date and a time."),
        ("opens_at", "2026-13-01T09:00", "Give a date and a time."),
        ("opens_at", "0001-01-01T09:00", "from 2000 to 2100"),
        ("review_from", "9999-12-31", "from 2000 to 2100"),
        ("decisions_on", "2026-10-01", "Decisions go out after closing"),
        ("grace_minutes", "²", "whole number in digits"),
        ("grace_minutes", "-1", "from 0 to 1440"),
    ],
)
def test_a_date_that_cannot_be_is_refused_at_its_field(
    staff: FlaskClient, draft: Round, name: str, typed: str, part: str
) -> None:
    data = form_of(staff.get(path_of(draft, "dates"))) | {name: typed}
    before = trace()
    answer = staff.post(path_of(draft, "dates"), data=data, headers=PART)
    error = re.findall(rf'id="{name}-error">.*?</svg> (.*?)</p>', answer.text, re.DOTALL)
    assert (answer.status_code, [part in one for one in error], trace()) == (422, [True], before)


@pytest.mark.parametrize("fold, offset", [("0", "-04:00"), ("1", "-05:00")])
def test_an_hour_that_comes_twice_is_asked_about(staff: FlaskClient, draft: Round, fold: str, offset: str) -> None:
    typed = form_of(staff.get(path_of(draft, "dates"))) | {"closes_at": "2026-11-01T01:30"}
    asked = staff.post(path_of(draft, "dates"), data=typed | {"review_from": "2026-11-02"}, headers=PART).text
    assert "The first one (1:30 AM EDT)" in asked
    assert "The second one (1:30 AM EST)" in asked
    assert staff.post(path_of(draft, "dates"), data=typed | {"closes_at-fold": fold}).status_code == 303
    assert draft.closes_at == moment_of(f"2026-11-01T01:30:00{offset}")
    shown = staff.get(path_of(draft, "dates")).text
    assert re.findall(r'name="closes_at-fold" value="(\d)" checked', shown) == [fold]


def test_an_open_round_shows_what_is_locked_and_why(staff: FlaskClient, community: Community) -> None:
    round = a_round(community)
    lines = lines_of(staff.get(path_of(round, "dates")).text)
    assert {
        "The round has opened.",
        "Letters are being written. What districts answer, sign and plan by stays.",
    } <= set(lines)
    question = round.sections[0].questions[0]
    page = staff.get(path_of(round, f"questions/{question.id}")).text
    assert 'name="label"' in page
    assert 'name="section_id"' not in page
    assert any("Every district is asked the same" in line for line in lines_of(page))
    assert 'name="do"' not in staff.get(path_of(round, "questions")).text


def test_what_is_locked_is_not_taken_from_a_form_either(staff: FlaskClient, community: Community) -> None:
    round = a_round(community)
    typed = form_of(staff.get(path_of(round, "letter"))) | {"slug": "other", "community_id": "2", "published_at": ""}
    assert staff.post(path_of(round, "letter"), data=typed).status_code == 303
    assert (round.slug, round.community_id, round.published_at is None) == ("round-2026", community.id, False)


def test_an_earlier_closing_is_refused_at_its_field(staff: FlaskClient, community: Community) -> None:
    round = a_round(community)
    typed = form_of(staff.get(path_of(round, "dates"))) | {"closes_at": "2026-10-29T17:00"}
    answer = staff.post(path_of(round, "dates"), data=typed)
    assert (answer.status_code, "It can only be moved later." in answer.text) == (422, True)
    assert round.closes_at == moment_of("2026-10-30 17:00")


def test_after_closing_a_chapter_that_is_over_has_no_form(staff: FlaskClient, community: Community, at: Stop) -> None:
    round = a_round(community)
    at(AFTER)
    page = staff.get(path_of(round, "eligibility")).text
    assert 'name="seen"' not in page
    assert "The round has closed. What districts read stays as it was." in lines_of(page)


def test_the_second_of_two_sees_both_texts_and_may_then_save(
    staff: FlaskClient, draft: Round, coordinator: Account
) -> None:
    mine = form_of(staff.get(path_of(draft, "letter"))) | {"summary": "Mine", "title": "My title"}
    theirs = Typed({"summary": "Theirs", "letter_text": draft.letter_text}, marks_of({"summary": draft.summary}))
    building.write_letter(draft, theirs, by=coordinator)
    answer = staff.post(path_of(draft, "letter"), data=mine, headers=PART)
    lines = lines_of(answer.text)
    assert (answer.status_code, "A colleague wrote meanwhile: Theirs" in lines, "Mine" in lines) == (409, True, True)
    assert (draft.summary, draft.title.startswith("Letter of")) == ("Theirs", True)
    again = {**mine, "seen": re.findall(r'name="seen" type="hidden" value="([^"]+)"', answer.text)[0]}
    assert staff.post(path_of(draft, "letter"), data=again).status_code == 303
    assert (draft.summary, draft.title) == ("Mine", "My title")


def test_what_was_typed_for_a_thing_that_is_gone_can_be_copied(staff: FlaskClient, draft: Round) -> None:
    commitment = draft.commitments[0]
    path = path_of(draft, f"commitments/{commitment.id}/details")
    staff.post(path_of(draft, f"commitments/{commitment.id}/removal"))
    answer = staff.post(path, data={"text": "My long <b>text</b>", "who": "team"})
    assert (answer.status_code, "My long <b>text</b>" in lines_of(answer.text)) == (404, True)


def test_a_commitment_is_added_moved_and_taken_out(staff: FlaskClient, draft: Round) -> None:
    assert staff.post(path_of(draft, "commitments/new"), data={"text": "", "who": "team"}).status_code == 422
    staff.post(path_of(draft, "commitments/new"), data={"text": "Come", "who": "team"})
    last = draft.commitments[2].id
    moved = staff.post(path_of(draft, "commitments/order"), data={"do": f"commitment:up:{last}"}, headers=PART)
    assert (moved.status_code, "“Come” is moved up." in moved.text) == (200, True)
    assert [one.code for one in draft.commitments] == ["c1", "c3", "c2"]
    assert "Take out this commitment?" in staff.get(path_of(draft, f"commitments/{last}/removal")).text
    assert staff.post(path_of(draft, f"commitments/{last}/removal")).location == path_of(draft, "commitments")
    assert [one.code for one in draft.commitments] == ["c1", "c2"]


@pytest.mark.parametrize(
    "pressed", ["", "commitment", "commitment:sideways:1", "dean:up:1", "commitment:up:²", "commitment:up:" + "9" * 30]
)
def test_a_button_that_is_none_is_no_mistake_of_ours(staff: FlaskClient, draft: Round, pressed: str) -> None:
    before = trace()
    assert staff.post(path_of(draft, "commitments/order"), data={"do": pressed}).status_code in (400, 404)
    assert trace() == before


def test_info_sessions_are_typed_in_local_time(staff: FlaskClient, draft: Round) -> None:
    typed = {"at": "2026-10-07T15:30", "minutes": "30", "mode": "online", "join_link": "zoom", "capacity": ""}
    assert staff.post(path_of(draft, "info-sessions/new"), data=typed).status_code == 422
    staff.post(path_of(draft, "info-sessions/new"), data=typed | {"join_link": "https://example.org/meet"})
    made = draft.info_sessions[1]
    assert (made.at, made.minutes, made.capacity) == (moment_of("2026-10-07 15:30"), 30, None)
    late = typed | {"at": "2026-12-07T15:30", "join_link": ""}
    answer = staff.post(path_of(draft, "info-sessions/new"), data=late, headers=PART)
    assert (answer.status_code, "before letters close" in answer.text, "2026-12-07T15:30" in answer.text) == (
        409,
        True,
        True,
    )


def test_weights_are_set_together(staff: FlaskClient, draft: Round) -> None:
    one, two = draft.criteria
    typed = form_of(staff.get(path_of(draft, "rubric"))) | {f"weight-{one.id}": "70", "scale": "Not yet\nStrong"}
    wrong = staff.post(path_of(draft, "rubric"), data=typed, headers=PART)
    assert (wrong.status_code, "The weights add to 110." in wrong.text) == (422, True)
    assert staff.post(path_of(draft, "rubric"), data=typed | {f"weight-{two.id}": "30"}).status_code == 303
    assert ([row.weight for row in draft.criteria], [level["label"] for level in draft.scale]) == (
        [70, 30],
        ["Not yet", "Strong"],
    )


def test_how_letters_are_read_is_set_within_the_scale(staff: FlaskClient, draft: Round) -> None:
    assert "Names are hidden from reviewers, not from staff" in staff.get(path_of(draft, "rubric")).text
    typed = form_of(staff.get(path_of(draft, "rubric"))) | {"scale": "Not yet\nClear\nStrong", "is_blind": "y"}
    for name, number, sentence in (
        ("comment_up_to", "4", "Give a number from 0 to 3."), ("spread_flag", "3", "at most 2 apart"),
        ("waitlist_reply_days", "0", "Give a number from 1 to 60."), ("comment_up_to", "-1", "from 0 to 7"),
    ):  # fmt: skip
        wrong = staff.post(path_of(draft, "rubric"), data=typed | {name: number}, headers=PART)
        assert (name, wrong.status_code, sentence in wrong.text, draft.is_blind) == (name, 422, True, False)
    staff.post(path_of(draft, "rubric"), data=typed | {"comment_up_to": "2", "waitlist_reply_days": "10"})
    assert (draft.is_blind, draft.comment_up_to, draft.spread_flag, draft.waitlist_reply_days) == (True, 2, 2, 10)


def test_a_criterion_has_words_for_each_level_and_questions_to_read(staff: FlaskClient, draft: Round) -> None:
    draft.scale = [{"value": 1, "label": "Not yet"}, {"value": 2, "label": "Strong"}]
    db.session.commit()
    typed = {"label": "Team", "level_1": "Nobody", "level_2": "", "question_codes": ["q2"]}
    assert staff.post(path_of(draft, "criteria/new"), data=typed).status_code == 303
    made = draft.criteria[2]
    assert (made.label, made.levels, made.question_codes) == ("Team", {"1": "Nobody"}, ["q2"])
    page = staff.get(path_of(draft, f"criteria/{made.id}/details"))
    assert any(line.startswith("1 Not yet") for line in lines_of(page.text))
    assert staff.post(path_of(draft, "criteria/new"), data=typed | {"question_codes": ["q99"]}).status_code == 422


def test_publishing_shows_a_check_list_first(staff: FlaskClient, community: Community) -> None:
    round = a_draft(community, capacity=0, opens_at=SOON)
    lines = lines_of(staff.get(path_of(round, "publish")).text)
    assert {"Not ready yet", "Say how many places there are.", "Good to have"} <= set(lines)
    assert staff.post(path_of(round, "publish"), headers=PART).status_code == 409
    assert round.published_at is None


def test_a_round_is_published_and_that_is_on_record(staff: FlaskClient, community: Community) -> None:
    round = a_draft(community, opens_at=SOON)
    assert "typed" not in form_names(staff.get(path_of(round, "publish")).text)
    assert staff.post(path_of(round, "publish")).location == path_of(round)
    assert round.published_at is not None
    assert [row.action for row in db.session.query(Audit).filter_by(action="published a round")] == [
        "published a round"
    ]
    assert "This round is published" in staff.get(path_of(round, "publish")).text


def test_what_opens_at_once_is_published_with_its_words(staff: FlaskClient, draft: Round) -> None:
    assert "typed" in form_names(staff.get(path_of(draft, "publish")).text)
    assert staff.post(path_of(draft, "publish"), data={"typed": "yes"}).status_code == 409
    staff.post(path_of(draft, "publish"), data={"typed": "Letter of Invitation 2026"})
    assert draft.published_at is not None


def form_names(html: str) -> list[str]:
    return re.findall(r'name="([^"]+)"', html)


def test_the_copy_shows_old_and_new_dates_and_takes_what_is_typed(staff: FlaskClient, community: Community) -> None:
    round = a_round(community)
    page = staff.get(path_of(round, "copy"))
    assert "Mon, Sep 14, 2026, 9:00 AM ET → Mon, Sep 13, 2027, 9:00 AM ET" in lines_of(page.text)
    typed = dict(re.findall(r'name="([^"]+)"[^>]* value="([^"]*)"', page.text))
    typed |= {"title": "Next", "closes_at": "2027-11-01T17:00", "review_from": "2027-11-02"}
    bad = staff.post(path_of(round, "copy"), data=typed | {"decisions_on": "2027-10-01"}, headers=PART)
    assert (bad.status_code, 'id="decisions_on-error"' in bad.text) == (422, True)
    to = staff.post(path_of(round, "copy"), data=typed).location
    made = db.session.query(Round).filter_by(copied_from_id=round.id).one()
    assert (to, made.title, made.closes_at) == (path_of(made), "Next", moment_of("2027-11-01 17:00"))
    assert made.info_sessions[0].at == moment_of("2027-09-22 15:30")


def test_the_history_shows_before_and_after(staff: FlaskClient, draft: Round) -> None:
    typed = form_of(staff.get(path_of(draft, "letter"))) | {"summary": "After <i>this</i>"}
    staff.post(path_of(draft, "letter"), data=typed)
    lines = lines_of(staff.get(path_of(draft)).text)
    assert "Coordinator changed the letter" in " ".join(lines)
    assert {"A short letter about a year of learning together.", "After <i>this</i>"} <= set(lines)
