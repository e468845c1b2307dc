"""How a mail is written and handed over."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from flask import Flask

from portal.core import mail
from portal.core.mail import (
    Attachment,
    FileMailer,
    Refused,
    SmtpMailer,
    Unreachable,
    as_html,
    compose,
    preview,
    try_connection,
    writes,
)
from tests.core.builders import a_template
from tests.postbox import Sink, free_port


@pytest.fixture(autouse=True)
def _letters(app: Flask, monkeypatch: pytest.MonkeyPatch, sink: tuple[Sink, str]) -> None:
    """One template that says a word in its subject and in its text."""
    monkeypatch.setattr(mail, "WRITERS", dict(mail.WRITERS))
    a_template(app)
    app.jinja_loader.loaders[0].mapping["mail/trial.txt"] = "Subject: About {{ word }}\n\nRead {{ word }}.\n\nBye"
    sink[0].answer = "250 OK"
    sink[0].take()
    writes("trial")(lambda word: {"word": word})


def test_a_mail_has_text_and_html_from_one_template() -> None:
    message = a_mail("hope")
    assert message["Subject"] == "About hope"
    assert message.get_body(("plain",)).get_content() == "Read hope.\n\nBye\n"
    assert "<p>Read hope.</p>\n<p>Bye</p>" in message.get_body(("html",)).get_content()


def test_a_mail_says_who_when_and_that_a_machine_wrote_it(at) -> None:
    at("2026-10-01 09:00")
    message = a_mail("hope")
    assert message["From"] == "Learning communities <portal@example.org>"
    assert message["To"] == "first@example.org"
    assert message["Date"] == "Thu, 01 Oct 2026 13:00:00 +0000"
    assert message["Message-ID"] == "<0123@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_mail_takes_files_along_as_they_are(sink: tuple[Sink, str]) -> None:
    file = Attachment("seat.ics", "BEGIN:VCALENDAR\r\nSUMMARY:Año\r\n".encode(), "text/calendar", {"method": "PUBLISH"})
    message = compose("trial", "one@example.org", "m", word="one", attachments=[file])
    [part] = message.iter_attachments()
    assert (part.get_param("method"), part.get_content_disposition()) == ("PUBLISH", "attachment")
    mailer = a_mailer(sink[1])
    mailer.send(message)
    mailer.send(a_mail("hope"))
    mailer.close()
    arrived, bare = sink[0].take()
    assert (arrived.files, bare.files) == ((("seat.ics", "text/calendar", file.content),), ())
    assert (arrived.text.split(), arrived.subject) == (["Read", "one.", "Bye"], "About one")


@pytest.mark.parametrize(
    "word", ["a\r\nBcc: evil@example.org", "a\nX-Header: 1", "a\r\n\r\nbody", "a\tb", "a\u2028b\x0bc"]
)
def test_a_line_end_in_a_subject_makes_no_header(word: str) -> None:
    message = message_from_bytes(a_mail(word).as_bytes(), policy=policy.default)
    assert set(message.keys()) == {
        "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert message["Subject"].startswith("About a")


@pytest.mark.parametrize("address", ["a@example.org\r\nBcc: evil@example.org", "a@example.org, b@example.org", "a"])
def test_an_address_that_is_none_is_not_written_to(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        compose("trial", address, "0123", word="x")


@pytest.mark.parametrize("word", ["<b>bold</b>", "{{ 7*191 }}", "{event.__class__}", "{% raise %}", '"><script>'])
def test_what_somebody_typed_stays_as_typed(word: str) -> None:
    message = a_mail(word)
    assert word in message.get_body(("plain",)).get_content()
    assert "<b>bold" not in message.get_body(("html",)).get_content()
    assert "<script" not in message.get_body(("html",)).get_content()


def test_every_letter_arrives_unchanged() -> None:
    message = message_from_bytes(a_mail("Ünïcödé ☃ 日本 🎉").as_bytes(), policy=policy.default)
    assert message["Subject"] == "About Ünïcödé ☃ 日本 🎉"
    assert "Read Ünïcödé ☃ 日本 🎉." in message.get_body(("plain",)).get_content()


def test_only_links_to_the_web_can_be_pressed() -> None:
    html = as_html("See https://example.org/a?b=1&c=2 or javascript:alert(1)\n<https://example.org>")
    assert html.count("<a ") == 2
    assert '<a href="https://example.org/a?b=1&amp;c=2">https://example.org/a?b=1&amp;c=2</a>' in html
    assert "<br>" in html


def test_a_mail_can_be_seen_before_it_is_owed() -> None:
    assert preview("trial", {"word": "hope"}) == ("About hope", "Read hope.\n\nBye")


def test_in_development_mails_are_files(tmp_path: Path, at) -> None:
    at("2026-10-01 09:00")
    FileMailer(tmp_path / "new" / "folder").send(a_mail("hope"))
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["20261001T130000000000-0123.eml"]


def test_smtp_carries_many_over_one_connection(sink: tuple[Sink, str]) -> None:
    mailer = a_mailer(sink[1])
    mailer.send(a_mail("one"))
    line = mailer.line
    mailer.send(a_mail("two"))
    assert mailer.line is line
    mailer.close()
    assert [found.subject for found in sink[0].take()] == ["About one", "About two"]


@pytest.mark.parametrize(
    ("answer", "error"), [("550 no", Refused), ("554 spam", Refused), ("451 later", OSError), ("421 closing", OSError)]
)
def test_a_refusal_says_whether_it_is_for_good(sink: tuple[Sink, str], answer: str, error: type[Exception]) -> None:
    sink[0].answer = answer
    mailer = a_mailer(sink[1])
    with pytest.raises(error) as refused:
        mailer.send(a_mail("one"))
    mailer.close()
    assert type(refused.value) in (error, Unreachable)


@pytest.mark.parametrize(("answer", "error"), [("550 nobody here", Refused), ("450 later", OSError)])
def test_whom_a_mail_is_written_to_counts_though_a_copy_arrives(
    sink: tuple[Sink, str], answer: str, error: type[Exception]
) -> None:
    mailer = a_mailer(sink[1])
    both = compose("trial", "one@example.org", "m", word="one", cc=["copy@example.org"])
    sink[0].strangers = {"one@example.org": answer}
    with pytest.raises(error):
        mailer.send(both)
    sink[0].strangers = {"copy@example.org": answer}
    mailer.send(both)
    sink[0].strangers = {}
    mailer.close()
    assert [(mail.to, mail.cc) for mail in sink[0].take()] == [("one@example.org", "copy@example.org")] * 2


def test_after_a_refusal_the_next_mail_leaves(sink: tuple[Sink, str]) -> None:
    mailer = a_mailer(sink[1])
    sink[0].answer = "550 no"
    with pytest.raises(Refused):
        mailer.send(a_mail("one"))
    sink[0].answer = "250 OK"
    mailer.send(a_mail("two"))
    mailer.close()
    assert [found.subject for found in sink[0].take()] == ["About two"]


def test_a_cut_line_is_noticed_and_opened_anew(sink: tuple[Sink, str]) -> None:
    mailer = a_mailer(sink[1])
    mailer.send(a_mail("one"))
    mailer.line.close()
    with pytest.raises(Unreachable):
        mailer.send(a_mail("two"))
    mailer.send(a_mail("two"))
    mailer.close()
    assert [found.subject for found in sink[0].take()] == ["About one", "About two"]


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="ConnectionRefusedError"):
        a_mailer(f"smtp://127.0.0.1:{free_port()}").send(a_mail("one"))


def test_the_way_of_mail_can_be_tried_without_mail(app: Flask, sink: tuple[Sink, str], tmp_path: Path) -> None:
    try_connection()
    app.config["MAIL_URL"] = f"file:{tmp_path / 'mail'}"
    try_connection()
    assert sink[0].take() == []
    app.config["MAIL_URL"] = f"smtp://127.0.0.1:{free_port()}"
    with pytest.raises(OSError, match="ConnectionRefusedError"):
        try_connection()


def a_mail(word: str) -> mail.EmailMessage:
    return compose("trial", "first@example.org", "0123", word=word)


def a_mailer(url: str) -> SmtpMailer:
    return SmtpMailer(mail.urlsplit(url))
