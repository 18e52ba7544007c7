"""SSH for devices that know nothing but SHA-1, apart from all other connections.

What paramiko 5 took out lives in classes of its own here.  Nothing of paramiko's is changed, so no other connection in the
process can be led to SHA-1.  DSA host keys and group-exchange with SHA-1 stay out: such a device needs other software.
"""

import hashlib

from cryptography.hazmat.primitives import hashes
from paramiko import RSAKey
from paramiko.kex_group14 import KexGroup14SHA256

from device_drivers.readings import Legacy
from device_drivers.transports.handshake import RememberingTransport, accepted_by


class _RsaSignedWithSha1(RSAKey):
    """A host key whose signature must be SHA-1.

    paramiko believes the name written in the signature: were SHA-1 added to RSAKey.HASHES itself, a device could pass a SHA-1
    signature to a connection that had agreed on SHA-2.
    """

    HASHES = {"ssh-rsa": hashes.SHA1}  # noqa: RUF012 - as paramiko declares it


class _Group14Sha1(KexGroup14SHA256):
    name = "diffie-hellman-group14-sha1"
    hash_algo = hashlib.sha1


class _Group1Sha1(_Group14Sha1):
    """Second Oakley group, 1024 bits (RFC 2409, 6.2; RFC 4253, 8.1)."""

    name = "diffie-hellman-group1-sha1"
    P = int("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
            "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
            "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF", 16)
    G = 2


class _HostKeyTransport(RememberingTransport):
    """Takes a host key's SHA-1 signature when the device has nothing better."""

    _key_info = {**RememberingTransport._key_info, "ssh-rsa": _RsaSignedWithSha1}  # noqa: RUF012
    _preferred_keys = (*RememberingTransport._preferred_keys, "ssh-rsa")

    @property
    def preferred_keys(self):
        """Return what to ask for, without the certificate that paramiko makes up for every name: ssh-rsa has none here."""
        return tuple(name for name in super().preferred_keys if name in self._key_info)


class _HostKeyAndKexTransport(_HostKeyTransport):
    """Takes Diffie-Hellman with SHA-1 too."""

    _kex_info = {**_HostKeyTransport._kex_info, _Group14Sha1.name: _Group14Sha1, _Group1Sha1.name: _Group1Sha1}  # noqa: RUF012
    _preferred_kex = (*_HostKeyTransport._preferred_kex, _Group14Sha1.name, _Group1Sha1.name)


TRANSPORTS: dict[Legacy, type[RememberingTransport]] = {
    Legacy.NONE: RememberingTransport, Legacy.HOSTKEY: _HostKeyTransport, Legacy.HOSTKEY_KEX: _HostKeyAndKexTransport,
}
ACCEPTED = {legacy: accepted_by(kind) for legacy, kind in TRANSPORTS.items()}
