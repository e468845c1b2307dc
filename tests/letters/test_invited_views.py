"""Pages on which staff look after invitations: the list and its file, one invitation, calls, reminders, progress."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.communities.models import Community
from portal.communities.operations import create_community
from portal.core.db import db
from portal.core.history import history_of
from portal.core.outbox import Outgoing
from portal.rounds.models import Invitation, Round
from portal.rounds.operations import answer_not_this_year, mark_opened
from tests.letters.staff_pages import PART, a_coordinator, audited, outsiders, row_of
from tests.rounds.builders import (
    AFTER,
    OPEN,
    a_draft,
    a_round,
    a_sent_invitation,
    an_asked_question,
    an_invitation,
    an_invited_district,
)
from tests.rounds.pages import lines_of
from tests.rounds.traces import Stop, trace, verbs

NUMBERS = ["{foreign}", "0", "-1", str(2**63), "9" * 20, "²", "x"]


@pytest.fixture
def community(app: Flask, at: Stop) -> Community:
    at(OPEN)
    return create_community(slug="eclc", name="Example Learning Community", kind="district_network")


@pytest.fixture
def staff(client: FlaskClient, community: Community, sign_in: Callable) -> FlaskClient:
    return a_coordinator(community, client, sign_in)


@pytest.fixture
def round(community: Community) -> Round:
    return a_round(community)


@pytest.fixture
def sent(round: Round) -> Invitation:
    return a_sent_invitation(round, an_invited_district(name="Beverly", short_name="", phone="(978) 555-0100"))


@pytest.fixture
def foreign(community: Community) -> Invitation:
    """An invitation of another community."""
    other = create_community(slug="other", name="Other", kind="district_network")
    return a_sent_invitation(a_round(other), an_invited_district(name="Foreign"))


def listed(answer: TestResponse) -> list[str]:
    return [line.partition("@")[0] for line in lines_of(answer.text) if line.endswith("@example.org")]


def of(invitation: Invitation, path: str = "") -> str:
    return f"/eclc/staff/invitations/{invitation.id}{path}"


def in_round(round: Round, path: str) -> str:
    return f"/eclc/staff/rounds/{round.id}/{path}"


def test_the_list_is_narrowed_by_the_address_and_counts_every_state(staff: FlaskClient, round: Round) -> None:
    an_invitation(round, to_email="a@example.org")
    opened, declined = (a_sent_invitation(round, to_email=f"{name}@example.org") for name in "bc")
    mark_opened(opened)
    answer_not_this_year(declined, reason="A new building")
    page = staff.get(in_round(round, "invitations"))
    assert listed(page) == ["a", "b", "c"]
    tabs = page.text.partition('aria-label="Which invitations"')[2].partition("</nav>")[0]
    assert lines_of(f"<nav {tabs}") == [
        "All 3", "Not sent 1", "No answer yet 1", "Opened 1", "Interested 0", "Not this year 1",
    ]  # fmt: skip
    assert listed(staff.get(in_round(round, "invitations?show=opened"))) == ["b"]
    assert listed(staff.get(in_round(round, "invitations?show=nonsense"))) == ["a", "b", "c"]
    assert "“A new building”" in lines_of(staff.get(in_round(round, "invitations?show=not-this-year")).text)


def test_a_draft_has_invitations_too(staff: FlaskClient, community: Community) -> None:
    draft = a_draft(community)
    shown = lines_of(staff.get(in_round(draft, "invitations")).text)
    assert ("Nobody is invited yet." in shown, "Choose districts" in shown) == (True, True)
    an_invitation(draft)
    assert "Preview before sending" not in lines_of(staff.get(in_round(draft, "invitations")).text)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_file_holds_the_list_exactly_as_narrowed_and_is_audited(
    staff: FlaskClient, round: Round, form: str
) -> None:
    an_invitation(round)
    opened = a_sent_invitation(round, to_name="=cmd()", to_email="b@example.org")
    mark_opened(opened)
    answer = staff.get(in_round(round, f"invitations.{form}?show=opened"))
    assert (answer.status_code, f"round-2026-opened.{form}" in answer.headers["Content-Disposition"]) == (200, True)
    assert [(line.subject_id, line.note, line.data) for line in audited("exported invitations")] == [
        (round.id, "opened", {"rows": 1, "form": form})
    ]
    if form == "csv":
        head, *rows = csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
        cells = dict(zip(head, rows[0], strict=True))
        assert (len(rows), cells["Addressed to"], cells["Invitation"], cells["Opened"]) == (
            1, "'=cmd()", "Opened", "2026-10-01 09:00",
        )  # fmt: skip


def test_no_other_kind_of_file_is_there(staff: FlaskClient, round: Round) -> None:
    assert staff.get(in_round(round, "invitations.pdf")).status_code == 404


def test_one_invitation_shows_whom_to_call_and_what_happened(staff: FlaskClient, sent: Invitation) -> None:
    an_asked_question(sent.round, sent, text="What does it cost?")
    page = staff.get(of(sent))
    shown = lines_of(page.text)
    for words in ("Beverly", "(978) 555-0100", "superintendent@example.org", "What does it cost?", "Asked a question"):
        assert (words, words in shown) == (words, True)
    assert 'href="tel:(978)555-0100"' in page.text
    assert "A question of theirs waits on the desk." in shown


@pytest.mark.parametrize("headers", [{}, PART])
def test_what_was_said_is_kept(staff: FlaskClient, sent: Invitation, headers: dict[str, str]) -> None:
    answer = staff.post(of(sent, "/calls"), data={"said": "Back next week"}, headers=headers)
    assert answer.status_code == (200 if headers else 303)
    assert [(row.verb, row.note, row.by_name) for row in history_of(sent)][-1] == (
        "call", "Back next week", "Coordinator",
    )  # fmt: skip
    if headers:
        assert "Back next week" in lines_of(answer.text)


def test_without_scripts_one_comes_back_to_the_place_in_the_call_list(staff: FlaskClient, sent: Invitation) -> None:
    here = f"http://127.0.0.1:8000{in_round(sent.round, 'calls')}?page=1"
    answer = staff.post(of(sent, "/calls"), data={"said": "Back"}, headers={"Referer": here})
    assert answer.location == f"{in_round(sent.round, 'calls')}?page=1#invitation-{sent.id}"
    answer = staff.post(of(sent, "/calls"), data={"said": "Again"}, headers={"Referer": "https://evil.example/calls"})
    assert answer.location == f"{of(sent)}#invitation-{sent.id}"


@pytest.mark.parametrize("path", ["/calls", "/refusal", "/bounce"])
@pytest.mark.parametrize("headers", [{}, PART])
@pytest.mark.parametrize(
    "said, sentence",
    [("", "Write what was said, in a few words."), ("x" * 2001, "Shorten the note to 2,000 characters."),
     ("Her number is 123-45-6789.", "Social Security number")],
)  # fmt: skip
def test_a_slip_changes_nothing_and_loses_nothing(
    staff: FlaskClient, sent: Invitation, path: str, headers: dict[str, str], said: str, sentence: str
) -> None:
    before = trace()
    answer = staff.post(of(sent, path), data={"said": said}, headers=headers)
    assert (answer.status_code, sentence in answer.text, said in answer.text) == (422, True, True)
    assert trace() == before


def test_sent_once_more_by_a_press(staff: FlaskClient, sent: Invitation) -> None:
    for words in ("The letter is on its way once more", "It was sent once more just now"):
        answer = staff.post(of(sent, "/resending"), headers=PART)
        assert (answer.status_code, words in answer.text) == (200, True)
    assert verbs(sent) == ["prepare", "send", "resend"]


def test_not_this_year_on_the_phone(staff: FlaskClient, sent: Invitation) -> None:
    answer = staff.post(of(sent, "/refusal"), data={"said": "A new building"}, headers=PART)
    assert (answer.status_code, "Not this year" in lines_of(answer.text)) == (200, True)
    assert (row_of(sent).answer, sent.reason) == ("not_this_year", "A new building")
    again = staff.post(of(sent, "/refusal"), data={"said": "Twice"}, headers=PART)
    assert (again.status_code, "This district has answered already." in again.text) == (409, True)


def test_a_late_return_is_marked(staff: FlaskClient, sent: Invitation) -> None:
    staff.post(of(sent, "/bounce"), data={"said": "Mailbox full"})
    assert (row_of(sent).bounce_note, sent.bounced_at is None) == ("Mailbox full", False)
    assert "Mailbox full" in lines_of(staff.get(in_round(sent.round, "invitations?show=bounced")).text)


def test_a_prepared_invitation_is_withdrawn_and_a_sent_one_is_not(
    staff: FlaskClient, round: Round, sent: Invitation
) -> None:
    prepared = an_invitation(round)
    answer = staff.post(of(prepared, "/withdrawal"))
    assert answer.location == in_round(round, "invitations?show=prepared")
    assert staff.get(of(prepared)).status_code == 404
    assert staff.post(of(sent, "/withdrawal"), headers=PART).status_code == 409
    assert row_of(sent).withdrawn_at is None


def test_another_contact_is_audited_with_before_and_after(staff: FlaskClient, sent: Invitation) -> None:
    typed = {"to_name": "New Head", "to_email": "New@Example.org"}
    shown = lines_of(staff.get(of(sent, "/contact")).text)
    assert any("The link that went to Superintendent stops working" in line for line in shown)
    for _ in range(2):
        assert staff.post(of(sent, "/contact"), data=typed).location == of(sent)
    assert (row_of(sent).to_email, sent.to_name) == ("new@example.org", "New Head")
    assert [(line.subject_id, line.data) for line in audited("changed a contact")] == [
        (sent.id, {"before": "superintendent@example.org", "after": "new@example.org"})
    ]


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ({"to_name": "", "to_email": "new@example.org"}, "Give the name of the person"),
        ({"to_name": "X", "to_email": "new"}, "Give one mail address"),
        ({"to_name": "x" * 121, "to_email": "new@example.org"}, "Shorten the name to 120 characters."),
    ],
)
@pytest.mark.parametrize("headers", [{}, PART])
def test_a_contact_with_a_slip_changes_nothing(
    staff: FlaskClient, sent: Invitation, typed: dict[str, str], sentence: str, headers: dict[str, str]
) -> None:
    answer = staff.post(of(sent, "/contact"), data=typed, headers=headers)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert (row_of(sent).to_email, audited("changed a contact")) == ("superintendent@example.org", [])


def test_the_dead_link_only_tells_that_somebody_else_has_the_letter(
    staff: FlaskClient, sent: Invitation, mailbox: Callable, app: Flask
) -> None:
    [first] = mailbox()
    staff.post(of(sent, "/contact"), data={"to_name": "New Head", "to_email": "new@example.org"})
    [second] = mailbox()
    visitor = app.test_client()
    dead = visitor.get(first.paths[0])
    assert (dead.status_code, "This letter is with somebody else now" in dead.text) == (410, True)
    assert "new@example.org" not in dead.text
    assert visitor.post(f"{first.paths[0]}/answer", data={"answer": "not_this_year"}).status_code in (404, 409, 303)
    assert row_of(sent).answer == ""
    assert visitor.get(second.paths[0]).status_code == 200


def test_after_the_time_for_letters_the_contact_stays(staff: FlaskClient, sent: Invitation, at: Stop) -> None:
    at(AFTER)
    answer = staff.post(of(sent, "/contact"), data={"to_name": "New", "to_email": "new@example.org"}, headers=PART)
    assert (answer.status_code, "The time for letters is over" in answer.text, "new@example.org" in answer.text) == (
        409, True, True,
    )  # fmt: skip


def test_the_call_list_shows_who_is_silent_with_a_number(staff: FlaskClient, round: Round, sent: Invitation) -> None:
    declined = a_sent_invitation(round, an_invited_district(name="Salem", short_name=""))
    answer_not_this_year(declined)
    an_invitation(round, an_invited_district(name="Lynn", short_name=""))
    shown = lines_of(staff.get(in_round(round, "calls")).text)
    assert ("Beverly" in shown, "Salem" in shown, "Lynn" in shown) == (True, False, False)
    assert "(978) 555-0100" in shown
    answer_not_this_year(sent)
    assert "Everybody has answered." in lines_of(staff.get(in_round(round, "calls")).text)


def test_every_card_of_the_call_list_has_ids_of_its_own(staff: FlaskClient, round: Round) -> None:
    for _ in range(3):
        a_sent_invitation(round)
    page = staff.get(in_round(round, "calls")).text
    ids = [part.partition('"')[0] for part in page.split(' id="')[1:]]
    assert sorted(ids) == sorted(set(ids))


def test_a_reminder_is_previewed_with_who_and_how_many(staff: FlaskClient, round: Round, sent: Invitation) -> None:
    an_asked_question(round, a_sent_invitation(round))
    page = staff.get(in_round(round, "reminders"))
    shown = lines_of(page.text)
    assert ("Remind 1 district?" in shown, "1 with a question that waits for our answer" in shown) == (True, True)
    assert any(line.startswith("Still open: our letter to Beverly") for line in shown)
    assert db.session.query(Outgoing).filter_by(template="invitation_reminder").count() == 0


def test_only_own_and_silent_ones_are_reminded_and_a_double_press_reminds_once(
    staff: FlaskClient, round: Round, sent: Invitation, foreign: Invitation
) -> None:
    asked = a_sent_invitation(round)
    an_asked_question(round, asked)
    chosen = {"invitation": [str(sent.id), str(asked.id), str(foreign.id), "x", "9" * 30]}
    first = staff.post(in_round(round, "reminders"), data=chosen)
    assert first.location == in_round(round, "sending/progress")
    assert "1 reminder is on the way. 1 got none" in staff.get(first.location).text
    staff.post(in_round(round, "reminders"), data=chosen)
    assert "0 reminders are on the way. 2 got none" in staff.get(first.location).text
    owed = db.session.query(Outgoing).filter_by(template="invitation_reminder").all()
    assert [row.ids["invitation_id"] for row in owed] == [sent.id]
    shown = lines_of(staff.get(in_round(round, "reminders")).text)
    assert ("Nobody to remind" in shown, "1 reminded less than three days ago" in shown) == (True, True)


def test_no_reminder_goes_out_of_a_round_that_is_over(staff: FlaskClient, sent: Invitation, at: Stop) -> None:
    at(AFTER)
    path = in_round(sent.round, "reminders")
    assert "No reminders now" in lines_of(staff.get(path).text)
    assert staff.post(path, data={"invitation": str(sent.id)}).status_code == 303
    assert row_of(sent).reminded_at is None


def test_progress_says_how_many_left_wait_and_came_back(
    staff: FlaskClient, round: Round, sent: Invitation, mailbox: Callable
) -> None:
    path = in_round(round, "sending/progress")
    page = staff.get(path)
    assert "0 of 1 mail sent, 1 waits, 0 came back." in lines_of(page.text)
    assert ('hx-trigger="every 4s"' in page.text, "Look again now" in lines_of(page.text)) == (True, True)
    mailbox()
    page = staff.get(path)
    assert "1 of 1 mail sent, 0 wait, 0 came back." in lines_of(page.text)
    assert "hx-trigger" not in page.text.partition("<main")[2]
    assert "Nothing waits any more" in lines_of(page.text)


def test_progress_of_a_round_without_letters_and_of_one_that_is_over(
    staff: FlaskClient, round: Round, at: Stop
) -> None:
    path = in_round(round, "sending/progress")
    assert "No letter was sent yet." in lines_of(staff.get(path).text)
    a_sent_invitation(round)
    at(AFTER)
    page = staff.get(path)
    assert any("The time for letters ended before these mails left." in line for line in lines_of(page.text))
    assert "hx-trigger" not in page.text.partition("<main")[2]


PAGES = ["rounds/{r}/invitations", "rounds/{r}/invitations.csv", "rounds/{r}/calls", "rounds/{r}/reminders"]
PAGES += ["rounds/{r}/sending/progress", "invitations/{i}", "invitations/{i}/contact"]
BUTTONS = ["rounds/{r}/reminders", *(f"invitations/{{i}}/{name}" for name in (
    "resending", "calls", "refusal", "bounce", "withdrawal", "contact"))]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_only_staff_look(
    client: FlaskClient, community: Community, sent: Invitation, sign_in: Callable, path: str
) -> None:
    address = "/eclc/staff/" + path.format(r=sent.round_id, i=sent.id)
    codes = [browser.get(address).status_code for browser in outsiders(community, client, sign_in)]
    assert codes == [303, 403, 403, 403]


@pytest.mark.parametrize("path", BUTTONS)
def test_only_staff_press(
    client: FlaskClient, community: Community, sent: Invitation, sign_in: Callable, path: str
) -> None:
    address = "/eclc/staff/" + path.format(r=sent.round_id, i=sent.id)
    before = len(history_of(sent))
    typed = {"said": "x", "invitation": str(sent.id), "to_name": "x", "to_email": "x@example.org"}
    codes = [browser.post(address, data=typed).status_code for browser in outsiders(community, client, sign_in)]
    assert (codes, len(history_of(row_of(sent)))) == ([303, 403, 403, 403], before)


@pytest.mark.parametrize("path", [*PAGES, *BUTTONS])
@pytest.mark.parametrize("number", NUMBERS)
def test_what_is_elsewhere_is_not_there(staff: FlaskClient, foreign: Invitation, path: str, number: str) -> None:
    is_round = path.startswith("rounds")
    there = foreign.round_id if is_round else foreign.id
    address = "/eclc/staff/" + path.format(r=number.format(foreign=there), i=number.format(foreign=there))
    before = trace()
    if path in PAGES:
        assert staff.get(address).status_code == 404
    if path in BUTTONS:
        assert staff.post(address, data={"said": "x"}).status_code in {404, 405}
    assert trace() == before


def test_a_member_of_staff_who_belongs_to_a_district_may_invite_it(staff: FlaskClient, sent: Invitation) -> None:
    assert staff.post(of(sent, "/resending"), headers=PART).status_code == 200


@pytest.mark.parametrize("path", ["invitations", "calls", "reminders", "sending/progress"])
def test_pages_need_as_many_queries_for_one_as_for_many(
    staff: FlaskClient, round: Round, count_queries: Callable, path: str
) -> None:
    a_sent_invitation(round)
    with count_queries() as few:
        staff.get(in_round(round, path))
    for _ in range(20):
        a_sent_invitation(round)
    with count_queries() as many:
        assert staff.get(in_round(round, path)).status_code == 200
    assert len(many) <= len(few)
    assert len(many) <= 12


def test_a_page_of_the_list_ends_after_fifty(staff: FlaskClient, round: Round) -> None:
    for number in range(51):
        an_invitation(round, to_email=f"s{number}@example.org")
    assert [len(listed(staff.get(in_round(round, f"invitations?page={page}")))) for page in (1, 2)] == [50, 1]


def test_looking_sends_nothing(staff: FlaskClient, sent: Invitation) -> None:
    before = trace()
    for path in PAGES:
        address = "/eclc/staff/" + path.format(r=sent.round_id, i=sent.id)
        assert (staff.get(address).status_code, staff.head(address).status_code) == (200, 200)
    assert trace() == before
