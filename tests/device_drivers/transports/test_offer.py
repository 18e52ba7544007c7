"""How an SSH server's introduction is read and judged: cut anywhere, broken or hostile."""

import dataclasses
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.errors import ConnectionLost, DeviceError, UnexpectedReply
from device_drivers.readings import Legacy, SshVerdict
from device_drivers.transports import offer
from device_drivers.transports.legacy_ssh import ACCEPTED
from device_drivers.transports.offer import Greeting, GreetingReader, NameLists, judge, names_in

MODERN = NameLists(("curve25519-sha256@libssh.org",), ("ssh-ed25519",), ("aes128-ctr",), ("aes128-ctr",), ("hmac-sha2-256",),
                   ("hmac-sha2-256",), ("none",), ("none",))
NAME = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789-@."), min_size=1, max_size=12)
NAMES = st.lists(NAME, max_size=5).map(tuple)
LISTS = st.builds(NameLists, *[NAMES] * 8).map(
    lambda lists: dataclasses.replace(lists, key_exchange=tuple(name for name in lists.key_exchange if not name.startswith("ext-info-"))))


def packet(payload: bytes, padding: int = 4) -> bytes:
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def kexinit(lists: NameLists, *, signals: tuple[str, ...] = ()) -> bytes:
    texts = [",".join(names).encode() for names in dataclasses.astuple(lists)]
    texts[0] = ",".join((*lists.key_exchange, *signals)).encode()
    return bytes([20]) + bytes(16) + b"".join(struct.pack(">I", len(text)) + text for text in [*texts, b"", b""]) + bytes(5)


def told(reader: GreetingReader, *pieces: bytes) -> Greeting | type[DeviceError] | None:
    """Return what comes of a greeting in pieces: itself, the class of the error, or None when more is awaited."""
    for piece in pieces:
        try:
            greeting = reader.feed(piece)
        except DeviceError as error:
            return type(error)
        if greeting is not None:
            return greeting
    return None


# A greeting cut into pieces


@given(LISTS, st.lists(st.sampled_from([b"Welcome\r\n", b"\r\n", b"SHS-\n", b"\xe1\xbb\x99\n"]), max_size=3), st.sampled_from([b"\r\n", b"\n"]),
       st.lists(st.sampled_from([b"\x02", b"\x04\x00debug", b"\x03\x00\x00\x00\x00"]), max_size=3), st.integers(4, 255))
@settings(max_examples=25, deadline=None)
def test_a_greeting_reads_the_same_wherever_it_is_cut(lists, before, end, packets, padding):
    whole = b"".join(before) + b"SSH-2.0-Codec_1.0 comment" + end + b"".join(map(packet, packets)) + packet(kexinit(lists), padding)
    expected = Greeting("SSH-2.0-Codec_1.0 comment", lists)

    assert told(GreetingReader(), whole) == expected
    assert told(GreetingReader(), *(whole[at : at + 1] for at in range(len(whole)))) == expected
    for cut in range(len(whole) + 1):
        assert told(GreetingReader(), whole[:cut], whole[cut:]) == expected


@given(LISTS)
@settings(max_examples=20, deadline=None)
def test_a_greeting_is_never_complete_before_its_last_byte(lists):
    whole = b"SSH-2.0-x\r\n" + packet(kexinit(lists))

    assert [told(GreetingReader(), whole[:length]) for length in range(len(whole))] == [None] * len(whole)


@given(st.binary(max_size=400), st.integers(0, 200), st.integers(0, 400))
@settings(max_examples=400, deadline=None)
def test_noise_in_a_greeting_is_a_device_error_and_the_same_one_wherever_it_is_cut(noise, at, cut):
    good = b"SSH-2.0-x\r\n" + packet(kexinit(MODERN))
    bad = good[:at] + noise + good[at + len(noise) :]

    assert told(GreetingReader(), bad) == told(GreetingReader(), bad[:cut], bad[cut:])


@given(st.binary(max_size=2_000))
@settings(max_examples=300, deadline=None)
def test_noise_instead_of_an_introduction_never_becomes_one(noise):
    assert not isinstance(told(GreetingReader(), b"\x00" + noise.replace(b"SSH-", b"SSH+")), Greeting)


