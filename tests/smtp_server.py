"""A real SMTP server for tests, in a thread of its own, with switches for bad days."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from icalendar import Calendar

from roomctl.config import MailServer

SENDER = "Phòng họp trực tuyến <no-reply@hop.example>"


@dataclass(frozen=True)
class Mail:
    """One mail as it came over the wire."""

    sender: str
    to: str
    raw: bytes

    @property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"])

    @property
    def text(self) -> str:
        return self.parsed.get_body(("plain",)).get_content()

    @property
    def calendar_part(self) -> EmailMessage | None:
        return next((part for part in self.parsed.walk() if part.get_content_type() == "text/calendar"), None)

    @property
    def calendar(self) -> Calendar:
        return Calendar.from_ical(self.calendar_part.get_payload(decode=True))

    @property
    def event(self):
        """The first event of the calendar file."""
        return self.calendar.walk("VEVENT")[0]


class _Doorman(SMTP):
    """Breaks the line in the middle of a mail while the server is told to."""

    async def smtp_DATA(self, arg: str) -> None:
        if not self.event_handler.drops:
            await super().smtp_DATA(arg)
            return
        await self.push("354 go on")
        await self._reader.readline()
        self.transport.abort()


class SmtpServer(Controller):
    """Keeps what it takes in `mails`; `refused` maps an address to the answer it gets."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, password: str = "") -> None:
        self.mails: list[Mail] = []
        self.arrived = threading.Event()
        self.refused: dict[str, str] = {}
        self.data_answer, self.drops, self.is_silent, self.log_ins = "250 OK", False, False, 0
        self._password = password.encode()
        self._socket = socket.create_server(("127.0.0.1", 0))
        guarded = {"tls_context": tls, "require_starttls": True, "auth_required": bool(password), "authenticator": self._authenticate} if tls else {}
        super().__init__(self, hostname="127.0.0.1", port=self._socket.getsockname()[1], **guarded)

    def factory(self) -> SMTP:
        return _Doorman(self.handler, **self.SMTP_kwargs)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._socket)

    def stop(self, no_assert: bool = False) -> None:
        """Go away; a server that has gone already is left in peace."""
        if self._thread is not None:
            super().stop(no_assert)

    def settings(self, **facts) -> MailServer:
        return MailServer(**{"host": "127.0.0.1", "port": self.port, "sender": SENDER, "tls": "none", **facts})

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.to == address]

    def _authenticate(self, server, session, envelope, mechanism, login) -> AuthResult:
        self.log_ins += login.password == self._password
        return AuthResult(success=login.password == self._password)

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.is_silent:
            await asyncio.Event().wait()
        if self.data_answer.startswith("2"):
            self.mails.append(Mail(envelope.mail_from, envelope.rcpt_tos[0], envelope.original_content))
            self.arrived.set()
        return self.data_answer
