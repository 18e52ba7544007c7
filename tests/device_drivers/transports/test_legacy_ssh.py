"""SHA-1 for one device and for no other, against OpenSSH restricted to old algorithms."""

import inspect
import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import paramiko
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from paramiko.packet import Packetizer

import device_drivers
from device_drivers.errors import ConnectionLost, DeviceError, HostKeyChanged, SshTooOld
from device_drivers.readings import Legacy, SshVerdict
from device_drivers.registry import connect
from device_drivers.transports.handshake import RememberingTransport
from device_drivers.transports.legacy_ssh import TRANSPORTS
from device_drivers.transports.offer import NameLists
from device_drivers.transports.probe import look_at_offer
from device_drivers.transports.ssh import Deadlines, Login, look_at_host_key, open_shell

ROOT = Path(device_drivers.__file__).parents[1]
SHA2_KEYS = "HostKeyAlgorithms rsa-sha2-512,rsa-sha2-256"
SHA1_KEYS = "HostKeyAlgorithms ssh-rsa"
GROUP14, GROUP1 = "KexAlgorithms diffie-hellman-group14-sha1", "KexAlgorithms diffie-hellman-group1-sha1"
OLD = (SHA1_KEYS, GROUP14, "Ciphers aes128-cbc", "MACs hmac-sha1")
# What a server offers, its kind of key, and the least that has to be allowed; None when nothing is enough.
TABLE = {
    "modern exchange, ssh-rsa": ((SHA1_KEYS,), "rsa", Legacy.HOSTKEY),
    "modern exchange, rsa-sha2, aes128-cbc, hmac-sha1": ((SHA2_KEYS, "Ciphers aes128-cbc", "MACs hmac-sha1"), "rsa", Legacy.NONE),
    "group14-sha1, rsa-sha2": ((SHA2_KEYS, GROUP14), "rsa", Legacy.HOSTKEY_KEX),
    "group14-sha1, ssh-rsa, aes128-cbc, hmac-sha1": (OLD, "rsa", Legacy.HOSTKEY_KEX),
    "group1-sha1, ssh-rsa, 3des-cbc, hmac-md5": ((SHA1_KEYS, GROUP1, "Ciphers 3des-cbc", "MACs hmac-md5"), "rsa", Legacy.HOSTKEY_KEX),
    "gex-sha1 only": (("KexAlgorithms diffie-hellman-group-exchange-sha1",), "rsa", None),
    "ssh-dss only": (("HostKeyAlgorithms ssh-dss",), "dsa", None),
    "gex-sha256, rsa-sha2": ((SHA2_KEYS, "KexAlgorithms diffie-hellman-group-exchange-sha256"), "rsa", Legacy.NONE),
}
VERDICTS = {Legacy.NONE: SshVerdict.MODERN, Legacy.HOSTKEY: SshVerdict.NEEDS_HOST_KEY_SHIM, Legacy.HOSTKEY_KEX: SshVerdict.NEEDS_BOTH,
            None: SshVerdict.IMPOSSIBLE}


def is_enough(allowed: Legacy, least: Legacy | None) -> bool:
    return least is not None and list(Legacy).index(allowed) >= list(Legacy).index(least)


@pytest.fixture(params=TABLE)
def row(request, sshd):
    """One row of the table: a running server, and the least that has to be allowed for it."""
    options, key_type, least = TABLE[request.param]
    return sshd(*options, key_type=key_type), least


# The table


def test_a_server_is_reached_as_soon_as_enough_is_allowed_and_not_before(row):
    running, least = row

    reached = {}
    for allowed in Legacy:
        try:
            reached[allowed] = look_at_host_key("127.0.0.1", running.port, legacy=allowed).fingerprint == running.fingerprint
        except SshTooOld as error:
            reached[allowed] = False
            assert error.would_help is least, "the error says what would help"

    assert reached == {allowed: is_enough(allowed, least) for allowed in Legacy}
    assert not running.was_asked_to_let_somebody_in


