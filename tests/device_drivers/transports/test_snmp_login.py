"""Logins and their keys, against the examples of RFC 3414, pysnmp's own hashing, and each other."""

from hashlib import sha512

import pytest
from pysnmp.proto.secmod.rfc3414 import localkey
from snmp_rig import user

from device_drivers.transports.snmp_login import AUTH_PROTOCOLS, PRIV_PROTOCOLS, Keyring, SnmpLogin

ENGINE = bytes.fromhex("000000000000000000000002")


@pytest.mark.parametrize(("protocol", "key"), [("MD5", "526f5eed9fcce26f8964c2930787d82b"), ("SHA", "6695febc9288e36282235fc7151f128497b38f3f")])
def test_a_password_becomes_the_key_of_rfc_3414(protocol, key):
    keys = Keyring().keys(SnmpLogin("3", "", "bert", protocol, "maplesyrup"), ENGINE)

    assert keys.auth_key.hex() == key


def test_a_password_is_hashed_as_pysnmp_hashes_it():
    assert Keyring().hashed("SHA-512", "mật khẩu dài") == localkey.hash_passphrase("mật khẩu dài".encode(), sha512).asOctets()


@pytest.mark.parametrize("priv", PRIV_PROTOCOLS)
@pytest.mark.parametrize("auth", AUTH_PROTOCOLS)
def test_what_is_encrypted_is_decrypted_again_with_every_pair_of_protocols(auth, priv):
    keys = Keyring().keys(user(auth=auth, priv=priv), ENGINE)

    encrypted, salt = keys.encrypt(b"sixteen octets..", 3, 77)

    assert b"sixteen" not in encrypted
    assert keys.decrypt(encrypted, 3, 77, salt)[:16] == b"sixteen octets.."


def test_no_two_messages_have_one_salt():
    keys = Keyring().keys(user(), ENGINE)

    assert len({keys.encrypt(b"x", 1, 1)[1] for _ in range(1000)}) == 1000


@pytest.mark.parametrize(("auth", "priv", "other"), [
    ("MD5", "AES-256", "AES-256-Cisco"), ("SHA", "AES-192-Cisco", "AES-192"), ("SHA-224", "AES-256-Cisco", "AES-256"), ("SHA-224", "AES-192", ""),
    ("SHA-256", "AES-256", ""), ("SHA-512", "AES-256-Cisco", ""), ("MD5", "AES-128", ""), ("SHA", "DES", "")])
def test_a_login_names_the_other_variant_only_where_it_makes_another_key(auth, priv, other):
    login = user(auth=auth, priv=priv)

    assert login.other_variant == other
    if other:
        assert Keyring().keys(login, ENGINE).priv_key != Keyring().keys(user(auth=auth, priv=other), ENGINE).priv_key


@pytest.mark.parametrize("login", [user(), SnmpLogin("2c", "nhà trong ngõ"), SnmpLogin("3", "", "doc")])
def test_a_login_shows_no_secret(login):
    shown = f"{login} {login!r}"

    assert not any(secret in shown for secret in (login.community, login.auth_password, login.priv_password) if secret)


@pytest.mark.parametrize(("facts", "why"), [
    ({"version": "2"}, "version"), ({"version": "3"}, "name"), ({"version": "3", "username": "x" * 33}, "name"),
    ({"version": "3", "username": "x", "auth_protocol": "SHA-3", "auth_password": "x" * 8}, "unknown protocol"),
    ({"version": "3", "username": "x", "auth_protocol": "SHA", "auth_password": "x" * 7}, "fewer than 8"),
    ({"version": "3", "username": "x", "priv_protocol": "DES", "priv_password": "x" * 8}, "privacy needs")])
def test_a_login_that_cannot_work_is_refused(facts, why):
    with pytest.raises(ValueError, match=why):
        SnmpLogin(**facts)
