"""Secrets that are keys."""

import io

import paramiko
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from device_drivers.errors import LoginRefused
from device_drivers.simulators import server
from device_drivers.transports.private_key import private_key_in

KEYS = {"ssh-ed25519": Ed25519PrivateKey.generate(), "ecdsa-sha2-nistp256": generate_private_key(SECP256R1()), "ssh-rsa": generate_rsa(65537, 2048)}


def text_of(key, passphrase: bytes = b"") -> str:
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, how).decode()


@pytest.mark.parametrize("kind", sorted(KEYS))
@pytest.mark.parametrize("spoil", [str, lambda text: text.replace("\n", ""), lambda text: text.replace("\n", "\r\n"), lambda text: f"  {text}\n "])
def test_a_key_is_read_with_its_line_ends_or_without(kind, spoil):
    key = private_key_in(spoil(text_of(KEYS[kind])))

    assert key is not None and key.get_name() == kind


@pytest.mark.parametrize("password", ["", "mật khẩu", "-----BEGIN", "AAAAC3NzaC1lZDI1NTE5"])
def test_a_password_is_no_key(password):
    assert private_key_in(password) is None


@pytest.mark.parametrize("damaged", [
    text_of(KEYS["ssh-ed25519"], b"passphrase"), text_of(KEYS["ssh-ed25519"])[:-60], text_of(KEYS["ssh-ed25519"]).replace("b3Bl", "b3Bm", 1),
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----\n"])
def test_a_key_that_cannot_be_used_is_refused_and_never_taken_for_a_password(damaged):
    with pytest.raises(LoginRefused) as refusal:
        private_key_in(damaged)

    assert "b3B" not in str(refusal.value)


def test_a_key_is_the_only_thing_that_is_tried(office, sign_ins, monkeypatch):
    offered: list[str] = []

    def check(gate, username, key):
        offered.append(server.fingerprint_of(key))
        return paramiko.AUTH_FAILED

    monkeypatch.setattr(server._Gate, "check_auth_publickey", check)
    monkeypatch.setattr(server._Gate, "get_allowed_auths", lambda gate, username: "password,keyboard-interactive,publickey")
    text = text_of(KEYS["ssh-ed25519"])

    with pytest.raises(LoginRefused):
        office.connect(office.codec(), password=text)

    assert set(offered) == {server.fingerprint_of(paramiko.Ed25519Key.from_private_key(io.StringIO(text)))}
    assert sign_ins == []


def test_a_device_that_takes_no_keys_says_so_and_is_not_given_the_key_as_a_password(office, sign_ins):
    with pytest.raises(LoginRefused, match="no keys"):
        office.connect(office.codec(), password=text_of(KEYS["ssh-ed25519"]))

    assert sign_ins == []
