"""The post: mails the notices that have come due, through the SMTP server of the settings.

A mail is claimed first, by putting its next try a few minutes ahead, then written, then sent outside any transaction, and
then recorded.  Two processes never both claim one; a kill between sending and recording repeats one mail (its Message-ID
stays), and none is lost.  What fails is tried again later, until its notice is two days old.
"""

import logging
import smtplib
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

from flask import Flask, current_app

from roomctl import clock
from roomctl.calendars import mail, post_tables
from roomctl.config import MailServer, Settings
from roomctl.database import DATABASE_AWAY, db, let_go, write_transaction

_log = logging.getLogger(__name__)
EVERY_S = 2.0
MOST_AT_ONCE = 50
ANSWER_WITHIN_S = 20.0  # How long the server may be silent.
CLAIM = timedelta(minutes=5)
NEXT_TRY = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))  # The last again and again.
WORTH_SENDING = timedelta(days=2)  # An older notice is not mailed (any more): it is old news, and stands in the application.
REST_S = 30.0  # After the server could not be reached.
LAST_WAIT_S = 5.0  # A worker that stops lets a mail that is being sent be recorded; a longer silence repeats it later.


@dataclass(frozen=True, slots=True)
class Round:
    """How many mails went out, and whether the server went away meanwhile."""

    sent: int
    server_away: bool = False


class _Failed(Exception):
    """A mail that was not taken; `for_good` when trying again is of no use, `away` when the way to the server is broken."""

    def __init__(self, said: str, *, for_good: bool = False, away: bool = False) -> None:
        super().__init__(said)
        self.said, self.for_good, self.away = " ".join(said.split())[:200], for_good, away


