"""Messages of version 3: sealed, opened by whoever has the keys, and by nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snmp_rig import CALMLY, user

from device_drivers.transports import snmp_ber, snmp_usm
from device_drivers.transports.snmp_authority import Authority, Request
from device_drivers.transports.snmp_ber import Malformed
from device_drivers.transports.snmp_login import AUTH_PROTOCOLS, Keyring, SnmpLogin

ENGINE = b"\x80\x00\x1f\x88\x04somewhere"
KEYRING = Keyring()
BODY = snmp_ber.pdu(snmp_ber.GET, 99, snmp_ber.asked_for(((1, 3, 6, 1), (1, 3, 6, 2))))


def sealed(login: SnmpLogin, *, engine_id: bytes = ENGINE, boots: int = 3, time_s: int = 5, body: bytes = BODY, reportable: bool = True) -> bytes:
    return snmp_usm.seal(41, body, engine_id=engine_id, boots=boots, time_s=time_s, username=login.username.encode(),
                         keys=KEYRING.keys(login, engine_id), level=login.level, reportable=reportable)


@pytest.mark.parametrize("auth", AUTH_PROTOCOLS)
@pytest.mark.parametrize("priv", ["", "DES", "3DES", "AES-128", "AES-256-Cisco"])
def test_a_sealed_message_is_opened_with_the_same_keys(auth, priv):
    login = user(auth=auth, priv=priv)

    opened = snmp_usm.open_sealed(snmp_usm.read(sealed(login)), KEYRING.keys(login, ENGINE))

    assert opened.pdu.request_id == 99 and len(opened.pdu.bindings) == 2
    assert opened.context_engine_id == ENGINE


@pytest.mark.parametrize("engine_id", [bytes(5) + bytes(27), b"\x80" + bytes(31), b"\x04" * 12])
def test_an_engine_id_that_looks_like_a_blank_digest_misleads_nobody(engine_id):
    login = user(auth="SHA", priv="")

    opened = snmp_usm.open_sealed(snmp_usm.read(sealed(login, engine_id=engine_id)), KEYRING.keys(login, engine_id))

    assert opened.pdu.request_id == 99


def test_a_message_of_another_password_is_not_proven():
    with pytest.raises(snmp_usm.NotProven, match="wrongDigests"):
        snmp_usm.open_sealed(snmp_usm.read(sealed(user())), KEYRING.keys(user(auth_password="another one"), ENGINE))


def test_a_message_of_another_privacy_password_is_not_read():
    with pytest.raises(snmp_usm.NotProven, match="decryptionErrors"):
        snmp_usm.open_sealed(snmp_usm.read(sealed(user())), KEYRING.keys(user(priv_password="another one"), ENGINE))


@pytest.mark.parametrize("login", [user(), user(priv=""), user(priv="DES")])
def test_a_sealed_message_cut_anywhere_is_never_opened(login):
    whole, keys = sealed(login), KEYRING.keys(login, ENGINE)

    for cut in range(len(whole)):
        with pytest.raises((Malformed, snmp_usm.NotProven)):
            snmp_usm.open_sealed(snmp_usm.read(whole[:cut]), keys)


@CALMLY
@given(st.data())
def test_a_sealed_message_with_one_octet_changed_is_never_opened_as_proven(data):
    whole, keys = bytearray(sealed(user())), KEYRING.keys(user(), ENGINE)
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))

    try:
        read = snmp_usm.read(bytes(whole))
        snmp_usm.open_sealed(read, keys)
    except (Malformed, snmp_usm.NotProven):
        return
    assert not read.flags & snmp_usm.AUTHENTICATED


@CALMLY
@given(st.binary(max_size=300))
def test_any_octets_are_a_sealed_message_or_malformed(octets):
    try:
        snmp_usm.open_sealed(snmp_usm.read(octets), None)
    except (Malformed, snmp_usm.NotProven):
        return
    assert octets[0] == snmp_ber.SEQUENCE


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def report_of(authority: Authority, data: bytes, login: SnmpLogin | None = None) -> tuple[str, int]:
    """Return the word of the Report that a message earns, and the level it came at."""
    answer = authority.receive(snmp_usm.read(data))
    assert isinstance(answer, bytes)
    read = snmp_usm.read(answer)
    return snmp_usm.open_sealed(read, KEYRING.keys(login, ENGINE) if login else None).report, read.flags


def test_an_authority_lets_in_what_is_proven_and_fresh():
    authority = Authority(ENGINE, [user()], boots=3, now=Clock())

    request = authority.receive(snmp_usm.read(sealed(user(), time_s=0)))

    assert isinstance(request, Request) and request.login == user()


@pytest.mark.parametrize(("word", "facts"), [
    ("unknownEngineIDs", {"engine_id": b"\x80\x00\x1f\x88\x04elsewhere"}), ("unknownUserNames", {"login": user("nobody")}),
    ("wrongDigests", {"login": user(auth_password="another one")}), ("decryptionErrors", {"login": user(priv_password="another one")}),
    ("unsupportedSecLevels", {"login": user(priv="")}), ("unsupportedSecLevels", {"login": SnmpLogin("3", "", "doc")})])
def test_an_authority_says_what_is_wrong(word, facts):
    authority = Authority(ENGINE, [user()], boots=3, now=Clock())

    assert report_of(authority, sealed(facts.pop("login", user()), **{"time_s": 0, **facts}))[0] == word


@pytest.mark.parametrize(("boots", "time_s"), [(2, 0), (4, 0), (3, 151)])
def test_an_authority_proves_its_time_to_who_has_another(boots, time_s):
    authority = Authority(ENGINE, [user()], boots=3, now=Clock())

    assert report_of(authority, sealed(user(), boots=boots, time_s=time_s), user()) == ("notInTimeWindows", snmp_usm.AUTHENTICATED)


def test_an_old_message_is_not_let_in_again():
    clock = Clock()
    authority, message = Authority(ENGINE, [user()], boots=3, now=clock), snmp_usm.read(sealed(user(), time_s=0))
    assert isinstance(authority.receive(message), Request)

    clock.now_s += 151

    assert not isinstance(authority.receive(message), Request)


def test_an_authority_does_not_report_to_who_did_not_ask_for_it():
    authority = Authority(ENGINE, [user()], boots=3, now=Clock())

    assert authority.receive(snmp_usm.read(sealed(user("nobody"), reportable=False))) is None
