"""Errors of commands that carry passwords: none shows one, whatever the device repeats."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.errors import CommandRefused, UnexpectedReply
from device_drivers.xapi import passwords

WITHOUT_FILES = settings(deadline=None, database=None)


def test_a_password_is_not_in_its_own_words():
    assert "geheim" not in repr(passwords.Password("geheim"))


def test_a_reason_without_a_password_is_passed_on():
    error = passwords.without(CommandRefused(asked="xCommand X", reason="Passphrase too short"), "q7TbW2mk", "zR4nVp9c")

    assert (error.asked, error.reason) == ("xCommand X", "Passphrase too short")


@pytest.mark.parametrize("reason", ["bad value q7TbW2mk", "bad value q7TbW2...", "BAD VALUE Q7TBW2MK", "W2mk", "zR4nVp9c is wrong"])
def test_a_reason_with_any_part_of_a_password_is_not(reason):
    error = passwords.without(CommandRefused(asked="xCommand X", reason=reason), "q7TbW2mk", "zR4nVp9c")

    assert error.reason == passwords.HIDDEN
    assert reason not in str(error)


def test_a_short_password_is_looked_for_whole():
    assert passwords.without(CommandRefused(asked="x", reason="not ab"), "ab").reason == passwords.HIDDEN


def test_no_password_at_all_hides_nothing():
    assert passwords.without(CommandRefused(asked="x", reason="No"), "").reason == "No"


def test_a_reply_that_cannot_be_read_is_never_shown():
    error = passwords.without(UnexpectedReply(asked="xCommand X", got='{"Echo": "anything"}'), "q7TbW2mk")

    assert (error.asked, error.got) == ("xCommand X", passwords.HIDDEN)


@WITHOUT_FILES
@given(st.text(min_size=1, max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_reason_gives_a_password_away(password, before, after):
    error = passwords.without(CommandRefused(asked="x", reason=before + password + after), password)

    assert error.reason == passwords.HIDDEN
