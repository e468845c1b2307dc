"""What staff see of a round: numbers, states, sending and closing, and who may not see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.accounts.operations import find_or_open_account, grant_permission
from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.audit import Audit
from portal.core.db import db, transaction
from portal.core.history import history_of
from portal.core.outbox import Outgoing
from portal.letters.glance import Counts, counts_of, drawing_of
from portal.letters.invitations import answer_interested, answer_not_this_year
from portal.letters.jobs import note_unsent_letters
from portal.rounds.models import Extension, Invitation, Round
from portal.rounds.operations import mark_opened
from tests.conftest import moment_of
from tests.rounds.builders import AFTER, BEFORE, OPEN, a_draft, a_round, a_sent_invitation, an_invitation
from tests.rounds.pages import lines_of

Stop = Callable[[str], datetime]
PART = {"HX-Request": "true"}
TYPED = {"reason": "Enough letters", "typed": "Letter of Invitation 2026"}


@pytest.fixture
def community(app: Flask, at: Stop) -> Community:
    at(OPEN)
    return create_community(slug="eclc", name="Example Learning Community", kind="district_network")


@pytest.fixture
def staff(client: FlaskClient, community: Community, sign_in: Callable) -> FlaskClient:
    account = grant_permission(community, email="coordinator@example.org", kind="staff", name="Coordinator")
    return sign_in(client, account)


def districts_at_every_step(round: Round) -> list[Invitation]:
    """Six invitations: prepared, sent, opened, not this year, interested, letter submitted."""
    made = [an_invitation(round, to_email="prepared@example.org")]
    made += [a_sent_invitation(round, to_email=f"s{number}@example.org") for number in range(5)]
    mark_opened(made[2])
    answer_not_this_year(made[3], reason="A new superintendent comes.")
    answer_interested(made[4], name="Director", email="director@example.org")
    answer_interested(made[5], name="Coach", email="coach@example.org").status = "submitted"
    db.session.commit()
    return made


def test_each_step_counts_the_districts_that_reached_it(community: Community) -> None:
    round = a_round(community)
    districts_at_every_step(round)
    counts = counts_of(round)
    assert counts == Counts(prepared=1, invited=5, opened=4, answered=3, interested=2, started=2, submitted=1)
    assert (counts.silent, counts.not_this_year) == (2, 1)


def test_a_round_without_invitations_counts_nothing(community: Community) -> None:
    assert counts_of(a_round(community)) == Counts()


def test_another_round_is_not_counted(community: Community) -> None:
    districts_at_every_step(a_round(community))
    assert counts_of(a_round(community, slug="other")) == Counts()


@pytest.mark.parametrize(
    "steps, bars",
    [
        ([4, 2, 0], [(0, 14, 48), (12, 66, 24), (24, 118, 0)]),
        ([0, 0], [(24, 14, 0), (24, 66, 0)]),
        ([1, 2], [(12, 14, 24), (0, 66, 48)]),
    ],
)
def test_the_drawing_is_as_wide_as_the_numbers(steps: list[int], bars: list[tuple[float, int, float]]) -> None:
    drawing = drawing_of(steps)
    assert (drawing.bars, drawing.height, len(drawing.slopes)) == (bars, 52 * len(steps), len(steps) - 1)


def test_a_slope_leads_from_one_bar_to_the_next() -> None:
    assert drawing_of([4, 2]).slopes == ["M0 20H48L36 58H12z"]


def test_staff_see_numbers_in_a_table_and_the_state_of_each_district(staff: FlaskClient, community: Community) -> None:
    districts_at_every_step(a_round(community))
    shown = lines_of(staff.get("/eclc/staff/").text)
    start = shown.index("From invitation to letter")
    assert shown[start + 2 : start + 7] == ["5", "Invited", "1 more is prepared", "4", "Opened the letter"]
    assert "1 letter in, 1 letter being written, 3 places. 2 districts have not answered yet." in shown
    assert "“A new superintendent comes.”" in shown
    for state in ("Prepared", "Sent", "Opened", "Not this year", "Interested", "submitted", "being written"):
        assert (state, state in shown) == (state, True)


def test_after_closing_nobody_is_said_to_be_writing_still(staff: FlaskClient, community: Community, at: Stop) -> None:
    round = a_round(community)
    districts_at_every_step(round)
    at(AFTER)
    note_unsent_letters()
    assert counts_of(round) == Counts(
        prepared=1, invited=5, opened=4, answered=3, interested=2, started=2, submitted=1, over=1
    )
    shown = lines_of(staff.get("/eclc/staff/").text)
    assert "1 letter in, 1 not submitted or withdrawn, 3 places. 2 districts did not answer." in shown


def test_a_district_that_was_given_more_time_is_said_to_be_writing(
    staff: FlaskClient, community: Community, at: Stop
) -> None:
    round = a_round(community)
    writing = districts_at_every_step(round)[4]
    at(AFTER)
    with transaction():
        until = moment_of("2026-11-20 17:00")
        db.session.add(Extension(
            round_id=round.id, district_id=writing.district_id, until=until, reason="Snow.", granted_at=moment_of(AFTER)
        ))  # fmt: skip
    note_unsent_letters()
    assert (counts_of(round).writing, counts_of(round).over) == (1, 0)
    assert "1 letter in, 1 letter being written, 3 places. 2 districts did not answer." in lines_of(
        staff.get("/eclc/staff/").text
    )


@pytest.mark.parametrize(
    "show, addresses",
    [
        ("prepared", ["prepared"]),
        ("silent", ["s0", "s1"]),
        ("interested", ["s3", "s4"]),
        ("not-this-year", ["s2"]),
        ("nonsense", ["prepared", "s0", "s1", "s2", "s3", "s4"]),
    ],
)
def test_the_list_can_be_narrowed_by_address(
    staff: FlaskClient, community: Community, show: str, addresses: list[str]
) -> None:
    districts_at_every_step(a_round(community))
    shown = lines_of(staff.get(f"/eclc/staff/?show={show}").text)
    assert [line.partition("@")[0] for line in shown if line.endswith("@example.org")] == addresses


@pytest.mark.parametrize("name", ["eclc", "ecet2"])
def test_without_a_round_the_page_says_what_will_stand_here(
    client: FlaskClient, community: Community, sign_in: Callable, name: str
) -> None:
    place = community if name == "eclc" else create_community(slug=name, name="ECET2", kind="teacher_network")
    sign_in(client, grant_permission(place, email="c@example.org", kind="staff"))
    assert "There is no Letter of Invitation yet." in lines_of(client.get(f"/{name}/staff/").text)


def test_a_draft_is_shown_to_staff_as_a_draft(staff: FlaskClient, community: Community) -> None:
    a_draft(community)
    shown = lines_of(staff.get("/eclc/staff/").text)
    assert "Draft: visitors do not see it yet" in shown
    assert "Close now" not in shown


def test_next_years_round_has_its_own_page_while_this_years_is_open(staff: FlaskClient, community: Community) -> None:
    a_round(community)
    coming = a_draft(community, slug="next", title="Letter of Invitation 2027")
    an_invitation(coming, to_email="next@example.org")
    page = staff.get("/eclc/staff/?round=next").text
    shown = lines_of(page)
    assert ("Letter of Invitation 2027" in shown, "next@example.org" in shown) == (True, True)
    assert f'href="/eclc/staff/rounds/{coming.id}/preview"' in page  # visitors see the other one
    assert "See the letter as visitors do" not in shown
    assert "/eclc/staff/?round=next&amp;show=prepared" in page


def test_of_the_round_that_visitors_see_staff_can_go_and_look(staff: FlaskClient, community: Community) -> None:
    round = a_round(community)
    shown = lines_of(staff.get(f"/eclc/staff/?round={round.slug}").text)
    assert "See the letter as visitors do" in shown
    assert "Preview it as a district" not in shown


def test_a_short_name_of_no_round_is_no_page(staff: FlaskClient, community: Community) -> None:
    a_round(community)
    a_draft(create_community(slug="other", name="Other", kind="district_network"), slug="foreign")
    assert [staff.get(f"/eclc/staff/?round={slug}").status_code for slug in ("foreign", "gone", "")] == [404] * 3


@pytest.mark.parametrize("rest", ["invitations", "invitations/districts", "invitations/list", "sending", "calls"])
def test_every_page_about_invitations_leads_back_to_its_own_round(
    staff: FlaskClient, community: Community, rest: str
) -> None:
    a_round(community)
    coming = a_draft(community, slug="next")
    page = staff.get(f"/eclc/staff/rounds/{coming.id}/{rest}").text
    assert '<a href="/eclc/staff/?round=next">Round at a glance</a>' in page


@pytest.mark.parametrize("moment, may_close", [(BEFORE, False), (OPEN, True), (AFTER, False)])
def test_close_now_is_offered_only_while_the_round_is_open(
    staff: FlaskClient, community: Community, at: Stop, moment: str, may_close: bool
) -> None:
    a_round(community)
    at(moment)
    assert ("Close now" in lines_of(staff.get("/eclc/staff/").text)) == may_close


ADDRESSES = ["/eclc/staff/", "/eclc/staff/rounds/{}/closing", "/eclc/staff/rounds/{}/sending"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_staff_come_in(client: FlaskClient, community: Community, sign_in: Callable, address: str) -> None:
    path = address.format(a_round(community).id)
    assert client.get(path).status_code == 303
    sign_in(client, find_or_open_account(email="educator@example.org"))
    assert client.get(path).status_code == 403
    sign_in(client, grant_permission(community, email="reviewer@example.org", kind="reviewer"))
    assert client.get(path).status_code == 403
    other = create_community(slug="other", name="Other", kind="district_network")
    sign_in(client, grant_permission(other, email="staff@example.org", kind="admin"))
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("address", ADDRESSES[1:])
def test_others_change_nothing(client: FlaskClient, community: Community, sign_in: Callable, address: str) -> None:
    round = a_round(community)
    waiting = an_invitation(round)
    sign_in(client, grant_permission(community, email="reviewer@example.org", kind="reviewer"))
    answer = client.post(address.format(round.id), data={**TYPED, "invitation": str(waiting.id)})
    assert (answer.status_code, round.closed_early_at, waiting.sent_at) == (403, None, None)


@pytest.mark.parametrize("address", ADDRESSES[1:])
@pytest.mark.parametrize("number", ["{foreign}", "0", "-1", str(2**63), "9" * 20, "²", "x"])
def test_a_round_of_elsewhere_is_no_page(staff: FlaskClient, community: Community, address: str, number: str) -> None:
    foreign = a_round(create_community(slug="other", name="Other", kind="district_network"))
    path = address.format(number.format(foreign=foreign.id))
    assert staff.get(path).status_code == 404
    assert staff.post(path, data=TYPED).status_code in {404, 405}  # what is no number matches no door at all
    assert foreign.closed_early_at is None


def test_sending_shows_who_and_how_many_first(staff: FlaskClient, community: Community) -> None:
    round = a_round(community)
    waiting = [an_invitation(round, to_email=f"s{number}@example.org") for number in range(3)]
    shown = lines_of(staff.get(f"/eclc/staff/rounds/{round.id}/sending?invitation={waiting[1].id}").text)
    assert ("Send 1 letter?" in shown, "s1@example.org" in shown, "s0@example.org" in shown) == (True, True, False)
    assert any(line.startswith("(The private link of this district stands here.)") for line in shown)
    assert "Send 3 letters?" in lines_of(staff.get(f"/eclc/staff/rounds/{round.id}/sending").text)
    assert db.session.query(Outgoing).count() == 0


def test_sending_sends_the_chosen_ones_only(staff: FlaskClient, community: Community) -> None:
    round = a_round(community)
    waiting = [an_invitation(round, to_email=f"s{number}@example.org") for number in range(3)]
    foreign = an_invitation(a_round(community, slug="other"))
    chosen = [str(waiting[0].id), str(waiting[2].id), str(foreign.id), "x", "9" * 30]
    response = staff.post(f"/eclc/staff/rounds/{round.id}/sending", data={"invitation": chosen})
    progress = f"/eclc/staff/rounds/{round.id}/sending/progress"
    assert (response.status_code, response.headers["Location"]) == (303, progress)
    assert [bool(one.sent_at) for one in [*waiting, foreign]] == [True, False, True, False]
    assert "2 letters are on the way." in staff.get(progress).text


def test_sending_again_sends_nothing(staff: FlaskClient, community: Community) -> None:
    invitation = an_invitation(a_round(community))
    for _ in range(2):
        staff.post(f"/eclc/staff/rounds/{invitation.round_id}/sending", data={"invitation": str(invitation.id)})
    assert db.session.query(Outgoing).count() == 1


def test_choosing_none_on_the_last_step_sends_none(staff: FlaskClient, community: Community) -> None:
    invitation = an_invitation(a_round(community))
    staff.post(f"/eclc/staff/rounds/{invitation.round_id}/sending")
    assert (invitation.sent_at, db.session.query(Outgoing).count()) == (None, 0)


def test_after_closing_nothing_can_be_sent(staff: FlaskClient, community: Community, at: Stop) -> None:
    invitation = an_invitation(a_round(community))
    at(AFTER)
    path = f"/eclc/staff/rounds/{invitation.round_id}/sending"
    assert "Letters cannot leave now" in lines_of(staff.get(path).text)
    assert staff.post(path, data={"invitation": str(invitation.id)}).status_code == 303
    assert "Letters leave once the round is published and until it closes." in staff.get("/eclc/staff/").text
    assert invitation.sent_at is None


def audited() -> list[Audit]:
    return db.session.query(Audit).filter_by(action="closed a round early").all()


def closing_of(round: Round) -> str:
    return f"/eclc/staff/rounds/{round.id}/closing"


def test_closing_asks_first_and_says_what_it_means(staff: FlaskClient, community: Community) -> None:
    round = a_round(community)
    districts_at_every_step(round)
    shown = lines_of(staff.get(closing_of(round)).text)
    assert "Type “Letter of Invitation 2026” to confirm" in shown
    assert "1, which become read-only and are not submitted" in shown
    assert round.closed_early_at is None


def test_closing_closes_at_once_with_history_and_audit(staff: FlaskClient, community: Community, at: Stop) -> None:
    round = a_round(community)
    response = staff.post(closing_of(round), data=TYPED)
    assert (response.status_code, response.headers["Location"]) == (303, f"/eclc/staff/?round={round.slug}")
    assert (round.closed_early_at, round.closed_early_reason) == (at(OPEN), "Enough letters")
    assert [(row.verb, row.by_name) for row in history_of(round)][-1] == ("close early", "Coordinator")
    assert [line.note for line in audited()] == ["Enough letters"]
    assert "Closed early: Enough letters" in lines_of(staff.get("/eclc/staff/").text)


@pytest.mark.parametrize(
    "typed, status, sentence",
    [
        ({"typed": "Letter of Invitation 2026"}, 422, "Say why the round closes early."),
        ({"reason": "x" * 1001, "typed": "x"}, 422, "Shorten the reason to 1,000 characters."),
        ({"reason": "Enough letters", "typed": "close"}, 409, "Type “Letter of Invitation 2026” to confirm that"),
        ({"reason": "Enough letters"}, 409, "Type “Letter of Invitation 2026” to confirm that"),
    ],
)
@pytest.mark.parametrize("headers", [{}, PART])
def test_closing_without_reason_or_words_changes_nothing(
    staff: FlaskClient, community: Community, typed: dict[str, str], status: int, sentence: str, headers: dict[str, str]
) -> None:
    round = a_round(community)
    response = staff.post(closing_of(round), data=typed, headers=headers)
    assert (response.status_code, sentence in response.text) == (status, True)
    assert typed.get("reason", "") in response.text
    assert (round.closed_early_at, audited()) == (None, [])


def test_a_round_that_is_not_open_cannot_be_closed(staff: FlaskClient, community: Community, at: Stop) -> None:
    round = a_round(community)
    at(AFTER)
    assert "This round is not open" in lines_of(staff.get(closing_of(round)).text)
    assert staff.post(closing_of(round), data=TYPED).status_code == 409
    assert round.closed_early_at is None


def test_the_page_needs_as_many_queries_for_one_as_for_300_districts(
    staff: FlaskClient, community: Community, count_queries: Callable
) -> None:
    round = a_round(community)
    districts_at_every_step(round)
    with count_queries() as few:
        staff.get("/eclc/staff/")
    for number in range(60):
        an_invitation(round, to_email=f"more{number}@example.org")
    with count_queries() as many:
        assert staff.get("/eclc/staff/").status_code == 200
    assert len(many) == len(few)
    assert len(many) <= 10
