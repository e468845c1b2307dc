"""Where the portal's mail lands in tests: a real SMTP server on this machine that keeps what it is given."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    cc: str = ""
    files: tuple[tuple[str, str, bytes], ...] = ()  # name, kind, content

    @property
    def links(self) -> list[str]:
        """The addresses in its text, in order."""
        return re.findall(r"https?://[^\s<>\"]+", self.text)

    @property
    def paths(self) -> list[str]:
        """The same without the host, as a test client asks for them."""
        return [re.sub(r"^https?://[^/]+", "", link) for link in self.links]


class Sink:
    """Keeps every mail in the order of arrival; answers as told, so that refusals can be tried."""

    def __init__(self) -> None:
        self.arrived: list[Mail] = []
        self.answer = "250 OK"
        self.strangers: dict[str, str] = {}  # addresses that are not taken, each with the answer to it

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:  # fmt: skip
        if address in self.strangers:
            return self.strangers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.arrived.append(_read(message_from_bytes(content, policy=policy.default)))  # type: ignore[arg-type]
        return self.answer

    def take(self) -> list[Mail]:
        """What has arrived since the last time."""
        taken, self.arrived = self.arrived, []
        return taken


@contextmanager
def open_sink() -> Iterator[tuple[Sink, str]]:
    """Start a server; gives what it keeps and the MAIL_URL that leads to it."""
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield sink, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _read(message: EmailMessage) -> Mail:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    return Mail(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=plain.get_content() if plain else "",
        html=html.get_content() if html else "",
        message_id=str(message["Message-ID"]),
        cc=str(message["Cc"] or ""),
        files=tuple(_file(part) for part in message.iter_attachments()),
    )


def _file(part: Any) -> tuple[str, str, bytes]:
    return part.get_filename(), part.get_content_type(), part.get_payload(decode=True)