# Hostile and broken devices


@pytest.mark.parametrize("piece", [b"x" * 512, b"x\n" * 256, b"\n" * 512])
def test_an_endless_banner_is_refused_and_not_kept(piece):
    reader = GreetingReader()

    came = told(reader, *[piece] * 100)

    assert came is UnexpectedReply
    assert reader.kept_bytes <= offer.MOST_TEXT + len(piece)


@pytest.mark.parametrize("length", [0, 1, 4, offer.MOST_PACKET + 1, 0x7FFFFFFF, 0xFFFFFFFF])
def test_an_impossible_packet_length_is_refused_at_once(length):
    assert told(GreetingReader(), b"SSH-2.0-x\r\n" + struct.pack(">IB", length, 4)) is UnexpectedReply


def test_the_longest_packet_that_must_be_read_is_read():
    many = dataclasses.replace(MODERN, macs_to_device=("m" * 30_000,))

    assert told(GreetingReader(), b"SSH-2.0-x\r\n", packet(kexinit(many))) == Greeting("SSH-2.0-x", many)


@pytest.mark.parametrize("payload", [b"\x14" + bytes(16), b"\x14" + bytes(16) + b"\xff\xff\xff\xff", kexinit(MODERN)[:-60], b"\x14"])
def test_lists_that_run_past_the_end_are_refused(payload):
    assert told(GreetingReader(), b"SSH-2.0-x\r\n" + packet(payload)) is UnexpectedReply


@pytest.mark.parametrize("payload", [b"\x15", b"\x1e" + bytes(8), b"\x32", b"\xff"])
def test_anything_else_in_place_of_the_lists_is_refused(payload):
    assert told(GreetingReader(), b"SSH-2.0-x\r\n" + packet(payload)) is UnexpectedReply


def test_packets_that_put_off_the_lists_for_ever_are_refused():
    assert told(GreetingReader(), b"SSH-2.0-x\r\n", *[packet(b"\x02")] * 1_000) is UnexpectedReply


def test_a_device_that_says_goodbye_is_quoted():
    goodbye = b"\x01" + struct.pack(">II", 12, 17) + b"Too many sessions" + bytes(4)

    with pytest.raises(ConnectionLost, match="Too many sessions"):
        GreetingReader().feed(b"SSH-2.0-x\r\n" + packet(goodbye))


@pytest.mark.parametrize("rest", [b"", b"\x00\x00", b"\x00\x00\x00\x02\x00\x00\x00\xff"])
def test_a_goodbye_that_is_cut_short_is_a_device_error(rest):
    assert told(GreetingReader(), b"SSH-2.0-x\r\n" + packet(b"\x01" + rest)) in (ConnectionLost, UnexpectedReply)


@pytest.mark.parametrize("banner", [b"SSH-", b"SSH-2.0", b"SSH-2.0\xff"])
def test_a_banner_without_its_parts_is_refused(banner):
    assert told(GreetingReader(), banner + b"\r\n") is UnexpectedReply


def test_nothing_a_device_sends_can_move_the_cursor_of_a_terminal():
    lists = dataclasses.replace(MODERN, host_keys=("evil",))
    sent = packet(kexinit(lists).replace(b"evil", b"e\x1b[H"))

    greeting = GreetingReader().feed(b"SSH-2.0-\x1b[2J\x07\xc3\xa9\r\n" + sent)

    assert greeting == Greeting("SSH-2.0-?[2J???", dataclasses.replace(MODERN, host_keys=("e?[H",)))


def test_signals_among_the_key_exchanges_are_not_taken_for_one():
    lists = names_in(kexinit(MODERN, signals=("ext-info-s", "kex-strict-s-v00@openssh.com")))

    assert lists == MODERN


# The verdict


def verdict(**lists: tuple[str, ...]):
    return judge(Greeting("SSH-2.0-x", dataclasses.replace(MODERN, **lists)), ACCEPTED)


def test_a_modern_device_needs_nothing_and_the_names_that_would_be_used_are_told():
    found = judge(Greeting("SSH-2.0-x", MODERN), ACCEPTED)

    assert (found.verdict, found.needs) == (SshVerdict.MODERN, Legacy.NONE)
    assert found.decided_by == ("curve25519-sha256@libssh.org", "ssh-ed25519", "aes128-ctr")


