"""The command line's part that makes an installation and keeps its people: `roomctl init`, `roomctl person`."""

import sys

import click
from flask.cli import with_appcontext
from flask_babel import force_locale
from flask_migrate import upgrade

from roomctl import clock
from roomctl.booking import days_off
from roomctl.errors import InvalidInput, NotVisible, Refused
from roomctl.organisation import directory, seeding
from roomctl.organisation import tables as people
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import Unit, User
from roomctl.organisation.unit_tables import root_unit
from roomctl.rooms import catalogue as rooms
from roomctl.rooms.tables import rooms_in_order
from roomctl.security_profiles import catalogue as profiles
from roomctl.security_profiles.tables import current_profiles
from roomctl.text import TextRefused, clean_line
from roomctl.timespan import to_local
from roomctl.web.words import reason_sentence


@click.command("init")
@click.option("--centre", metavar="NAME", default="", help="Name of the central unit.")
@click.option("--admin", metavar="USERNAME", default="", help="Sign-in name of the first administrator.")
@click.option("--admin-name", metavar="NAME", default="", help="Name of the first administrator.")
@click.option("--rooms/--no-rooms", "with_rooms", default=None, help="One room for each unit; at the first run yes unless told otherwise.")
@with_appcontext
def init(centre: str, admin: str, admin_name: str, with_rooms: bool | None) -> None:
    """Make or update the database; at the first run fill it: units, security profiles, rooms, an administrator.

    Safe to repeat: what is there stays as it is.  At a terminal it asks for what was not given.
    """
    upgrade()
    click.echo("The database is up to date.")
    unit = root_unit()
    is_first = unit is None
    if is_first:
        centre = _line("--centre", centre or _asked("Name of the central unit"))
        if not centre:
            if admin or admin_name or with_rooms:
                raise click.UsageError("There are no units yet: give the central one's name with --centre.")
            click.echo("There are no units yet. Fill it: roomctl init --centre NAME --admin USERNAME --admin-name NAME")
            return
        unit = seeding.seed_country(centre_name=centre)
    click.echo(f"Units: {len(people.units_in_order())}, the central one is {unit.name}.")
    if not current_profiles():
        profiles.add_default_profiles()
    click.echo(f"Security profiles: {', '.join(profile.name_en for profile in current_profiles())}.")
    days_off.seed_years_ahead(to_local(clock.now()).date())
    _see_to_rooms(is_first, with_rooms)
    _see_to_administrator(unit, admin, admin_name)


def _see_to_rooms(is_first: bool, wanted: bool | None) -> None:
    """Add a room for each unit when that is wanted and there is no room at all."""
    count = len(rooms_in_order())
    if is_first and wanted is None:
        wanted = click.confirm("One room for each unit?", default=True) if _at_terminal() else True
    if wanted and not count:
        count = len(rooms.add_rooms(rooms.one_for_each(people.units_in_order())))
    click.echo(f"Rooms: {count}." if count else "Rooms: none yet. One for each unit: roomctl init --rooms")


def _see_to_administrator(unit: Unit, username: str, name: str) -> None:
    """Open the account of the first administrator, when there is none and a name was given."""
    known = people.an_administrator()
    if known is not None:
        click.echo(f"Administrator: {known.username}.")
        return
    username = username or _asked("Sign-in name of the administrator")
    if not username:
        click.echo("Administrator: none yet. Open an account: roomctl init --admin USERNAME --admin-name NAME")
        return
    known = people.user_by_username(username.strip().lower()) if username.isprintable() else None
    if known is not None:
        _done(directory.grant_role, known, Role.ADMINISTRATOR, unit, by=None)
        click.echo(f"Administrator: {known.username}.")
        return
    name = name or _asked("Name of the administrator") or username
    _open_account(username, name, unit.code, (Role.ADMINISTRATOR,))


def _open_account(username: str, name: str, unit_code: str, roles: tuple[Role, ...]) -> None:
    user_id, password = _done(directory.open_account, directory.NewPerson(username, name), unit_code, by=None, roles=roles)
    user = people.user_by_id(user_id)
    held = ", ".join(roles) or "no role yet"
    click.echo(f"{user.username}, {user.name}, {user.unit.name}: {held}.")
    _tell(user, password)


def _tell(user: User, password: str) -> None:
    click.echo(f"One-time password of {user.username}, shown this once: {password}")


@click.group("person")
def person() -> None:
    """People and their accounts."""


@person.command("add")
@click.argument("username")
@click.argument("name")
@click.option("--unit", "unit_code", metavar="CODE", required=True, help="Code of the person's unit.")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), help="A role on that unit; may be repeated.")
@with_appcontext
def person_add(username: str, name: str, unit_code: str, roles: tuple[str, ...]) -> None:
    """Open an account and print its one-time password."""
    _open_account(username, name, unit_code, tuple(dict.fromkeys(Role(role) for role in roles)))


@person.command("password")
@click.argument("username")
@with_appcontext
def person_password(username: str) -> None:
    """Print a new one-time password; the old one and every sign-in die."""
    user = people.user_by_username(username.strip().lower()) if username.isprintable() else None
    if user is None:
        raise click.ClickException(f"There is no account {username}.")
    _tell(user, _done(directory.renew_password, user.id, by=None))


def _done(use_case, *args, **kwargs):
    """Return what a use case returns; say a refusal in words and end."""
    try:
        return use_case(*args, **kwargs)
    except NotVisible:
        raise click.ClickException("There is no such thing.") from None
    except Refused as error:
        problems = [(one.reason, dict(one.facts)) for one in error.problems] if isinstance(error, InvalidInput) else [(error.reason, error.facts)]
        with force_locale("en"):
            raise click.ClickException(" ".join(reason_sentence(*problem) for problem in problems)) from None


def _line(option: str, raw: str) -> str:
    try:
        return clean_line(raw, longest=200)
    except TextRefused as error:
        raise click.UsageError(f"{option}: {error.reason}") from error


def _asked(question: str) -> str:
    """Return what somebody at a terminal answers, and nothing where nobody can."""
    return click.prompt(question, default="", show_default=False) if _at_terminal() else ""


def _at_terminal() -> bool:
    return sys.stdin.isatty()
