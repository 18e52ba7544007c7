"""Thousands of quick SNMP agents behind one UDP socket, each at a loopback address of its own: `python -m bench.snmp_agents PORT COUNT SILENT`.

They answer versions 2c and 3 with the same values.  The last SILENT of them never answer.  Prints "ready" when it listens.
"""

import socket
import sys
from functools import lru_cache

from device_drivers.simulators.snmp_agent import Typed, typed
from device_drivers.snmp.asking import Oid, oid
from device_drivers.transports import snmp_ber, snmp_usm
from device_drivers.transports.snmp_authority import Authority, Request
from device_drivers.transports.snmp_ber import GAUGE_32, INTEGER, OCTETS, RESPONSE, TIME_TICKS
from device_drivers.transports.snmp_login import Keyring, SnmpLogin

IP_PKTINFO = 8  # Linux; Python 3.11 has no name for it.
COMMUNITY = "public"
USER = SnmpLogin("3", username="bench", auth_protocol="SHA-256", auth_password="chi de do 1", priv_protocol="AES-128", priv_password="chi de do 2")
VALUES: dict[Oid, Typed] = {
    oid("1.3.6.1.2.1.1.3.0"): typed(TIME_TICKS, 71_917_850), oid("1.3.6.1.2.1.1.5.0"): typed(OCTETS, "UPS phong hop 101"),
    **{oid(f"1.3.6.1.2.1.33.1.{place}.0"): typed(INTEGER, number) for place, number in (
        ("2.1", 2), ("2.2", 0), ("2.3", 29), ("2.4", 100), ("2.5", 547), ("2.7", 27), ("4.1", 3), ("6.1", 0))},
    oid("1.3.6.1.4.1.318.1.1.1.4.2.3.0"): typed(GAUGE_32, 34), oid("1.3.6.1.4.1.318.1.1.1.2.2.3.0"): typed(TIME_TICKS, 540_000)}


def address_of(number: int) -> str:
    """Return the address of an agent: 127.16.0.1 and on."""
    return f"127.{16 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"


@lru_cache(maxsize=64)
def answered(listed: bytes) -> bytes:
    """Return the end of the answer to a list of names: no error, and their values."""
    start, stop = snmp_ber.expect(listed, 0, len(listed), snmp_ber.SEQUENCE)
    nothing = (snmp_ber.Nothing.NO_SUCH_INSTANCE.value, b"")
    bindings = [(name, *VALUES.get(name, nothing)) for name, _ in snmp_ber.read_bindings(listed, start, stop)]
    return snmp_ber.integer(0) + snmp_ber.integer(0) + snmp_ber.listed(bindings)


def answer_to_community(data: bytes) -> bytes:
    """Return an answer, reading no more of the question than its number."""
    at, end = snmp_ber.expect(data, 0, len(data), snmp_ber.SEQUENCE)
    _, at = snmp_ber.small_integer(data, at, end)
    _, at = snmp_ber.expect(data, at, end, OCTETS)
    before = data[2 if data[1] < 128 else 2 + data[1] - 128 : at]
    _, at, end = snmp_ber.head(data, at, end)
    first = at
    for _ in range(3):
        _, at = snmp_ber.small_integer(data, at, end)
    number_end = first + 2 + data[first + 1]
    return snmp_ber.wrap(snmp_ber.SEQUENCE, before + snmp_ber.wrap(RESPONSE, data[first:number_end] + answered(data[at:end])))


def answer_to_user(authority: Authority, data: bytes) -> bytes | None:
    received = authority.receive(snmp_usm.read(data))
    if not isinstance(received, Request):
        return received
    pdu = received.opened.pdu
    return authority.answer(received, snmp_ber.wrap(RESPONSE, snmp_ber.integer(pdu.request_id) + answered(pdu.listed)))


def main() -> None:
    port, count, silent = map(int, sys.argv[1:])
    keyring = Keyring()
    live = {socket.inet_aton(address_of(number)): number for number in range(count - silent)}
    authorities = {address: Authority(b"\x80\x00\x00\x00\x04bench" + number.to_bytes(4, "big"), [USER], keyring=keyring)
                   for address, number in live.items()}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        listening.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        listening.bind(("", port))
        print("ready", flush=True)
        while True:
            data, about, _, source = listening.recvmsg(4096, 64)
            asked = about[0][2][8:12]  # Which of our addresses was asked; the answer must come from it.
            if asked not in live:
                continue
            reply = answer_to_user(authorities[asked], data) if snmp_ber.version_of(data) == 3 else answer_to_community(data)
            if reply:
                packed = b"\0\0\0\0" + asked + b"\0\0\0\0"
                listening.sendmsg([reply], [(socket.IPPROTO_IP, IP_PKTINFO, packed)], 0, source)


if __name__ == "__main__":
    main()