def test_the_probe_foretells_what_has_to_be_allowed(row):
    running, least = row

    found = look_at_offer("127.0.0.1", running.port)

    assert (found.verdict, found.needs) == (VERDICTS[least], least)


def test_a_refusal_carries_the_same_offer_as_the_probe_reads(row):
    running, least = row
    if least is Legacy.NONE:
        assert look_at_host_key("127.0.0.1", running.port).fingerprint == running.fingerprint
        return

    with pytest.raises(SshTooOld) as refusal:
        look_at_host_key("127.0.0.1", running.port)

    assert refusal.value.offered == look_at_offer("127.0.0.1", running.port)
    assert all(name in str(refusal.value) for name in refusal.value.offered.decided_by)


@pytest.mark.parametrize("allowed", Legacy)
def test_a_short_rsa_key_that_signs_with_sha2_is_taken_as_it_is(sshd, allowed):
    running = sshd(SHA2_KEYS, key_type="rsa", bits=1024)

    assert look_at_host_key("127.0.0.1", running.port, legacy=allowed).fingerprint == running.fingerprint


# Case 7: ssh-rsa and ssh-dss, group14-sha1 and group1-sha1

CASE_7 = ("HostKeyAlgorithms ssh-rsa,ssh-dss", "KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group1-sha1")


@pytest.mark.parametrize("allowed", [Legacy.NONE, Legacy.HOSTKEY])
def test_case_7_without_the_flag_it_is_too_old_and_what_it_offers_is_named(sshd, allowed):
    running = sshd(*CASE_7, key_type="rsa")

    with pytest.raises(SshTooOld) as refusal:
        open_shell("127.0.0.1", running.port, Login("roomctl", "geheim"), pinned=running.fingerprint, legacy=allowed)

    assert refusal.value.kind == "ssh_too_old"
    assert refusal.value.would_help is Legacy.HOSTKEY_KEX
    for name in ("ssh-rsa", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"):
        assert name in str(refusal.value)
    assert not running.was_asked_to_let_somebody_in


def test_case_7_with_the_flag_a_codec_is_driven_and_its_evidence_says_legacy(sshd, account, conversation, relay, eventually):
    running = sshd(*CASE_7, relay, f"AllowUsers {account.username}", key_type="rsa")

    codec = connect("cisco_roomos", "127.0.0.1", running.port, account, pinned=running.fingerprint, legacy=Legacy.HOSTKEY_KEX)
    try:
        assert codec.identify().model == "Room Kit (simulated)"
        facts = codec.reached_by
    finally:
        codec.close()

    assert (facts.key_exchange, facts.signature, facts.legacy) == ("diffie-hellman-group14-sha1", "ssh-rsa", True)
    assert facts.host_key.fingerprint == running.fingerprint
    eventually(lambda: conversation.open_sessions == 0)


def test_case_7_while_one_device_uses_sha1_every_other_connection_refuses_it(sshd, account, relay):
    running = sshd(*CASE_7, relay, f"AllowUsers {account.username}", key_type="rsa")
    other = sshd(SHA1_KEYS, key_type="rsa")
    codec = connect("cisco_roomos", "127.0.0.1", running.port, account, pinned=running.fingerprint, legacy=Legacy.HOSTKEY_KEX)
    refused = []

    def ask_plainly(port: int) -> None:
        try:
            look_at_host_key("127.0.0.1", port)
        except SshTooOld as error:
            refused.append(error.would_help)

    try:
        asking = [threading.Thread(target=ask_plainly, args=(port,)) for port in (running.port, other.port) * 3]
        for one in asking:
            one.start()
        for one in asking:
            one.join(20)
        assert codec.identify().model
    finally:
        codec.close()

    assert sorted(refused) == [Legacy.HOSTKEY] * 3 + [Legacy.HOSTKEY_KEX] * 3


# What is allowed is used only at need, and told only when used


@pytest.mark.parametrize(("options", "legacy", "signature"), [
    ((), False, "rsa-sha2-512"), ((SHA1_KEYS,), True, "ssh-rsa"), ((GROUP14,), True, "rsa-sha2-512"), ((GROUP1,), True, "rsa-sha2-512"),
])
def test_the_evidence_says_what_was_negotiated_whatever_was_allowed(sshd, account, options, legacy, signature):
    running = sshd(*options, "ForceCommand sleep 5", f"AllowUsers {account.username}", key_type="rsa")

    shell = open_shell("127.0.0.1", running.port, account, pinned=running.fingerprint, legacy=Legacy.HOSTKEY_KEX)
    facts = shell.facts
    shell.close()

    assert (facts.legacy, facts.signature) == (legacy, signature)


def test_keys_that_are_exchanged_again_are_still_told(sshd, account, eventually):
    running = sshd(GROUP14, SHA1_KEYS, "ForceCommand cat", "RekeyLimit 16K", f"AllowUsers {account.username}", key_type="rsa")
    shell = open_shell("127.0.0.1", running.port, account, pinned=running.fingerprint, legacy=Legacy.HOSTKEY_KEX)
    try:
        for _ in range(8):
            shell.send(b"x" * 8_000 + b"\n")
        eventually(lambda: len(re.findall("rekey out|SSH2_MSG_NEWKEYS received", running.log)) > 2, within_s=20)

        assert shell.is_open
        assert shell.facts.legacy
    finally:
        shell.close()


def test_a_changed_key_is_refused_before_any_account_is_told_when_sha1_is_allowed_too(sshd, eventually):
    running = sshd(*OLD, key_type="rsa")

    with pytest.raises(HostKeyChanged) as refusal:
        open_shell("127.0.0.1", running.port, Login("roomctl", "geheim"), pinned="SHA256:former", legacy=Legacy.HOSTKEY_KEX)

    assert (refusal.value.pinned, refusal.value.seen.fingerprint) == ("SHA256:former", running.fingerprint)
    eventually(lambda: running.has_seen_somebody_leave)
    assert not running.was_asked_to_let_somebody_in


# On the command line


def test_the_command_line_says_which_flag_would_let_a_device_in_and_it_does(sshd):
    running = sshd(*OLD, key_type="rsa")
    words = [sys.executable, "-m", "device_drivers", "cisco_roomos", "hostkey", f"127.0.0.1:{running.port}"]

    refused = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=30)
    shown = subprocess.run([*words, "--legacy", "hostkey_kex"], cwd=ROOT, capture_output=True, text=True, timeout=30)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("ssh_too_old: ") and "--legacy hostkey_kex would let it in" in refused.stderr
    assert refused.stderr.count("\n") == 1, "one line, and no traceback"
    assert json.loads(shown.stdout)["fingerprint"] == running.fingerprint


