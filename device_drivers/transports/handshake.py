"""paramiko's transport, made to remember what the device offered and what was agreed, which paramiko 5.1 forgets.

What a hostile device can make it keep is limited, and no thread outlives a connection.
It overrides private methods, so a test fails when a new paramiko has other ones.
"""

import hashlib

import paramiko
from paramiko.packet import Packetizer
from paramiko.ssh_exception import SSHException

from device_drivers.transports.offer import KEXINIT, MOST_TEXT, Accepted, NameLists, names_in

MOST_PACKET = 262_144  # Bytes; we ask for packets of at most 32,768 (RFC 4254, 5.1).


class _BoundedPacketizer(Packetizer):
    """Reads banner and packets, no more of each than is sensible."""

    _read_for_banner = 0

    def start_handshake(self, timeout):
        """Start no timer: the thread of paramiko's lives on for 15 s after a failure.  Whoever starts the handshake limits it."""

    def _read_timeout(self, timeout):
        data = super()._read_timeout(timeout)
        self._read_for_banner += len(data)
        if self._read_for_banner > MOST_TEXT:
            raise SSHException("an endless banner")
        return data

    def read_all(self, n, check_rekey=False):
        if n > MOST_PACKET:
            raise SSHException(f"a packet of {n} bytes")
        return super().read_all(n, check_rekey)


class RememberingTransport(paramiko.Transport):
    """What every connection of ours uses; it knows no SHA-1 for host keys and key exchange."""

    # Prefer curve25519: 3.7 ms of CPU a connection against 24 ms for group14-sha256.
    _preferred_kex = tuple(sorted(paramiko.Transport._preferred_kex, key=lambda name: not name.startswith("curve25519")))

    negotiated_kex = ""
    has_used_sha1 = False  # For a host key's signature or a key exchange, at any time: keys are exchanged again on long connections.
    names: NameLists | None = None

    def __init__(self, connection, **facts):
        super().__init__(connection, packetizer_class=_BoundedPacketizer, **facts)

    def _really_parse_kex_init(self, message, ignore_first_byte=False):
        lists = super()._really_parse_kex_init(message, ignore_first_byte)
        if not ignore_first_byte:  # Else it is our own offer that is read once more.
            self.names = names_in(bytes([KEXINIT]) + message.asbytes())
        return lists

    def _parse_kex_init(self, message):
        super()._parse_kex_init(message)
        self.negotiated_kex = next((name for name, kind in self._kex_info.items() if type(self.kex_engine) is kind), "")
        # paramiko hashes with SHA-1 when an exchange names no hash.
        weak_exchange = getattr(self.kex_engine, "hash_algo", None) in (None, hashlib.sha1)
        self.has_used_sha1 |= weak_exchange or self.host_key_type.startswith(("ssh-rsa", "ssh-dss"))


def accepted_by(kind: type[paramiko.Transport]) -> Accepted:
    """Return what a class of transports agrees to; host keys count with their certificates, as paramiko counts them."""
    certified = tuple(f"{name}-cert-v01@openssh.com" for name in kind._preferred_keys)
    return Accepted(key_exchange=kind._preferred_kex, host_keys=kind._preferred_keys + tuple(name for name in certified if name in kind._key_info),
                    ciphers=kind._preferred_ciphers, macs=kind._preferred_macs, compressions=kind._preferred_compression)