def deliver_due() -> Round:
    """Send what is due, at most MOST_AT_ONCE mails; stop when the server cannot be reached.  Nothing is sent without a server."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.mail is None:
        return Round(0)
    connection, sent = _Connection(settings.mail), 0
    try:
        for _ in range(MOST_AT_ONCE):
            ids = _claim_next()
            if ids is None:
                break
            try:
                sent += bool(ids) and _deliver(ids, settings.mail, connection)
            except _Failed as failure:
                _record_failure(ids, failure)
                if failure.away:
                    return Round(sent, server_away=True)
    finally:
        connection.close()
    return Round(sent)


def _claim_next() -> list[int] | None:
    """Claim what goes out in the next mail; an empty list when another process was faster, None when nothing is due."""
    now = clock.now()
    first = post_tables.next_due(now, now - WORTH_SENDING)
    if first is None:
        db.session.rollback()
        return None
    with write_transaction():
        letter = post_tables.letter_of(first, now)
        for notice in letter:
            notice.mail_due_at = now + CLAIM
        return [notice.id for notice in letter]


def _deliver(ids: Sequence[int], server: MailServer, connection: "_Connection") -> bool:
    try:
        message = mail.compose(post_tables.notices_by_ids(ids), server)
    except mail.NobodyToWriteTo as error:
        raise _Failed(str(error), for_good=True) from error
    except DATABASE_AWAY:
        raise
    except Exception as error:
        _log.error("notices %s cannot be written as a mail", ids, exc_info=error)
        raise _Failed(f"cannot be written: {type(error).__name__}") from error
    finally:
        db.session.rollback()  # The server may take its time; no transaction waits with us.
    if message is not None:
        connection.send(message)
    _record(ids, mailed=message is not None)
    return message is not None


def _record(ids: Sequence[int], *, mailed: bool) -> None:
    with write_transaction():
        for notice in post_tables.notices_for_update(ids):
            notice.mail_due_at, notice.mail_error = None, ""
            notice.mailed_at = clock.now() if mailed else None


def _record_failure(ids: Sequence[int], failure: _Failed) -> None:
    with write_transaction():
        waiting = [notice for notice in post_tables.notices_for_update(ids) if notice.mailed_at is None]
        tries = 1 + max((notice.mail_tries for notice in waiting), default=0)
        due_at = clock.now() + NEXT_TRY[min(tries, len(NEXT_TRY)) - 1]
        for notice in waiting:
            given_up = failure.for_good or due_at >= notice.created_at + WORTH_SENDING
            notice.mail_tries, notice.mail_error, notice.mail_due_at = tries, failure.said, None if given_up else due_at
    _log.warning("mail of notices %s failed (try %s)%s", ids, tries, ", for good" if failure.for_good else "")


class _Connection:
    """The way to the SMTP server, opened with the first mail and kept for the next ones."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        """Hand a mail over; raise _Failed when the server does not take it."""
        try:
            if self._smtp is None:
                self._smtp = _connected(self._server)
        except (OSError, smtplib.SMTPException, ValueError) as error:  # No password in its file, or one in letters that SMTP does not take.
            raise _Failed(f"no connection: {error}", away=True) from error
        try:
            self._smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _Failed(f"{code} {_words(said)}", for_good=500 <= code < 600) from error
        except smtplib.SMTPResponseException as error:
            self.close()  # Whatever state it is in, the next mail begins afresh.
            raise _Failed(f"{error.smtp_code} {_words(error.smtp_error)}") from error
        except (OSError, smtplib.SMTPException) as error:
            self._smtp.close()
            self._smtp = None
            raise _Failed(f"connection lost: {error}", away=True) from error
        except ValueError as error:
            raise _Failed(f"cannot be sent: {type(error).__name__}") from error

    def close(self) -> None:
        if self._smtp is not None:
            smtp, self._smtp = self._smtp, None
            try:
                smtp.quit()
            except (OSError, smtplib.SMTPException):
                smtp.close()


def _connected(server: MailServer) -> smtplib.SMTP:
    """Connect and sign in; without a protected way where one is wanted, nothing is said at all."""
    context = ssl.create_default_context()
    smtp = (smtplib.SMTP_SSL(server.host, server.port, timeout=ANSWER_WITHIN_S, context=context) if server.tls == "tls"
            else smtplib.SMTP(server.host, server.port, timeout=ANSWER_WITHIN_S))
    try:
        if server.tls == "starttls":
            smtp.starttls(context=context)
        if server.user and server.password_file is not None:
            smtp.login(server.user, server.password_file.read_text().strip())
    except BaseException:
        smtp.close()
        raise
    return smtp


def _words(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


# The worker's chore


class Postman:
    """Delivers in a thread of its own: the worker never waits for an SMTP server, and there is one round at a time."""

    def __init__(self, deliver: Callable[[], Round] = deliver_due) -> None:
        self._deliver = deliver
        self._thread: threading.Thread | None = None
        self._rests_until = 0.0

    def set_out(self) -> None:
        """Begin a round when something is due and none is under way."""
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # Flask's own way out of its proxy.
        if app.config["SETTINGS"].mail is None or self.is_out or time.monotonic() < self._rests_until:
            return
        if post_tables.next_due(clock.now(), clock.now() - WORTH_SENDING) is None:
            return
        self._thread = threading.Thread(target=self._round, args=(app,), name="post", daemon=True)
        self._thread.start()

    @property
    def is_out(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def come_back(self, within_s: float) -> None:
        """Wait for the round that is under way."""
        if self._thread is not None:
            self._thread.join(within_s)

    def _round(self, app: Flask) -> None:
        with app.app_context():
            try:
                if self._deliver().server_away:
                    _log.warning("the mail server cannot be reached; the next try is in %s s", int(REST_S))
                    self._rests_until = time.monotonic() + REST_S
            except DATABASE_AWAY as error:
                _log.warning("the database is away: %s", str(error).splitlines()[0])
            except Exception as error:
                _log.error("a round of the post failed", exc_info=error)
                self._rests_until = time.monotonic() + REST_S
            finally:
                let_go()


_postman = Postman()


def deliver_in_background() -> None:
    """Let the process's one postman set out."""
    _postman.set_out()


def come_back() -> None:
    """Wait a little for a round that is under way."""
    _postman.come_back(LAST_WAIT_S)
