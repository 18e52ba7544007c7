"""What the tests of calendars share."""

from dataclasses import replace

import pytest
from builders import hash_quickly
from flask import current_app
from smtp_server import SmtpServer

from roomctl.calendars import post
from roomctl.database import write_transaction


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    hash_quickly(monkeypatch)


@pytest.fixture
def smtp():
    """An SMTP server that listens."""
    server = SmtpServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def with_mail(place, smtp, set_mail):
    """The place whose people have addresses, and an application that mails to `smtp`."""
    with write_transaction():
        for name in ("clerk", "chair", "centre_approver", "province_approver", "other_approver", "stranger", "officer", "technician"):
            getattr(place, name).email = f"{name}@hop.example"
    set_mail(smtp.settings())
    return place


@pytest.fixture
def set_mail():
    """Give the application a mail server, and the address that links begin with."""

    def settle(server, address: str = "https://hop.example") -> None:
        current_app.config["SETTINGS"] = replace(current_app.config["SETTINGS"], mail=server, address=address)

    return settle


@pytest.fixture
def mails(smtp):
    """Send what is due, and return what arrived with that."""

    def deliver() -> list:
        before = len(smtp.mails)
        post.deliver_due()
        return smtp.mails[before:]

    return deliver
