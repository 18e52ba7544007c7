"""A codec's configuration as text that can be kept and compared: `path: value`, sorted, without secrets.  Pure.

What is a secret is told by its name, and by credentials within an address.  In doubt a setting is left out: a backup
that lacks one is mended by hand, one that gives a password away is not.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

_SECRET = re.compile(r"passw|passphrase|passcode|secret|psk|token|credential|community|privat|key")
_HARMLESS = frozenset({"keysize"})  # The length of a key.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_WITH_LOGIN = re.compile(r"://[^/\s@]*@")

Path = tuple[str, ...]


def text(settings: Iterable[tuple[Path, str]]) -> str:
    """Return the settings one a line, in an order that does not change from one reading to the next."""
    kept = {path: value for path, value in settings if not is_secret(path, value)}
    return "".join(f"{' '.join(path)}: {_written(kept[path])}\n" for path in sorted(kept, key=_order))


def is_secret(path: Path, value: str) -> bool:
    """True for a setting whose name speaks of a password, a key or a PIN, or whose value carries a login."""
    for name in path:
        lowered = name.casefold()
        if lowered not in _HARMLESS and (_SECRET.search(lowered) or "pin" in [word.casefold() for word in _WORD.findall(name)]):
            return True
    return bool(_WITH_LOGIN.search(value))


def settings_in(tree: Any, path: Path = ()) -> Iterable[tuple[Path, str]]:
    """Yield every setting of a configuration in the shape of JSON mode, lists by their numbers."""
    if isinstance(tree, list):
        for item in tree:
            if isinstance(item, dict):
                yield from settings_in(item, (*path, str(item.get("id", ""))))
    elif isinstance(tree, dict):
        if isinstance(tree.get("Value"), str):
            yield path, tree["Value"]
        for name, part in tree.items():
            if isinstance(part, dict | list):
                yield from settings_in(part, (*path, name))


def _order(path: Path) -> list[tuple[int, str]]:
    return [(int(name), "") if name.isdecimal() and len(name) < 10 else (-1, name) for name in path]


def _written(value: str) -> str:
    """Return a value on one line; one that would not survive as it is stands in quotes."""
    bare = bool(value) and value.isprintable() and value == value.strip() and not value.startswith('"')
    return value if bare else json.dumps(value, ensure_ascii=True)
