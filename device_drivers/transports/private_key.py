"""A secret that is a private key instead of a password: recognised by its first words, never shown.

Room PCs are better reached by key than by password.  A one-line field of a form loses a key's line ends, so they are put back.
"""

import io
import re
import textwrap

import paramiko
from paramiko.ssh_exception import SSHException

from device_drivers.errors import LoginRefused

_KEY = re.compile(r"-----BEGIN OPENSSH PRIVATE KEY-----(?P<body>[A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----")

_USELESS = "the private key cannot be used: it must be OpenSSH's own, undamaged and without a passphrase"


def private_key_in(secret: str) -> paramiko.PKey | None:
    """Return the key when `secret` is OpenSSH's text of one; None for a password.

    Raises LoginRefused for a key that cannot be used: one with a passphrase, or damaged.
    """
    found = _KEY.fullmatch(secret.strip())
    if found is None and "PRIVATE KEY-----" not in secret:
        return None
    if found is None:  # Half a key is no password: it must not be sent as one.
        raise LoginRefused(_USELESS)
    lines = textwrap.wrap("".join(found["body"].split()), 70)
    text = "\n".join(["-----BEGIN OPENSSH PRIVATE KEY-----", *lines, "-----END OPENSSH PRIVATE KEY-----", ""])
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text))
        except (SSHException, ValueError, TypeError, IndexError):
            continue
    # Without the cause: it may quote what must not be shown.
    raise LoginRefused(_USELESS) from None
