"""The key that signs the trail's checkpoints: kept outside the database, changed by a statement that both keys sign.

A change is: the new key's file is written beside the old one, the change is committed with its entry, the new file takes the
old one's place.  A kill in between is mended by whoever signs next, because the database names the key that holds.
"""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from roomctl.audit import tables, verify
from roomctl.config import Settings
from roomctl.errors import RoomctlError

NAME = "trail-signing-key"


class SigningKeyLost(RoomctlError):
    """The key in ROOMCTL_HOME/secrets is not the one that the trail names; nothing is signed with it."""

    def __init__(self, *, named: str, found: str) -> None:
        super().__init__(f"the trail names the key {named[:16]}..., ROOMCTL_HOME/secrets holds {found[:16]}...")
        self.named, self.found = named, found


def raw_public(key: Ed25519PrivateKey) -> bytes:
    """Return the raw 32 bytes of a key's public half."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def fingerprint_of(key: Ed25519PrivateKey) -> str:
    return verify.fingerprint(raw_public(key))


def signing_key(settings: Settings) -> Ed25519PrivateKey:
    """Return the key that holds now.  Raises SigningKeyLost."""
    key = Ed25519PrivateKey.from_private_bytes(settings.secret(NAME))
    change = tables.last_key_change()
    named = verify.fingerprint(change.new_public) if change else ""
    if not named or fingerprint_of(key) == named:
        return key
    following = next_file(settings)
    if following.exists():
        key = Ed25519PrivateKey.from_private_bytes(following.read_bytes())
        if fingerprint_of(key) == named:
            take_over(settings)  # Whoever changed the key was killed before this step.
            return key
    raise SigningKeyLost(named=named, found=fingerprint_of(key))


def next_file(settings: Settings) -> Path:
    return settings.home / "secrets" / f"{NAME}.next"


def prepare(settings: Settings) -> Ed25519PrivateKey:
    """Make the key that is to follow, for its owner only; one that an earlier try has left is used up."""
    key, path = Ed25519PrivateKey.generate(), next_file(settings)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    with path.open("wb") as fresh:
        fresh.write(key.private_bytes_raw())
        fresh.flush()
        os.fsync(fresh.fileno())
    return key


def take_over(settings: Settings) -> None:
    """Let the prepared key take the place of the former one, whose private half is gone with that."""
    next_file(settings).replace(settings.home / "secrets" / NAME)
