"""The octets of SNMP: what is written is read again, by others too, and nothing hostile comes through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api, rfc1902
from snmp_rig import CALMLY

from device_drivers.snmp.asking import Unreadable
from device_drivers.transports import snmp_ber
from device_drivers.transports.snmp_ber import Malformed, Nothing

OIDS = st.one_of(st.tuples(st.integers(0, 1), st.integers(0, 39)), st.tuples(st.just(2), st.integers(0, 2**31))).flatmap(
    lambda start: st.lists(st.integers(0, 2**32 - 1), max_size=20).map(lambda rest: (*start, *rest)))
VALUES = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(lambda number: (snmp_ber.INTEGER, snmp_ber.number_octets(number), number)),
    st.sampled_from([snmp_ber.COUNTER_32, snmp_ber.GAUGE_32, snmp_ber.TIME_TICKS]).flatmap(
        lambda tag: st.integers(0, 2**32 - 1).map(lambda number: (tag, snmp_ber.number_octets(number), number))),
    st.integers(0, 2**64 - 1).map(lambda number: (snmp_ber.COUNTER_64, snmp_ber.number_octets(number), number)),
    st.binary(max_size=300).map(lambda octets: (snmp_ber.OCTETS, octets, octets)),
    OIDS.map(lambda name: (snmp_ber.OBJECT_ID, snmp_ber.object_id(name)[snmp_ber.head(snmp_ber.object_id(name), 0, 999)[1]:], name)),
    st.sampled_from(list(Nothing)).map(lambda nothing: (nothing.value, b"", nothing)))
BINDINGS = st.lists(st.tuples(OIDS, VALUES), max_size=8)


def answer(bindings, *, version: int = 1, request_id: int = 7) -> bytes:
    listed = snmp_ber.listed([(name, tag, content) for name, (tag, content, _) in bindings])
    return snmp_ber.message(version, b"public", snmp_ber.pdu(snmp_ber.RESPONSE, request_id, listed))


def value_of(tag: int, octets: bytes):
    return snmp_ber.read_message(answer([((1, 3), (tag, octets, None))])).pdu.bindings[0][1]


@CALMLY
@given(BINDINGS, st.integers(-(2**31), 2**31 - 1))
def test_what_is_written_is_read_again(bindings, request_id):
    read = snmp_ber.read_message(answer(bindings, request_id=request_id))

    assert read.pdu.request_id == request_id and read.community == b"public"
    assert read.pdu.bindings == tuple((name, meant) for name, (_, _, meant) in bindings)


@CALMLY
@given(BINDINGS)
def test_pysnmp_reads_what_is_written(bindings):
    message, rest = decoder.decode(answer(bindings), asn1Spec=api.PROTOCOL_MODULES[api.SNMP_VERSION_2C].Message())

    read = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C].apiPDU.get_varbinds(api.PROTOCOL_MODULES[api.SNMP_VERSION_2C].apiMessage.get_pdu(message))
    assert not rest
    assert [tuple(name) for name, _ in read] == [name for name, _ in bindings]
    assert [int(value) for (_, value), (_, (_, _, meant)) in zip(read, bindings, strict=True) if isinstance(meant, int)] == [
        meant for _, (_, _, meant) in bindings if isinstance(meant, int)]


@CALMLY
@given(OIDS, st.integers(0, 2**64 - 1), st.binary(max_size=200))
def test_what_pysnmp_writes_is_read(name, number, octets):
    module = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
    pdu, message = module.ResponsePDU(), module.Message()
    module.apiPDU.set_defaults(pdu)
    module.apiPDU.set_varbinds(pdu, [(name, rfc1902.Counter64(number)), (name, rfc1902.OctetString(octets))])
    module.apiMessage.set_defaults(message)
    module.apiMessage.set_pdu(message, pdu)

    read = snmp_ber.read_message(encoder.encode(message))

    assert read.pdu.bindings == ((name, number), (name, octets))


@CALMLY
@given(BINDINGS)
def test_an_answer_cut_anywhere_is_malformed_and_never_a_shorter_answer(bindings):
    whole = answer(bindings)

    for cut in range(len(whole)):
        with pytest.raises(Malformed):
            snmp_ber.read_message(whole[:cut])


@CALMLY
@given(st.binary(max_size=400))
def test_any_octets_are_a_message_or_malformed(octets):
    try:
        snmp_ber.read_message(octets)
    except Malformed:
        return
    assert octets[0] == snmp_ber.SEQUENCE


@CALMLY
@given(BINDINGS, st.data())
def test_a_message_with_one_octet_changed_is_a_message_or_malformed(bindings, data):
    whole = bytearray(answer(bindings))
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))

    try:
        read = snmp_ber.read_message(bytes(whole))
    except Malformed:
        return
    assert read.pdu is None or all(len(name) >= 2 for name, _ in read.pdu.bindings)


@CALMLY
@given(BINDINGS, st.binary(min_size=1, max_size=40))
def test_octets_behind_a_message_do_no_harm(bindings, trailing):
    assert snmp_ber.read_message(answer(bindings) + trailing) == snmp_ber.read_message(answer(bindings))


def test_a_length_may_be_longer_than_it_need_be():
    whole = snmp_ber.read_message(answer([((1, 3, 6), (2, b"\x05", 5))]))
    inner = answer([((1, 3, 6), (2, b"\x05", 5))])[2:]

    assert snmp_ber.read_message(b"\x30\x84" + len(inner).to_bytes(4, "big") + inner) == whole


@pytest.mark.parametrize("octets", ["fffffffe", "fe", "00fffffffe"])
@pytest.mark.parametrize("tag", [0x41, 0x42, 0x43, 0x47])
def test_an_unsigned_number_sent_as_a_negative_one_is_read_modulo_2_to_the_32(tag, octets):
    assert value_of(tag, bytes.fromhex(octets)) == 4_294_967_294


def test_a_counter64_sent_as_a_negative_number_is_read_modulo_2_to_the_64():
    assert value_of(snmp_ber.COUNTER_64, b"\xff" * 7 + b"\xfe") == 2**64 - 2


@pytest.mark.parametrize(("tag", "octets"), [
    (0x02, b""), (0x02, b"\x01" * 9), (0x41, b""), (0x41, b"\x01" * 5), (0x41, b"\x01" * 6), (0x46, b"\x01" * 9), (0x06, b""), (0x06, b"\x2b\x86"),
    (0x06, b"\x2b" + b"\xff" * 8 + b"\x01"), (0x06, b"\x2b" * 2000), (0x40, b"\x01"), (0x44, b"\x9f\x78\x04\x42\xf6\x00\x00"), (0x45, b"x"),
    (0x9F, b"y"), (0x30, b"\x02\x01\x05")])
def test_a_value_that_cannot_be_read_is_unreadable_and_never_a_number(tag, octets):
    assert value_of(tag, octets) == Unreadable(tag, octets)


def test_an_unreadable_value_leaves_the_others_as_they_are():
    read = snmp_ber.read_message(answer([((1, 3, 1), (0x45, b"?", None)), ((1, 3, 2), (2, b"\x07", 7))]))

    assert read.pdu.bindings == (((1, 3, 1), Unreadable(0x45, b"?")), ((1, 3, 2), 7))


def test_a_name_that_cannot_be_read_is_left_out_and_the_others_stay():
    absurd = snmp_ber.wrap(0x30, snmp_ber.wrap(0x06, b"\x2b" + b"\xff" * 9 + b"\x7f") + b"\x05\x00")
    good = snmp_ber.wrap(0x30, snmp_ber.object_id((1, 3, 6)) + b"\x02\x01\x05")
    whole = snmp_ber.message(1, b"", snmp_ber.pdu(snmp_ber.RESPONSE, 1, snmp_ber.wrap(0x30, absurd + good)))

    assert snmp_ber.read_message(whole).pdu.bindings == (((1, 3, 6), 5),)


@pytest.mark.parametrize("name", [(), (1,), (3, 1), (1, 40), (1, 3, -1), (1, 3, 2**32)])
def test_what_is_no_oid_is_not_written(name):
    with pytest.raises(ValueError, match="no OID"):
        snmp_ber.object_id(name)
