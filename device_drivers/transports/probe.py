"""Asks a device which SSH it speaks: its banner and its list of algorithms, and nothing after them.

No key is exchanged and nobody signs in, so it can be asked of a whole fleet.
"""

import contextlib
import socket
import struct
import time

from device_drivers.errors import ConnectionLost, Silent
from device_drivers.readings import SshOffer
from device_drivers.transports.legacy_ssh import ACCEPTED
from device_drivers.transports.offer import GreetingReader, judge
from device_drivers.transports.ssh import Deadlines, connect_tcp

OWN_BANNER = b"SSH-2.0-device_drivers\r\n"  # A server may wait for it before it lists its algorithms.
# A packet that says goodbye, "by application" (RFC 4253, 11.1): type, reason, two empty strings, six bytes of padding.
GOODBYE = struct.pack(">IBBIII6x", 20, 6, 1, 11, 0, 0)


def look_at_offer(host: str, port: int, deadlines: Deadlines | None = None) -> SshOffer:
    """Return the algorithms a device offers and whether this installation can speak to it.

    `deadlines.connect_s` limits the connection, `deadlines.banner_s` all the rest together.  Raises Unreachable, Silent,
    ConnectionLost when the device hangs up first, and UnexpectedReply when what answers is not SSH.
    """
    deadlines = deadlines or Deadlines()
    reader = GreetingReader()
    with connect_tcp(host, port, deadlines) as connection:
        until = time.monotonic() + deadlines.banner_s
        with contextlib.suppress(OSError):  # A device that hung up may still have said why: that is read below.
            connection.settimeout(deadlines.banner_s)
            connection.sendall(OWN_BANNER)
        while True:
            greeting = reader.feed(_next_bytes(connection, reader, until, deadlines))
            if greeting is not None:
                break
        with contextlib.suppress(OSError):
            connection.sendall(GOODBYE)
    return judge(greeting, ACCEPTED)


def _next_bytes(connection: socket.socket, reader: GreetingReader, until: float, deadlines: Deadlines) -> bytes:
    wait_s = until - time.monotonic()
    if wait_s <= 0:
        raise Silent(asked="SSH greeting", waited_s=deadlines.banner_s)
    try:
        connection.settimeout(wait_s)
        data = connection.recv(4_096)
    except TimeoutError:
        raise Silent(asked="SSH greeting", waited_s=deadlines.banner_s) from None
    except OSError as error:
        raise ConnectionLost(f"in the SSH greeting: {error}") from error
    if not data:
        raise ConnectionLost(f"the device hung up in the SSH greeting; it said: {' '.join(reader.said) or 'nothing'}")
    return data
