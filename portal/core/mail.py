"""Writing and sending mail. A template is one text: its first line is the subject, the HTML is made from the rest."""

from __future__ import annotations

import logging
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from flask import current_app, render_template
from markupsafe import Markup, escape

from . import clock
from .db import transaction
from .jobs import due
from .outbox import Outgoing, claim, is_last_try, mark_failed, mark_sent, put_back

log = logging.getLogger("portal.mail")
Writer = Callable[..., dict[str, Any] | None]
Settler = Callable[..., None]
Screen = Callable[..., bool]
WRITERS: dict[str, Writer] = {}
SETTLERS: dict[str, Settler] = {}
SCREENS: dict[str, Screen] = {}
LINK = re.compile(r"https?://[^\s<>\"]+")
TIMEOUT = 15


class Refused(Exception):
    """The other side will never take this mail (5xx)."""


class Unreachable(OSError):
    """The mail server does not answer: no mail will leave just now."""


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail: a writer gives them as `attachments`. `kind`: such as “text/calendar”, with what
    more is said of it in `params`.
    """

    name: str
    content: bytes
    kind: str
    params: dict[str, str] = field(default_factory=dict)


class Mailer(Protocol):
    """Whatever carries mail away."""

    def send(self, message: EmailMessage) -> None: ...


def writes(template: str) -> Callable[[Writer], Writer]:
    """Register the function that turns the ids of an owed mail into what its template needs; None drops the mail."""

    def register(writer: Writer) -> Writer:
        WRITERS[template] = writer
        return writer

    return register


def settles(template: str) -> Callable[[Settler], Settler]:
    """Register an operation that is told what became of a mail, in the transaction in which that is noted.

    It is called with the mail's ids and `error`: "" when the mail has left, else why it was given up. A mail that its
    writer dropped is told to nobody.
    """

    def register(settler: Settler) -> Settler:
        SETTLERS[template] = settler
        return settler

    return register


def screens(template: str) -> Callable[[Screen], Screen]:
    """Register the question whether an address may get a mail: asked with the address and the mail's ids when the mail
    is written, because that may have changed since it was owed. A no drops the mail."""

    def register(screen: Screen) -> Screen:
        SCREENS[template] = screen
        return screen

    return register


@due
def deliver_due() -> int:
    """Send every mail that is due; says how many left. A mail that fails waits, the others go on."""
    sent = 0
    while batch := claim():
        with _mailer() as mailer:
            sent += _deliver_all(batch, mailer)
    return sent


def compose(template: str, to: str, message_id: str, **context: Any) -> EmailMessage:
    """The mail as it goes out: plain text and HTML from one template; with copies to the addresses in `cc` and the
    files in `attachments`, if any.
    """
    text = render_template(f"mail/{template}.txt", **context)
    head, _, body = text.partition("\n")
    message = EmailMessage()
    message["Subject"] = " ".join(head.removeprefix("Subject:").split())
    message["From"] = current_app.config["MAIL_FROM"]
    message["To"] = Address(addr_spec=to)
    if context.get("cc"):
        message["Cc"] = [Address(addr_spec=address) for address in context["cc"]]
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{message_id}@{parseaddr(current_app.config['MAIL_FROM'])[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body.strip() + "\n")
    message.add_alternative(render_template("mail/_frame.html", body=as_html(body), **context), subtype="html")
    for file in context.get("attachments", ()):
        main, _, sub = file.kind.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name, params=file.params)
    return message


def preview(template: str, ids: dict[str, Any]) -> tuple[str, str]:
    """Subject and text of a mail before it is owed, for the person who is about to send it."""
    text = render_template(f"mail/{template}.txt", **(WRITERS[template](**ids) or {}))
    head, _, body = text.partition("\n")
    return " ".join(head.removeprefix("Subject:").split()), body.strip()


def as_html(body: str) -> Markup:
    """The text of a mail as paragraphs with links to press; whatever else stands in it stays text."""
    paragraphs = [_with_links(part) for part in body.strip().split("\n\n")]
    return Markup("\n").join(Markup("<p>{}</p>").format(part) for part in paragraphs)


def has_mailbox() -> bool:
    """Whether mail stays on this machine, where /mailbox shows it: only in development."""
    return current_app.config["PORTAL_ENV"] == "development" and str(current_app.config["MAIL_URL"]).startswith("file:")


def try_connection() -> None:
    """See that mail can be handed over, without sending any. Raises OSError (of which SMTP's errors are a kind)."""
    where = urlsplit(current_app.config["MAIL_URL"])
    if where.scheme == "file":
        FileMailer(mail_folder())
    else:
        SmtpMailer(where).greet()


def mail_folder() -> Path:
    """Where mail is kept when MAIL_URL is file:."""
    return Path(urlsplit(current_app.config["MAIL_URL"]).path)


def _deliver_all(batch: list[Outgoing], mailer: Mailer) -> int:
    sent = 0
    for number, row in enumerate(batch):
        try:
            sent += _deliver(row, mailer)
        except Unreachable as error:  # waiting for it once is enough: the rest of the batch comes later
            _note_failure(row, str(error), for_good=False)
            put_back(batch[number + 1 :])
            break
    return sent


def _deliver(row: Outgoing, mailer: Mailer) -> bool:
    try:
        context = _written(row)
        if context is not None:
            mailer.send(compose(row.template, row.to_address, row.message_id, **context))
    except Unreachable:
        raise
    except (Refused, OSError) as error:
        _note_failure(row, f"{type(error).__name__}: {error}", for_good=isinstance(error, Refused))
        return False
    except Exception as error:  # one mail that cannot be written must not hold up all others
        log.exception("mail %s of template %s could not be written", row.id, row.template)
        _note_failure(row, f"It could not be written: {type(error).__name__}", for_good=False)
        return False
    _note_end(row, lambda: mark_sent(row, dropped=context is None), is_told=context is not None)
    return context is not None


def _written(row: Outgoing) -> dict[str, Any] | None:
    screen = SCREENS.get(row.template)
    if screen is not None and not screen(row.to_address, **row.ids):
        return None
    return WRITERS[row.template](**row.ids)


def _note_failure(row: Outgoing, error: str, *, for_good: bool) -> None:
    is_last = for_good or is_last_try(row)
    _note_end(row, lambda: mark_failed(row, error, for_good=for_good), error, is_told=is_last)


def _note_end(row: Outgoing, mark: Callable[[], None], error: str = "", *, is_told: bool) -> None:
    settler = SETTLERS.get(row.template) if is_told else None
    try:
        with transaction():
            mark()
            if settler is not None:
                settler(error=error, **row.ids)
    except Exception:
        if settler is None:
            raise
        # What the news are for must not send the mail again: it has left, or was refused, whatever is made of it.
        log.exception("mail %s of template %s could not be settled", row.id, row.template)
        mark()


@contextmanager
def _mailer() -> Iterator[Mailer]:
    where = urlsplit(current_app.config["MAIL_URL"])
    if where.scheme == "file":
        yield FileMailer(mail_folder())
        return
    mailer = SmtpMailer(where)
    try:
        yield mailer
    finally:
        mailer.close()


class FileMailer:
    """Keeps each mail as a file, for development; /mailbox shows them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def send(self, message: EmailMessage) -> None:
        stamp = f"{clock.now():%Y%m%dT%H%M%S%f}"
        name = f"{stamp}-{message['Message-ID'].strip('<>').partition('@')[0]}.eml"
        (self.folder / name).write_bytes(message.as_bytes())


class SmtpMailer:
    """Hands mail to an SMTP server over one connection: smtp://user:pass@host:587 (STARTTLS when offered), smtps://."""

    def __init__(self, where: SplitResult) -> None:
        self.where = where
        self.line: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        # One connection for a batch: a greeting for each mail would take longer than the mail.
        self.line = self.line or self._connect()
        try:
            refused = self.line.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _answer(code, said) from error
        except smtplib.SMTPDataError as error:
            raise _answer(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPServerDisconnected, TimeoutError, ConnectionError) as error:
            self.line = None
            raise Unreachable(f"{type(error).__name__}: {error}") from error
        # Those in copy have it. Whom it is written to has not: that is noted, and tried again where it may help.
        for address, (code, said) in refused.items():
            if address == message["To"].addresses[0].addr_spec:
                raise _answer(code, said)
            log.warning("a copy of mail %s was refused: %s", message["Message-ID"], code)

    def greet(self) -> None:
        """Connect, sign in where MAIL_URL says how, and leave."""
        self._connect().quit()

    def close(self) -> None:
        if self.line is not None:
            self.line.close()

    def _connect(self) -> smtplib.SMTP:
        try:
            return self._open()
        except OSError as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from error

    def _open(self) -> smtplib.SMTP:
        host, port = self.where.hostname or "localhost", self.where.port
        if self.where.scheme == "smtps":
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port or 465, timeout=TIMEOUT, context=ssl.create_default_context()
            )
        else:
            line = smtplib.SMTP(host, port or 25, timeout=TIMEOUT)
            line.ehlo()
            if line.has_extn("starttls"):
                line.starttls(context=ssl.create_default_context())
        if self.where.username:
            line.login(unquote(self.where.username), unquote(self.where.password or ""))
        return line


def _answer(code: int, said: bytes | str) -> Exception:
    return (Refused if 500 <= code < 600 else OSError)(f"{code} {said!r}")


def _with_links(text: str) -> Markup:
    html, end = Markup(""), 0
    for found in LINK.finditer(text):
        html += escape(text[end : found.start()]) + Markup('<a href="{0}">{0}</a>').format(found.group())
        end = found.end()
    return Markup((html + escape(text[end:])).replace("\n", Markup("<br>\n")))