def test_the_command_line_probes_old_devices_and_says_what_would_help(sshd):
    old, dsa = sshd(*OLD, key_type="rsa"), sshd("HostKeyAlgorithms ssh-dss", key_type="dsa")

    shown = subprocess.run([sys.executable, "-m", "device_drivers", "probe", f"127.0.0.1:{old.port}", f"127.0.0.1:{dsa.port}"],
                           cwd=ROOT, capture_output=True, text=True, timeout=30)

    first, second = [line.split("\t") for line in shown.stdout.splitlines()]
    assert first[1] == "needs_both" and first[2].startswith("SSH-2.0-OpenSSH") and "allow hostkey_kex" in first[3]
    assert second[1] == "impossible" and "ssh-dss" in second[3]
    assert shown.returncode == 0


# A device that lies about its signature


@pytest.fixture
def liar(office, monkeypatch):
    """A simulated codec with an RSA key that agrees on SHA-2 and then signs with SHA-1, as paramiko's own server never would."""
    simulator = office.codec()
    key = paramiko.RSAKey.generate(2048)

    def sign(data, algorithm=None) -> paramiko.Message:
        message = paramiko.Message()
        message.add_string("ssh-rsa")
        message.add_string(key.key.sign(data, padding.PKCS1v15(), hashes.SHA1()))  # noqa: S303 - the fault that is to be found
        return message

    monkeypatch.setattr(key, "sign_ssh_data", sign)
    simulator._key = key
    return simulator


