"""The rehearsal, the press and the progress page, by their doors."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import Account
from portal.cohorts.releasing import carry_out_releases
from portal.communities.models import Community
from portal.core import clock
from portal.core.db import db, transaction
from portal.districts.operations import affiliate
from portal.letters.models import Letter
from portal.reviews.models import Release
from portal.reviews.operations import prepare_decision
from portal.rounds.models import Round
from tests.cohorts.builders import (
    a_closing_round,
    a_community,
    a_district,
    a_led_letter,
    a_letter,
    everything,
    owed,
)
from tests.cohorts.pages import hidden
from tests.house.html import faults_of
from tests.postbox import Mail
from tests.reviews.readers import a_reader, given_to, scored, sent_again


@pytest.fixture
def round(community: Community) -> Round:
    return a_closing_round(community, capacity=2)


@pytest.fixture
def letters(round: Round, staff: Account) -> list[Letter]:
    made = [a_led_letter(round, name) for name in ("Harbor", "River", "Hill")]
    for letter, outcome in zip(made, ("accept", "waitlist", "decline"), strict=True):
        prepare_decision(letter, outcome, "A secret reason.", staff)
    return made


def rehearsal(desk: FlaskClient, round: Round) -> str:
    return desk.get(f"/eclc/staff/rounds/{round.id}/rehearsal").text


def press(desk: FlaskClient, round: Round, seen: str, **more: str) -> Any:
    return desk.post(f"/eclc/staff/rounds/{round.id}/releases", data={"seen": seen, **more})


def test_the_rehearsal_shows_every_mail_with_what_is_put_in_marked(
    desk: FlaskClient, round: Round, letters: list[Letter]
) -> None:
    before = everything()
    page = rehearsal(desk, round)
    for words in (
        "A place for <mark>Harbor</mark> in <mark>Example Learning Community</mark>",
        "Dear <mark>Lead of River</mark>,", "number <mark>1</mark> on the waitlist", "Your letter: <mark>",
        "To lead.hill@example.org", "A mail reaches every district", "Every letter is decided",
    ):  # fmt: skip
        assert words in page
    assert ["secret" in page, everything() == before] == [False, True]


def test_the_rehearsal_says_how_many_letters_lack_reviews_or_changed_since_and_lets_them_go(
    desk: FlaskClient, round: Round, letters: list[Letter], staff: Account
) -> None:
    with transaction():
        round.reviewers_per_letter = 1
    page = rehearsal(desk, round).replace("\xa0", " ")
    assert ["3 letters have fewer reviews than planned" in page, "since" in page] == [True, False]
    for letter in letters[:2]:
        scored(letter, a_reader(letter, letter.district.slug), 1, 4)
    sent_again(letters[0])
    page = rehearsal(desk, round).replace("\xa0", " ")
    words = ("1 letter has fewer reviews than planned", "1 letter changed since it was scored", "Send 3 decisions now")
    assert [word in page for word in words] == [True] * 3


def test_the_rehearsal_says_nothing_of_the_reviews_of_a_letter_that_one_is_still_to_score(
    desk: FlaskClient, round: Round, letters: list[Letter], staff: Account
) -> None:
    with transaction():
        round.reviewers_per_letter = 1
    scored(letters[0], a_reader(letters[0]), 1, 4)
    sent_again(letters[0])
    given_to(letters[0], staff)
    page = rehearsal(desk, round).replace("\xa0", " ")
    assert ["2 letters have fewer reviews than planned" in page, "changed since" in page] == [True, False]


def test_the_whole_way_from_the_rehearsal_to_the_last_mail(
    desk: FlaskClient, round: Round, letters: list[Letter], mailbox: Callable[[], list[Mail]]
) -> None:
    answer = press(desk, round, hidden(rehearsal(desk, round)))
    assert answer.status_code == 303
    assert "Starts within a minute" in desk.get(answer.location).text
    assert "A release is on its way" in rehearsal(desk, round)
    carry_out_releases()
    page = desk.get(answer.location).text
    assert "3\u00a0mails wait for their turn." in page
    assert ["3\u00a0decisions are sent" in page, "0 of 3\u00a0mails sent" in page] == [True, True]
    assert 'hx-trigger="every 3s"' in page
    assert len(mailbox()) == 3
    page = desk.get(answer.location).text
    assert ["3 of 3\u00a0mails sent" in page, "hx-trigger" in page] == [True, False]
    assert "Sent" in desk.get(f"/eclc/staff/rounds/{round.id}/releases").text


def test_the_mail_that_was_rehearsed_is_the_mail_that_arrives(
    desk: FlaskClient, round: Round, letters: list[Letter], mailbox: Callable[[], list[Mail]]
) -> None:
    page = rehearsal(desk, round)
    press(desk, round, hidden(page))
    carry_out_releases()
    plain = " ".join(re.sub(r"<[^>]+>", " ", page.replace("<mark>", "").replace("</mark>", "")).split())
    mails = mailbox()
    assert sorted(mail.to for mail in mails) == [f"lead.{name}@example.org" for name in ("harbor", "hill", "river")]
    for mail in mails:
        assert " ".join(mail.text.split()) in plain


def test_what_changed_after_the_look_comes_back_with_the_new_mails(
    desk: FlaskClient, round: Round, letters: list[Letter]
) -> None:
    seen = hidden(rehearsal(desk, round))
    prepare_decision(a_led_letter(round, "Dune"), "decline", "", None)
    before = everything()
    answer = press(desk, round, seen)
    assert (answer.status_code, "Something changed after you looked" in answer.text) == (409, True)
    assert ["Dune" in answer.text, everything() == before, owed()] == [True, True, []]
    assert press(desk, round, hidden(answer.text)).status_code == 303


def test_who_cannot_be_reached_is_named_and_the_press_asks_for_agreement(
    desk: FlaskClient, round: Round, letters: list[Letter]
) -> None:
    prepare_decision(a_letter(round, a_district("Dune")), "decline", "", None)
    page = rehearsal(desk, round)
    assert "1\u00a0district has nobody whom a mail reaches" in page
    assert "No mail reaches this district" in page
    [needs] = re.findall(r'<section id="rehearsal".*?</section>', page, re.S)
    assert ["Dune" in needs, "Harbor" in needs] == [True, False]
    assert press(desk, round, hidden(page)).status_code == 409
    answer = press(desk, round, hidden(page), without_mail="y")
    carry_out_releases()
    page = desk.get(answer.location).text
    assert ["4\u00a0decisions are sent" in page, "1\u00a0district gets no mail" in page] == [True, True]


def test_more_offers_than_places_are_pointed_out(desk: FlaskClient, round: Round, staff: Account) -> None:
    for name in ("Harbor", "River", "Hill"):
        prepare_decision(a_led_letter(round, name), "accept", "", staff)
    page = rehearsal(desk, round)
    assert "3\u00a0offers are prepared, and 2\u00a0places are left" in page
    assert press(desk, round, hidden(page)).status_code == 409


def test_a_refused_release_says_why_and_leads_back(desk: FlaskClient, round: Round, letters: list[Letter]) -> None:
    answer = press(desk, round, hidden(rehearsal(desk, round)))
    prepare_decision(a_led_letter(round, "Dune"), "decline", "", None)
    carry_out_releases()
    page = desk.get(answer.location).text
    assert ["Nothing was sent" in page, "Look at the mails again" in page, owed()] == [True, True, []]


def test_a_district_in_conflict_is_in_no_rehearsal_progress_or_count(
    desk: FlaskClient, round: Round, letters: list[Letter], staff: Account, community: Community
) -> None:
    affiliate(staff, community.id, letters[2].district, "teacher-sped", clock.now().date(), None)
    page = rehearsal(desk, round)
    assert ["Hill" in page, "2\u00a0decisions would go out" in page] == [False, True]
    assert press(desk, round, hidden(page)).status_code == 303
    carry_out_releases()
    assert db.session.query(Release).one().total == 2


def test_pages_of_another_community_are_not_found(desk: FlaskClient, community: Community, staff: Account) -> None:
    other = a_community("other")
    theirs = a_closing_round(other)
    release = Release(community_id=other.id, round_id=theirs.id, seen="x", asked_at=clock.now())
    db.session.add(release)
    db.session.commit()
    for path in (
        f"rounds/{theirs.id}/rehearsal", f"rounds/{theirs.id}/releases", f"releases/{release.id}",
        f"rounds/{theirs.id}/mails/accept",
    ):  # fmt: skip
        assert desk.get(f"/eclc/staff/{path}").status_code == 404


def test_the_rehearsal_asks_as_often_for_three_mails_as_for_ten(
    desk: FlaskClient, round: Round, letters: list[Letter], staff: Account, count_queries: Any
) -> None:
    rehearsal(desk, round)
    with count_queries() as three:
        rehearsal(desk, round)
    for number in range(7):
        prepare_decision(a_led_letter(round, f"More{number}"), "waitlist", "", staff)
    with count_queries() as ten:
        rehearsal(desk, round)
    assert (len(three) == len(ten), len(ten) <= 21) == (True, True), len(ten)


def test_the_pages_are_sound(desk: FlaskClient, round: Round, letters: list[Letter], tmp_path: Path) -> None:
    unled = a_letter(round, a_district("Dune"))
    prepare_decision(unled, "decline", "", None)
    pages = {"rehearsal": rehearsal(desk, round), "unled": desk.get(f"/eclc/staff/letters/{unled.id}/decision").text}
    answer = press(desk, round, hidden(pages["rehearsal"]), without_mail="y")
    pages["waits"] = desk.get(answer.location).text
    carry_out_releases()
    pages["done"] = desk.get(answer.location).text
    for path in ("releases", "mails/accept", "mails/waitlist", "mails/decline", "rehearsal"):
        pages[path] = desk.get(f"/eclc/staff/rounds/{round.id}/{path}").text
    pages["turn"] = desk.get(f"/eclc/staff/letters/{letters[0].id}/turn").text
    assert faults_of(pages, tmp_path) == []
