"""The command line: `roomctl --help`."""

import sys
from datetime import timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import FlaskGroup, with_appcontext

from device_drivers.errors import DeviceError
from roomctl import cli_trail, cli_upkeep, worker
from roomctl.app import create_app
from roomctl.audit import invariants as audit_invariants
from roomctl.audit import verify as verifier
from roomctl.booking import invariants as booking_invariants
from roomctl.calendars import invariants as calendar_invariants
from roomctl.database import DatabaseUnreachable, snapshot
from roomctl.devices import traps
from roomctl.documents import invariants as document_invariants
from roomctl.errors import NotVisible
from roomctl.organisation import tokens
from roomctl.organisation.tables import api_tokens as token_rows
from roomctl.sessions import evidence as session_evidence
from roomctl.sessions import invariants as session_invariants
from roomctl.text import TextRefused, clean_line


@click.group(cls=FlaskGroup, create_app=create_app, add_default_commands=False, load_dotenv=False, add_version_option=False)
@click.version_option(package_name="roomctl")
def main() -> None:
    """Book the rooms of a teleconference, start it securely, prove how secure it was."""


main.add_command(cli_upkeep.init)
main.add_command(cli_upkeep.person)
main.add_command(cli_trail.trail)


@main.command("worker")
@with_appcontext
def run_worker() -> None:
    """Run the worker until it is told to stop."""
    worker.run(current_app._get_current_object())


@main.command("traps")
@click.option("--host", default="0.0.0.0", show_default=True, help="Where to listen.")  # noqa: S104 - devices are elsewhere
@click.option("--port", default=traps.PORT, show_default=True, type=click.IntRange(0, 65535), help="Redirect the system's port 162 to it.")
@with_appcontext
def run_traps(host: str, port: int) -> None:
    """Receive SNMP traps until told to stop: whoever sends one is looked at at once."""
    try:
        traps.run(current_app._get_current_object(), host, port)
    except DeviceError as error:
        raise click.ClickException(str(error)) from error


@main.group("token")
def token() -> None:
    """Tokens with which programs use the API."""


@token.command("add")
@click.argument("username")
@click.option("--name", default="", help="Which program holds it.")
@click.option("--days", default=tokens.LASTS.days, show_default=True, type=click.IntRange(1, 3650), help="How long it is good.")
@with_appcontext
def token_add(username: str, name: str, days: int) -> None:
    """Print a fresh token; a program that sends it may do what USERNAME may.  It is shown this once."""
    try:
        click.echo(tokens.add_token(username, name=clean_line(name, longest=80), lasts=timedelta(days=days)))
    except NotVisible:
        raise click.ClickException(f"There is no open account {username}.") from None
    except TextRefused as error:
        raise click.UsageError(f"--name: {error.reason}") from error


@token.command("list")
@with_appcontext
def token_list() -> None:
    """List the tokens that were not revoked: number, person, program, until when."""
    for row in token_rows():
        click.echo(f"{row.id}\t{row.user.username}\t{row.name}\t{row.expires_at:%Y-%m-%d}")


@token.command("revoke")
@click.argument("number", type=int)
@with_appcontext
def token_revoke(number: int) -> None:
    """Revoke a token; it is dead at once."""
    try:
        tokens.revoke_token(number)
    except NotVisible:
        raise click.ClickException(f"There is no token {number} that works.") from None


@main.command("check", context_settings={"ignore_unknown_options": True})
@click.argument("unexpected", nargs=-1, type=click.UNPROCESSED)
@with_appcontext
def check(unexpected: tuple[str, ...]) -> None:
    """Say whether what must always be true of the database is: 0 all of it, 1 not, 2 it cannot be read, 3 usage."""
    if unexpected:
        click.echo("Usage: roomctl check", err=True)
        sys.exit(verifier.USAGE)
    try:
        anchor, folder = audit_invariants.read_anchor(), document_invariants.read_folder()
        with snapshot():
            promises = {**audit_invariants.checked(anchor), **booking_invariants.checked(), **session_invariants.checked(),
                        **calendar_invariants.checked(), **document_invariants.checked(folder)}
    except DatabaseUnreachable as error:
        click.echo(f"The database cannot be read: {type(error.orig).__name__}", err=True)
        sys.exit(verifier.INCOMPLETE)
    for promise, broken in promises.items():
        click.echo(f"{'BROKEN' if broken else 'Holds'}: {promise}")
        for line in broken:
            click.echo(f"- {line}")
    sys.exit(verifier.TAMPERED if any(promises.values()) else verifier.WHOLE)


@main.group("evidence")
def evidence() -> None:
    """Evidence of sessions."""


@evidence.command("export")
@click.argument("session", type=int)
@click.option("-o", "output", required=True, type=click.Path(dir_okay=False), help="The .zip to write.")
@with_appcontext
def evidence_export(session: int, output: str) -> None:
    """Write one session's evidence as a .zip that carries its own verify.py."""
    try:
        Path(output).write_bytes(session_evidence.export(session, by=None))
    except NotVisible:
        click.echo(f"There is no session {session}.", err=True)
        sys.exit(verifier.USAGE)
    click.echo(output)


if __name__ == "__main__":
    main()
