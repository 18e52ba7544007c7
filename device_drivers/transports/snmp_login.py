"""How an agent is entered: a community, or a user with keys (RFC 3414, RFC 7860), and the keys made from passwords.

AES with 192 and 256 bits exists in two kinds that differ when the hash is shorter than the key.  "AES-256" stretches it after the
Blumenthal draft, as net-snmp does; "AES-256-Cisco" after the Reeder draft, as Cisco and most makers do.  Keys and ciphers are pysnmp's.
"""

import hashlib
import threading
from dataclasses import dataclass
from typing import Any

from pyasn1.type import univ
from pysnmp.proto.secmod.rfc3414.service import SnmpUSMSecurityModel

_HASHES = {"MD5": "md5", "SHA": "sha1", "SHA-224": "sha224", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_DIGEST_OCTETS = {"MD5": 12, "SHA": 12, "SHA-224": 16, "SHA-256": 24, "SHA-384": 32, "SHA-512": 48}
_AUTH_IDS = {name: (1, 3, 6, 1, 6, 3, 10, 1, 1, number) for number, name in enumerate(_HASHES, 2)}  # RFC 3414 and RFC 7860.
_PRIV_IDS = {"DES": (1, 3, 6, 1, 6, 3, 10, 1, 2, 2), "3DES": (1, 3, 6, 1, 6, 3, 10, 1, 2, 3), "AES-128": (1, 3, 6, 1, 6, 3, 10, 1, 2, 4),
             "AES-192": (1, 3, 6, 1, 4, 1, 9, 12, 6, 1, 1), "AES-256": (1, 3, 6, 1, 4, 1, 9, 12, 6, 1, 2),
             "AES-192-Cisco": (1, 3, 6, 1, 4, 1, 9, 12, 6, 1, 101), "AES-256-Cisco": (1, 3, 6, 1, 4, 1, 9, 12, 6, 1, 102)}  # As pysnmp names them.
_AUTH: dict[str, Any] = {name: SnmpUSMSecurityModel.AUTH_SERVICES[known] for name, known in _AUTH_IDS.items()}
_PRIV: dict[str, Any] = {name: SnmpUSMSecurityModel.PRIV_SERVICES[known] for name, known in _PRIV_IDS.items()}
_STRETCHED = {"AES-192": 24, "AES-256": 32, "AES-192-Cisco": 24, "AES-256-Cisco": 32}  # Octets of the key.

AUTH_PROTOCOLS, PRIV_PROTOCOLS = tuple(_HASHES), tuple(_PRIV)
SHORTEST_PASSWORD = 8  # RFC 3414, 11.2.
_CIPHERING = threading.Lock()  # Each of pysnmp's ciphers counts its salts; two threads must not draw the same.


@dataclass(frozen=True, slots=True, repr=False)
class SnmpLogin:
    """Version "1", "2c" or "3"; a community for the first two, a user for the third.

    Without an authentication protocol a user of version 3 is only a name, without a privacy protocol what is read travels in clear.
    Raises ValueError when it cannot work.
    """

    version: str = "2c"
    community: str = ""
    username: str = ""
    auth_protocol: str = ""
    auth_password: str = ""
    priv_protocol: str = ""
    priv_password: str = ""

    def __post_init__(self) -> None:
        if self.version not in ("1", "2c", "3"):
            raise ValueError(f"SNMP version {self.version!r}")
        if self.version != "3":
            return
        if not 0 < len(self.username.encode()) <= 32:
            raise ValueError("a user's name has 1 to 32 octets")
        if self.priv_protocol and not self.auth_protocol:
            raise ValueError("privacy needs authentication")
        for protocol, password, known in ((self.auth_protocol, self.auth_password, AUTH_PROTOCOLS),
                                          (self.priv_protocol, self.priv_password, PRIV_PROTOCOLS)):
            if protocol and protocol not in known:
                raise ValueError(f"unknown protocol {protocol!r}")
            if protocol and len(password.encode()) < SHORTEST_PASSWORD:
                raise ValueError(f"the password for {protocol} has fewer than {SHORTEST_PASSWORD} characters")

    def __repr__(self) -> str:
        if self.version != "3":
            return f"SnmpLogin({self.version!r}, community kept)"
        return f"SnmpLogin('3', {self.username!r}, {self.auth_protocol or 'no authentication'}, {self.priv_protocol or 'no privacy'}, passwords kept)"

    @property
    def level(self) -> int:
        """The level as the flags of a message say it: 0, 1 authenticated, 3 also encrypted."""
        return bool(self.auth_protocol) | 2 * bool(self.priv_protocol)

    @property
    def other_variant(self) -> str:
        """The privacy protocol that makes another key of the same password; empty when both kinds give the same key."""
        octets = _STRETCHED.get(self.priv_protocol)
        if octets is None or hashlib.new(_HASHES[self.auth_protocol]).digest_size >= octets:
            return ""
        return self.priv_protocol.removesuffix("-Cisco") if self.priv_protocol.endswith("-Cisco") else f"{self.priv_protocol}-Cisco"


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """A user's keys for one engine.  They open and seal messages; they are never shown."""

    auth_protocol: str
    auth_key: bytes
    priv_protocol: str
    priv_key: Any

    @property
    def hash_name(self) -> str:
        return _HASHES[self.auth_protocol]

    @property
    def digest_octets(self) -> int:
        return _DIGEST_OCTETS[self.auth_protocol]

    def encrypt(self, plain: bytes, boots: int, time_s: int) -> tuple[bytes, bytes]:
        """Return the encrypted octets and the privacy parameters that go with them."""
        with _CIPHERING:
            encrypted, salt = _PRIV[self.priv_protocol].encrypt_data(self.priv_key, (boots, time_s, b""), plain)
        return encrypted.asOctets(), salt.asOctets()

    def decrypt(self, encrypted: bytes, boots: int, time_s: int, salt: bytes) -> bytes:
        """Return the octets in clear; raises ValueError when salt or length are wrong.  A wrong key gives noise, not an error."""
        if len(salt) != 8 or (self.priv_protocol in ("DES", "3DES") and (not encrypted or len(encrypted) % 8)):
            raise ValueError("privacy parameters that do not fit")
        return _PRIV[self.priv_protocol].decrypt_data(self.priv_key, (boots, time_s, univ.OctetString(salt)), univ.OctetString(encrypted))


class Keyring:
    """Makes keys and keeps the slow part of them: hashing a password takes a megabyte (RFC 3414, A.2).  Any thread may ask."""

    def __init__(self, most: int = 20_000) -> None:
        self._hashed: dict[tuple[str, str], bytes] = {}
        self._most = most

    def keys(self, login: SnmpLogin, engine_id: bytes) -> Keys:
        """Return a user's keys for an engine; milliseconds the first time a password is met."""
        engine, auth_key, priv_key = univ.OctetString(engine_id), b"", None
        if login.auth_protocol:
            service, hashed = _AUTH[login.auth_protocol], self.hashed(login.auth_protocol, login.auth_password)
            auth_key = service.localize_key(univ.OctetString(hashed), engine).asOctets()
        if login.priv_protocol:
            hashed = self.hashed(login.auth_protocol, login.priv_password)
            priv_key = _PRIV[login.priv_protocol].localize_key(_AUTH_IDS[login.auth_protocol], univ.OctetString(hashed), engine)
        return Keys(login.auth_protocol, auth_key, login.priv_protocol, priv_key)

    def warm(self, login: SnmpLogin) -> None:
        """Hash a user's passwords before they are needed."""
        for password in (login.auth_password if login.auth_protocol else "", login.priv_password if login.priv_protocol else ""):
            if password:
                self.hashed(login.auth_protocol, password)

    def hashed(self, auth_protocol: str, password: str) -> bytes:
        """Return the hash of a password repeated to 1,048,576 octets."""
        known = self._hashed.get((auth_protocol, password))
        if known is None:
            octets = password.encode()
            # One call on one long text: three times as fast as pysnmp's loop, and other threads run meanwhile.
            known = hashlib.new(_HASHES[auth_protocol], (octets * (1_048_576 // len(octets) + 1))[:1_048_576]).digest()
            if len(self._hashed) >= self._most:
                self._hashed.clear()
            self._hashed[auth_protocol, password] = known
        return known