@pytest.mark.parametrize("allowed", Legacy)
def test_a_sha1_signature_after_an_agreement_on_sha2_is_refused_whatever_is_allowed(liar, allowed):
    with pytest.raises(ConnectionLost, match="Signature verification"):
        look_at_host_key(liar.host, liar.port, legacy=allowed)


def test_a_broken_host_key_is_a_device_error(office, monkeypatch):
    simulator = office.codec()
    monkeypatch.setattr(simulator._key, "asbytes", lambda: b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x02xx")

    with pytest.raises(DeviceError):
        look_at_host_key(simulator.host, simulator.port, Deadlines(banner_s=5))


# Apart from everything else


def test_nothing_of_paramikos_is_changed():
    assert set(TRANSPORTS) == set(Legacy)
    assert "ssh-rsa" not in paramiko.RSAKey.HASHES
    for kind in (paramiko.Transport, RememberingTransport):
        assert "ssh-rsa" not in kind._key_info and "ssh-rsa" not in kind._preferred_keys
        assert not [name for name in (*kind._kex_info, *kind._preferred_kex) if name.endswith("-sha1")]


def test_only_what_its_name_says_is_added_by_a_flag():
    plain, hostkey, both = (TRANSPORTS[legacy] for legacy in Legacy)

    assert set(hostkey._preferred_keys) - set(plain._preferred_keys) == {"ssh-rsa"} and hostkey._preferred_kex == plain._preferred_kex
    assert both._preferred_keys == hostkey._preferred_keys
    assert set(both._preferred_kex) - set(plain._preferred_kex) == {"diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"}


def test_the_group_of_old_devices_is_a_safe_prime_of_1024_bits():
    prime = TRANSPORTS[Legacy.HOSTKEY_KEX]._kex_info["diffie-hellman-group1-sha1"].P

    assert prime.bit_length() == 1024
    assert pow(2, prime - 1, prime) == 1 and pow(3, (prime - 1) // 2 - 1, (prime - 1) // 2) == 1


# The private parts of paramiko this rests on


def test_paramiko_still_has_the_private_parts_this_rests_on():
    transport = paramiko.Transport

    assert list(inspect.signature(transport._parse_kex_init).parameters) == ["self", "m"]
    assert list(inspect.signature(transport._really_parse_kex_init).parameters) == ["self", "m", "ignore_first_byte"]
    assert list(inspect.signature(transport._verify_key).parameters) == ["self", "host_key", "sig"]
    for name in ("_preferred_keys", "_preferred_kex", "_preferred_ciphers", "_preferred_macs", "_preferred_compression"):
        assert isinstance(getattr(transport, name), tuple), name
    assert isinstance(transport._key_info, dict) and isinstance(transport._kex_info, dict)
    assert isinstance(transport.preferred_keys, property)
    assert isinstance(paramiko.RSAKey.HASHES, dict)
    assert list(inspect.signature(Packetizer.start_handshake).parameters) == ["self", "timeout"]
    assert list(inspect.signature(Packetizer._read_timeout).parameters) == ["self", "timeout"]
    assert list(inspect.signature(Packetizer.read_all).parameters) == ["self", "n", "check_rekey"]


def test_paramiko_still_takes_the_hash_of_a_signature_from_the_keys_own_table():
    source = inspect.getsource(paramiko.RSAKey.verify_ssh_sig)

    assert "self.HASHES" in source and "RSAKey.HASHES" not in source


def test_a_transport_of_ours_remembers_the_offer_of_the_device_and_not_its_own(sshd):
    running = sshd("MACs hmac-sha1")
    seen: list[NameLists | None] = []

    class Watched(RememberingTransport):
        def _activate_outbound(self):
            super()._activate_outbound()
            self._get_latest_kex_init()  # Reads our own offer with the same method.
            seen.append(self.names)

    transport = Watched(("127.0.0.1", running.port))
    try:
        transport.start_client(timeout=10)
    finally:
        transport.close()

    assert seen[0] is not None and seen[0].macs_from_device == ("hmac-sha1",)