@pytest.mark.parametrize(("offered", "expected", "needs", "decided_by"), [
    ({"host_keys": ("ssh-rsa",)}, SshVerdict.NEEDS_HOST_KEY_SHIM, Legacy.HOSTKEY, ("ssh-rsa",)),
    ({"host_keys": ("ssh-rsa", "ssh-dss")}, SshVerdict.NEEDS_HOST_KEY_SHIM, Legacy.HOSTKEY, ("ssh-rsa", "ssh-dss")),
    ({"host_keys": ("ssh-rsa", "rsa-sha2-256")}, SshVerdict.MODERN, Legacy.NONE, None),
    ({"key_exchange": ("diffie-hellman-group14-sha1",)}, SshVerdict.NEEDS_BOTH, Legacy.HOSTKEY_KEX, ("diffie-hellman-group14-sha1",)),
    ({"key_exchange": ("diffie-hellman-group1-sha1",), "host_keys": ("ssh-rsa",)}, SshVerdict.NEEDS_BOTH, Legacy.HOSTKEY_KEX,
     ("diffie-hellman-group1-sha1", "ssh-rsa")),
    ({"key_exchange": ("diffie-hellman-group-exchange-sha1",)}, SshVerdict.IMPOSSIBLE, None, ("diffie-hellman-group-exchange-sha1",)),
    ({"host_keys": ("ssh-dss",)}, SshVerdict.IMPOSSIBLE, None, ("ssh-dss",)),
    ({"host_keys": ("ssh-dss",), "key_exchange": ("diffie-hellman-group1-sha1",)}, SshVerdict.IMPOSSIBLE, None, ("ssh-dss",)),
    ({"ciphers_from_device": ("arcfour",)}, SshVerdict.IMPOSSIBLE, None, ("arcfour",)),
    ({"macs_to_device": ("none",)}, SshVerdict.IMPOSSIBLE, None, ("none",)),
    ({"compressions_to_device": ("zlib",)}, SshVerdict.IMPOSSIBLE, None, ("zlib",)),
    ({"host_keys": ()}, SshVerdict.IMPOSSIBLE, None, ()),
    ({"ciphers_to_device": ("3des-cbc",), "ciphers_from_device": ("aes128-cbc",), "macs_to_device": ("hmac-md5",),
      "macs_from_device": ("hmac-sha1-96",)}, SshVerdict.MODERN, Legacy.NONE, None),
])
def test_the_verdict_names_what_decided(offered, expected, needs, decided_by):
    found = verdict(**offered)

    assert (found.verdict, found.needs) == (expected, needs)
    assert decided_by is None or found.decided_by == decided_by


def test_what_an_amx_master_offers_needs_its_host_key_allowed():
    found = verdict(key_exchange=("diffie-hellman-group-exchange-sha256", "diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1",
                                  "diffie-hellman-group1-sha1"), host_keys=("ssh-rsa", "ssh-dss"))

    assert found.verdict is SshVerdict.NEEDS_HOST_KEY_SHIM


def test_an_older_version_of_ssh_is_impossible_and_the_version_is_named():
    greeting = GreetingReader().feed(b"SSH-1.5-Cisco_1.25\n")

    assert greeting is not None
    assert judge(greeting, ACCEPTED).verdict is SshVerdict.IMPOSSIBLE
    assert judge(greeting, ACCEPTED).decided_by == ("SSH-1.5",)


def test_a_server_of_both_versions_is_read_on():
    assert told(GreetingReader(), b"SSH-1.99-x\r\n" + packet(kexinit(MODERN))) == Greeting("SSH-1.99-x", MODERN)


def test_names_tell_nothing_of_the_key_itself():
    assert set(judge(Greeting("SSH-2.0-x", MODERN), ACCEPTED).unknown) == {"host_key_fingerprint", "host_key_bits", "login_methods"}


def test_a_group_that_the_device_chooses_is_unknown_too():
    assert "group_bits" in verdict(key_exchange=("diffie-hellman-group-exchange-sha256",)).unknown
