"""The pages of a letter's team: who writes, the plan, comments beside the questions, and who is here now."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.core.audit import Audit
from portal.core.db import db
from portal.letters.models import Comment, Editor, Letter, SectionTask
from portal.letters.operations import ask_endorsement, save_answer, submit
from portal.letters.planning import mark_done, plan_section
from portal.letters.presence import note_presence
from portal.letters.talk import write_comment
from tests.districts.builders import a_person
from tests.letters.builders import AFTER, Place, a_complete_letter, a_letter, a_signed_letter, base, enter
from tests.letters.pages import Stop, at_letter, values, words
from tests.letters.team import EDITOR, an_asked_editor, an_editor, section

PART = {"HX-Request": "true"}
Count = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def editor(app: Flask, letter: Letter, place: Place) -> FlaskClient:
    """The browser of a co-editor."""
    return enter(app.test_client(), an_editor(letter, place))


def rows(model: type) -> int:
    db.session.rollback()
    return db.session.query(model).count()


def test_the_team_page_says_who_writes_and_how_many_more_can(writer: FlaskClient, letter: Letter, place: Place) -> None:
    an_editor(letter, place)
    an_asked_editor(letter, place, "nurse@example.org")
    shown = words(writer.get(at_letter(letter, "/team")))
    assert "Principal, grades 6–8 principal@example.org Acts for the district" in shown
    assert f"Curriculum director {EDITOR} Since Tue, Oct 20, 2026 Writes Take off the team" in shown
    assert "The link works until Thu, Nov 19, 2026 Invited Mail a new link Take off the team" in shown
    assert "Up to four people can write in a letter of this round. All places are taken." in shown
    assert "Mail the private link" not in shown


def test_one_link_that_ran_out_says_so(writer: FlaskClient, letter: Letter, place: Place, at: Stop) -> None:
    at("2026-09-15 09:00")
    an_asked_editor(letter, place)
    at("2026-10-20 09:00")
    assert f"Curriculum director {EDITOR} Link ran out Mail a new link" in words(writer.get(at_letter(letter, "/team")))


def test_an_invitation_brings_the_team_back_with_its_new_member(writer: FlaskClient, letter: Letter) -> None:
    typed = {"editor-name": "Curriculum director", "editor-email": EDITOR}
    answer = writer.post(at_letter(letter, "/team/editors"), data=typed, headers=PART)
    assert (answer.status_code, answer.text.startswith('<section id="team"')) == (200, True)
    assert f"{EDITOR} The link works until" in words(answer)
    assert f"A private link is on its way to {EDITOR}." in answer.text


def test_without_scripts_an_invitation_leads_back_to_the_page(writer: FlaskClient, letter: Letter) -> None:
    typed = {"editor-name": "Curriculum director", "editor-email": EDITOR}
    answer = writer.post(at_letter(letter, "/team/editors"), data=typed)
    assert (answer.status_code, answer.location) == (303, at_letter(letter, "/team"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"editor-name": "", "editor-email": EDITOR}, "Give the colleague’s name."),
        ({"editor-name": "Director", "editor-email": "x@"}, "Give one mail address"),
    ],
)
def test_a_slip_comes_back_as_typed(writer: FlaskClient, letter: Letter, typed: dict[str, str], said: str) -> None:
    answer = writer.post(at_letter(letter, "/team/editors"), data=typed, headers=PART)
    assert (answer.status_code, said in answer.text, rows(Editor)) == (422, True, 0)
    assert f'value="{typed["editor-name"] or typed["editor-email"]}"' in answer.text


@pytest.mark.parametrize("headers", [PART, {}])
def test_a_refusal_keeps_what_was_typed(
    writer: FlaskClient, letter: Letter, place: Place, headers: dict[str, str]
) -> None:
    typed = {"editor-name": "The principal", "editor-email": place.other.email}
    answer = writer.post(at_letter(letter, "/team/editors"), data=typed, headers=headers)
    assert (answer.status_code, rows(Editor)) == (409, 0)
    assert "acts for Example Harbor and can write in this letter already" in words(answer)
    assert 'value="The principal"' in answer.text
    assert answer.text.count('id="errors"') == (1 if headers else 0)


def test_a_new_link_and_taking_off_are_one_press(writer: FlaskClient, letter: Letter, place: Place, at: Stop) -> None:
    editor = an_asked_editor(letter, place)
    at("2026-10-20 10:00")
    renewed = writer.post(at_letter(letter, f"/team/editors/{editor.id}/renewal"), headers=PART)
    assert f"A new link is on its way to {EDITOR}. The old one does not work any more." in words(renewed)
    removed = writer.post(at_letter(letter, f"/team/editors/{editor.id}/removal"), headers=PART)
    assert "Curriculum director does not write in this letter any more." in words(removed)
    assert EDITOR not in removed.text
    actions = [row.action for row in db.session.query(Audit).order_by(Audit.id)]
    assert actions.count("removed editor") == 1


def test_the_number_of_another_letters_editor_leads_nowhere(writer: FlaskClient, letter: Letter) -> None:
    for verb in ("renewal", "removal"):
        assert writer.post(at_letter(letter, f"/team/editors/999/{verb}")).status_code == 404


def test_a_co_editor_sees_the_team_and_no_button_about_it(editor: FlaskClient, letter: Letter, place: Place) -> None:
    an_asked_editor(letter, place, "nurse@example.org")
    shown = words(editor.get(at_letter(letter, "/team")))
    assert "Take off" not in shown
    assert "Mail" not in shown
    assert "People who act for Example Harbor can ask more colleagues." in shown


@pytest.mark.parametrize("path", ["/team/editors", "/team/editors/1/removal", "/team/editors/1/renewal"])
def test_a_co_editor_who_presses_all_the_same_is_refused(editor: FlaskClient, letter: Letter, path: str) -> None:
    typed = {"editor-name": "More", "editor-email": "more@example.org"}
    answer = editor.post(at_letter(letter, path), data=typed, headers=PART)
    assert (answer.status_code, "Only people who act for the district can do this" in words(answer)) == (409, True)
    assert rows(Editor) == 1


@pytest.mark.parametrize("path", ["", "/team", "/sections/time", "/check", "/whole", "/endorsement"])
def test_a_co_editor_reads_every_page_of_the_letter(editor: FlaskClient, letter: Letter, path: str) -> None:
    assert editor.get(at_letter(letter, path)).status_code == 200


def test_a_co_editor_of_a_finished_letter_is_not_asked_to_submit_it(app: Flask, place: Place) -> None:
    letter = a_signed_letter(place)
    client = enter(app.test_client(), an_editor(letter, place))
    assert "Submit the letter" not in words(client.get(at_letter(letter, "/check")))
    assert "Check your answers and submit" not in words(client.get(at_letter(letter)))
    assert client.post(at_letter(letter, "/submission")).status_code == 303
    assert letter.status == "draft"


def test_while_it_is_signed_a_co_editor_sees_the_task_list_locked(app: Flask, place: Place) -> None:
    letter = a_complete_letter(place)
    client = enter(app.test_client(), an_editor(letter, place))
    ask_endorsement(letter, name="Superintendent", email="s@example.org", by=place.lead)
    shown = words(client.get(at_letter(letter)))
    assert ("with the superintendent for signing" in shown, "was not submitted" in shown) == (True, False)


@pytest.mark.parametrize("path", ["/team", "/sections/time", "/check", "/roster-import"])
def test_a_stranger_sees_nothing_of_it(client: FlaskClient, letter: Letter, path: str) -> None:
    assert enter(client, a_person()).get(at_letter(letter, path)).status_code == 404


def test_whoever_was_taken_off_gets_their_words_back(
    app: Flask, writer: FlaskClient, editor: FlaskClient, letter: Letter
) -> None:
    writer.post(at_letter(letter, f"/team/editors/{letter.editors[0].id}/removal"))
    typed = {"q10": "My <words>.", "q10-base": "0:", "csrf_token": "token", "comment": ""}
    answer = editor.post(at_letter(letter, "/sections/time"), data=typed)
    assert (answer.status_code, "My &lt;words&gt;.</textarea>" in answer.text) == (404, True)
    assert ("token</textarea>" in answer.text, "0:</textarea>" in answer.text) == (False, False)
    assert "This was not saved" in words(answer)


def test_a_field_of_somebody_taken_off_says_so_and_keeps_the_text(
    writer: FlaskClient, editor: FlaskClient, letter: Letter, place: Place
) -> None:
    writer.post(at_letter(letter, f"/team/editors/{letter.editors[0].id}/removal"))
    path = at_letter(letter, f"/answers/{place.questions()['q10'].id}")
    answer = editor.post(path, data={"q10": "My words.", "q10-base": "0:"}, headers=PART)
    assert (answer.status_code, answer.headers["HX-Retarget"], values(place)) == (404, "#refusal", {})
    assert "Your text stays on this page: copy it" in words(answer)


def test_the_plan_is_made_on_the_team_page_and_shown_on_the_others(
    writer: FlaskClient, letter: Letter, place: Place
) -> None:
    here = section(letter, "time")
    typed = {f"plan-{here.id}-owner": str(place.other.id), f"plan-{here.id}-due": "2026-10-25"}
    answer = writer.post(at_letter(letter, "/sections/time/plan"), data=typed, headers=PART)
    assert (answer.status_code, answer.text.startswith('<section id="plan"')) == (200, True)
    assert f'<option selected value="{place.other.id}">' in answer.text
    assert "Principal, grades 6–8, until Sun, Oct 25, 2026" in words(writer.get(at_letter(letter)))
    assert "Principal, grades 6–8, until Sun, Oct 25, 2026" in words(writer.get(at_letter(letter, "/sections/time")))


@pytest.mark.parametrize(
    ("typed", "status"), [({"due": "2026-10-31"}, 409), ({"due": "soon"}, 422), ({"owner": "999"}, 422)]
)
def test_a_plan_that_cannot_be_is_refused_with_what_was_typed(
    writer: FlaskClient, letter: Letter, typed: dict[str, str], status: int
) -> None:
    number = section(letter, "time").id
    data = {f"plan-{number}-{name}": text for name, text in typed.items()}
    answer = writer.post(at_letter(letter, "/sections/time/plan"), data=data, headers=PART)
    assert (answer.status_code, rows(SectionTask)) == (status, 0)
    assert ("due" in typed) <= (f'value="{typed.get("due")}"' in answer.text)


def test_overdue_is_said_kindly(writer: FlaskClient, letter: Letter, place: Place, at: Stop) -> None:
    plan_section(
        letter, section(letter, "time"), owner_id=place.other.id,
        due_on=at("2026-10-20 09:00").date(), by=place.lead,
    )  # fmt: skip
    at("2026-10-22 09:00")
    assert "That day has passed; a new one helps" in words(writer.get(at_letter(letter)))
    assert "That day has passed." in words(writer.get(at_letter(letter, "/sections/time")))
    assert "Was planned for earlier" in words(writer.get(at_letter(letter, "/team")))


def test_the_done_mark_is_set_on_the_section_and_seen_on_the_list(
    writer: FlaskClient, letter: Letter, place: Place
) -> None:
    answer = writer.post(at_letter(letter, "/sections/time/done"), headers=PART)
    assert (answer.text.startswith('<section class="panel flow" id="done"'), "Marked as done" in answer.text) == (
        True, True,
    )  # fmt: skip
    save_answer(letter, place.questions()["q10"], "Later.", by=place.other)
    assert "Marked as done by Assistant superintendent. Changed since it was marked as done" in words(
        writer.get(at_letter(letter))
    )
    assert "It is still done It is not done yet" in words(writer.get(at_letter(letter, "/sections/time")))
    taken = writer.post(at_letter(letter, "/sections/time/done/removal"), headers=PART)
    assert "Mark it as done" in taken.text


def test_a_comment_comes_back_in_its_list_and_is_counted(writer: FlaskClient, letter: Letter) -> None:
    answer = writer.post(at_letter(letter, "/sections/time/comments"), data={"comment": "Hi <all>."}, headers=PART)
    assert (answer.status_code, answer.text.startswith('<section class="panel flow" id="talk"')) == (200, True)
    assert "Assistant superintendent Tue, Oct 20, 2026, 9:00 AM ET Hi &lt;all&gt;. Take it out" in words(answer)
    assert re.search(r'name="comment">\s*</textarea>', answer.text)
    assert "1 comment" in words(writer.get(at_letter(letter)))


def test_others_see_a_comment_without_a_button_to_take_it_out(
    writer: FlaskClient, letter: Letter, place: Place
) -> None:
    said = write_comment(letter, section(letter, "time"), "Mine.", by=place.other)
    shown = words(writer.get(at_letter(letter, "/sections/time")))
    assert ("Mine." in shown, "Take it out" in shown) == (True, False)
    answer = writer.post(at_letter(letter, f"/sections/time/comments/{said.id}/removal"), headers=PART)
    assert (answer.status_code, "Only who wrote a comment takes it out" in words(answer)) == (409, True)


def test_ones_own_comment_is_taken_out(writer: FlaskClient, letter: Letter, place: Place) -> None:
    said = write_comment(letter, section(letter, "time"), "Mine.", by=place.lead)
    answer = writer.post(at_letter(letter, f"/sections/time/comments/{said.id}/removal"), headers=PART)
    assert "Nobody has said anything yet." in words(answer)
    assert writer.post(at_letter(letter, "/sections/time/comments/999/removal")).status_code == 404


def test_without_scripts_a_comment_takes_the_texts_of_the_section_along(
    writer: FlaskClient, letter: Letter, place: Place
) -> None:
    typed = {"comment": "See q10.", "q10": "In mid sen", "q10-base": "0:"}
    answer = writer.post(at_letter(letter, "/sections/time/comments"), data=typed)
    assert (answer.status_code, answer.location) == (303, at_letter(letter, "/sections/time#beside"))
    assert (values(place), rows(Comment)) == ({"q10": "In mid sen"}, 1)


def test_a_text_that_cannot_be_kept_is_shown_beside_the_comment_that_was(
    writer: FlaskClient, letter: Letter, place: Place
) -> None:
    save_answer(letter, place.questions()["q10"], "Theirs.", by=place.other)
    typed = {"comment": "See q10.", "q10": "Mine.", "q10-base": "0:x", "q9": "many", "q9-base": "0:"}
    answer = writer.post(at_letter(letter, "/sections/time/comments"), data=typed)
    shown = words(answer)
    assert (answer.status_code, rows(Comment), "See q10." in shown) == (409, 1, True)
    assert "Yours Mine. Keep mine Theirs Theirs. Keep theirs" in shown
    assert "Give a number in digits" in shown


def test_an_empty_comment_is_refused_and_the_texts_are_kept(writer: FlaskClient, letter: Letter, place: Place) -> None:
    typed = {"comment": " ", "q10": "In mid sen", "q10-base": "0:"}
    answer = writer.post(at_letter(letter, "/sections/time/comments"), data=typed)
    assert (answer.status_code, "Write the comment first" in words(answer)) == (409, True)
    assert (values(place), rows(Comment)) == ({"q10": "In mid sen"}, 0)


def test_too_long_a_comment_stays_in_its_box(writer: FlaskClient, letter: Letter) -> None:
    answer = writer.post(at_letter(letter, "/sections/time/comments"), data={"comment": "long " * 500}, headers=PART)
    assert (answer.status_code, "long long long" in answer.text, "Shorten this comment" in words(answer)) == (
        409, True, True,
    )  # fmt: skip


def test_while_it_is_signed_comments_have_a_form_of_their_own(place: Place, writer: FlaskClient) -> None:
    letter = a_complete_letter(place)
    ask_endorsement(letter, name="Superintendent", email="s@example.org", by=place.lead)
    shown = writer.get(at_letter(letter, "/sections/time")).text
    assert ('<form id="talk-form"' in shown, 'form="talk-form"' in shown, 'form="section-form"' in shown) == (
        True, True, False,
    )  # fmt: skip
    typed = {"comment": "It is with her.", "q10": "Sneaked in.", "q10-base": ""}
    assert writer.post(at_letter(letter, "/sections/time/comments"), data=typed).status_code == 303
    assert (rows(Comment), values(place)["q10"] == "Sneaked in.") == (1, False)


def test_who_is_here_and_who_was(writer: FlaskClient, letter: Letter, place: Place, at: Stop) -> None:
    editor = an_editor(letter, place)
    note_presence(letter, section(letter, "time"), by=place.other)
    assert "Writing here now: Principal, grades 6–8." in words(poll(writer, letter))
    assert "Principal, grades 6–8 is in Time and conditions." in words(poll(writer, letter, "why-now"))
    at("2026-10-20 09:02")
    note_presence(letter, section(letter, "time"), by=editor)
    assert words(poll(writer, letter)) == (
        "Writing here now: Curriculum director. Principal, grades 6–8 was here last, Tue, Oct 20, 2026, 9:00 AM ET."
    )


def test_one_does_not_see_oneself(writer: FlaskClient, letter: Letter) -> None:
    poll(writer, letter)
    assert words(poll(writer, letter)) == ""


def test_new_comments_come_with_the_answer_and_no_old_ones(writer: FlaskClient, letter: Letter, place: Place) -> None:
    assert "comments-news" not in poll(writer, letter).text
    said = write_comment(letter, section(letter, "time"), "News.", by=place.other)
    answer = poll(writer, letter)
    assert '<hx-partial id="comments-news" hx-target="#comments"' in answer.text
    assert ("News." in words(answer), "There is a new comment of your team." in words(answer)) == (True, True)
    assert "comments-news" not in poll(writer, letter, mark=f"{said.id}-1").text


@pytest.mark.parametrize("mark", ["", "x", "²-1", "9" * 40])
def test_a_strange_mark_brings_the_list(writer: FlaskClient, letter: Letter, mark: str) -> None:
    assert "comments-news" in poll(writer, letter, mark=mark).text


def test_without_scripts_the_page_says_who_saved_last(writer: FlaskClient, letter: Letter, place: Place) -> None:
    assert "Last saved by" not in words(writer.get(at_letter(letter, "/sections/time")))
    save_answer(letter, place.questions()["q10"], "By contract days.", by=place.other)
    shown = words(writer.get(at_letter(letter, "/sections/time")))
    assert "Last saved by Principal, grades 6–8, Tue, Oct 20, 2026, 9:00 AM ET." in shown


def test_where_a_letter_has_left_nobody_is_asked_to_say_where_they_are(
    writer: FlaskClient, place: Place, at: Stop
) -> None:
    letter = a_signed_letter(place)
    submit(letter, by=place.lead)
    assert "every 30s" not in writer.get(at_letter(letter, "/sections/time")).text
    assert poll(writer, letter).status_code == 409


@pytest.mark.parametrize("count", [1, 30])
def test_pages_ask_as_often_for_one_comment_as_for_many(
    writer: FlaskClient, place: Place, count: int, count_queries: Count
) -> None:
    letter = a_complete_letter(place)
    an_editor(letter, place)
    for here in letter.round.sections[:4]:
        mark_done(letter, here, by=place.lead)
        for number in range(count):
            write_comment(letter, here, f"{number}", by=place.other)
    asked = []
    for path in ("", "/team", "/sections/time", "/sections/your-team"):
        address = at_letter(letter, path)
        with count_queries() as statements:
            assert writer.get(address).status_code == 200
        asked.append(len(statements))
    assert asked == [6, 6, 5, 6]


def test_after_the_end_a_section_has_no_box_for_comments(writer: FlaskClient, place: Place, at: Stop) -> None:
    letter = a_letter(place)
    at(AFTER)
    assert "<textarea" not in writer.get(at_letter(letter, "/sections/time")).text
    assert base(letter, place.questions()["q10"]) == "0:" + base(letter, place.questions()["q10"]).partition(":")[2]


def poll(client: FlaskClient, letter: Letter, slug: str = "time", mark: str = "0-0"):  # type: ignore[no-untyped-def]
    return client.post(at_letter(letter, f"/sections/{slug}/presence"), data={"mark": mark}, headers=PART)
