"""People as programs name them: by their sign-in name."""

from collections.abc import Collection

from roomctl.organisation.tables import user_by_username, users_named

NOBODY = 0  # No account has this id, and every use case says so in its own words.


def id_of(username: str) -> int:
    """Return the id of the person with a sign-in name, NOBODY where there is none."""
    name = username.strip().lower()
    found = user_by_username(name) if name.isprintable() else None  # PostgreSQL takes no NUL.
    return found.id if found else NOBODY


def ids_of(usernames: Collection[str]) -> frozenset[int]:
    """Return the ids of people by their sign-in names, NOBODY among them when one is unknown."""
    names = {one.strip().lower() for one in usernames}
    found = users_named({name for name in names if name.isprintable()})
    return frozenset(found[name].id if name in found else NOBODY for name in names)
