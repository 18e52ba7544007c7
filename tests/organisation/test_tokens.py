"""Tokens of programs, made and taken back at the command line."""

import pytest
from builders import a_person
from click.testing import CliRunner
from flask.cli import ScriptInfo

from roomctl.cli import main
from roomctl.database import db
from roomctl.organisation import tokens
from roomctl.organisation.tables import ApiToken, api_tokens


@pytest.fixture
def command(app):
    """Run a command of roomctl on this test's database; return its answer."""
    return lambda *words: CliRunner().invoke(main, words, obj=ScriptInfo(create_app=lambda: app))


def test_a_token_is_printed_once_and_kept_as_a_hash(place, command):
    answer = command("token", "add", place.clerk.username, "--name", "Hệ thống văn bản")
    token = answer.output.strip()

    assert answer.exit_code == 0
    assert tokens.user_of_bearer(token).id == place.clerk.id
    assert token not in str([vars(row) for row in db.session.query(ApiToken)])


def test_a_token_is_listed_and_revoked(place, command):
    token = tokens.add_token(place.clerk.username, name="Hệ thống văn bản")

    listed = command("token", "list").output
    revoked = command("token", "revoke", "1")
    again = command("token", "revoke", "1")

    assert f"{place.clerk.username}\tHệ thống văn bản\t2028-02-29" in listed
    assert (revoked.exit_code, tokens.user_of_bearer(token)) == (0, None)
    assert (again.exit_code, "no token 1" in again.output) == (1, True)


@pytest.mark.parametrize(("words", "exit_code"), [(["nobody"], 1), (["person\0"], 1), (["CLERK", "--name", "a\u202eb"], 2),
                                                  (["CLERK", "--days", "0"], 2)])
def test_bad_input_is_named_and_makes_no_token(place, command, words, exit_code):
    answer = command("token", "add", *[place.clerk.username if word == "CLERK" else word for word in words])

    assert (answer.exit_code, api_tokens()) == (exit_code, [])
    assert answer.output.strip()


def test_a_closed_account_gets_no_token(place, command):
    person = a_person(place.centre)
    person.active = False
    db.session.commit()

    assert command("token", "add", person.username).exit_code == 1
