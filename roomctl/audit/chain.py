"""How the trail is hashed.  Pure; `verify.py` repeats these few lines on purpose, so that it stands alone.

leaf = SHA-256(0x00 || header bytes as stored); head_n = SHA-256("roomctl-trail-v1" || head_(n-1) || leaf_n).
Headers and payloads are canonical JSON (RFC 8785).
"""

import hashlib
from typing import Any

import rfc8785

DOMAIN = b"roomctl-trail-v1"


def canonical(value: Any) -> bytes:
    """Return canonical JSON, RFC 8785."""
    return rfc8785.dumps(value)


def first_head(epoch: str) -> str:
    """Return the head of an empty epoch, hex."""
    return hashlib.sha256(DOMAIN + b"-epoch" + epoch.encode()).hexdigest()


def payload_digest(salt: str, payload: bytes) -> str:
    """Return SHA-256(salt || payload bytes), hex; `salt` is hex."""
    return hashlib.sha256(bytes.fromhex(salt) + payload).hexdigest()


def leaf_of(header: bytes) -> str:
    return hashlib.sha256(b"\x00" + header).hexdigest()


def next_head(head: str, leaf: str) -> str:
    return hashlib.sha256(DOMAIN + bytes.fromhex(head) + bytes.fromhex(leaf)).hexdigest()
