"""The settings that come from the environment."""

from pathlib import Path

import pytest

from roomctl.config import MailServer, Seal, settings_from_environment


@pytest.fixture
def read(monkeypatch, tmp_path):
    """Return the settings of an environment that holds these variables of ROOMCTL_* and no others."""
    for name in ("SMTP", "MAIL_FROM", "SMTP_USER", "SMTP_PASSWORD_FILE", "SMTP_TLS", "ADDRESS", "SEAL_P12", "SEAL_MODULE", "SEAL_TOKEN",
                 "SEAL_KEY", "SEAL_PASSWORD_FILE", "SEAL_PIN_FILE"):
        monkeypatch.delenv(f"ROOMCTL_{name}", raising=False)
    monkeypatch.setenv("ROOMCTL_HOME", str(tmp_path))

    def settings(**variables: str):
        for name, value in variables.items():
            monkeypatch.setenv(f"ROOMCTL_{name}", value)
        return settings_from_environment()

    return settings


def test_without_a_server_there_is_no_mail(read):
    assert (read().mail, read().address) == (None, "")


def test_a_server_is_host_and_port_and_starttls_unless_said(read):
    assert read(SMTP="mail.hop.example:2525", MAIL_FROM="no-reply@hop.example").mail == MailServer(
        "mail.hop.example", 2525, "no-reply@hop.example", "starttls")


@pytest.mark.parametrize(("raw", "tls", "where"), [
    ("mail", "none", ("mail", 25)), ("mail", "starttls", ("mail", 587)), ("mail", "tls", ("mail", 465)), ("[::1]:2525", "none", ("::1", 2525))])
def test_each_way_has_its_port(read, raw, tls, where):
    mail = read(SMTP=raw, MAIL_FROM="a@hop.example", SMTP_TLS=tls).mail

    assert (mail.host, mail.port) == where


def test_the_password_stands_in_a_file_of_the_home_unless_another_is_named(read, tmp_path):
    names = {"SMTP": "mail:25", "MAIL_FROM": "a@hop.example", "SMTP_USER": "roomctl"}

    assert read(**names).mail.password_file == tmp_path / "secrets" / "smtp-password"
    assert read(**names, SMTP_PASSWORD_FILE="/etc/smtp").mail.password_file == Path("/etc/smtp")


@pytest.mark.parametrize("wrong", [
    {"MAIL_FROM": ""}, {"MAIL_FROM": "nobody"}, {"MAIL_FROM": "a@hop.example\nBcc: b@khac.example"}, {"MAIL_FROM": "tên@hop.example"},
    {"SMTP_TLS": "ssl"}, {"SMTP": "mail:many"}, {"SMTP": "mail:99999"}, {"SMTP": ":25"}, {"SMTP_TLS": "none", "SMTP_USER": "roomctl"},
    {"ADDRESS": "hop.example"}, {"ADDRESS": "ftp://hop.example"}], ids=str)
def test_settings_that_cannot_be_meant_are_refused_at_the_start(read, wrong):
    with pytest.raises(ValueError):
        read(**{"SMTP": "mail:25", "MAIL_FROM": "a@hop.example", **wrong})


def test_the_address_has_no_slash_at_its_end(read):
    assert read(ADDRESS="https://hop.example/phong/").address == "https://hop.example/phong"


TOKEN = {"SEAL_MODULE": "/usr/lib/softhsm/libsofthsm2.so", "SEAL_TOKEN": "roomctl", "SEAL_KEY": "seal"}


@pytest.mark.parametrize(("named", "secret", "expected"), [
    ({}, "", None), ({"SEAL_P12": "/etc/seal.p12"}, "seal-password", {"p12": Path("/etc/seal.p12")}),
    (TOKEN, "seal-pin", {"module": Path(TOKEN["SEAL_MODULE"]), "token": "roomctl", "key": "seal"})], ids=["none", "a file", "a token"])
def test_a_seal_is_a_file_or_a_token_and_its_secret_a_file_of_the_home(read, tmp_path, named, secret, expected):
    where = {"seal-password": "password_file", "seal-pin": "pin_file"}

    assert read(**named).seal == (Seal(**expected, **{where[secret]: tmp_path / "secrets" / secret}) if expected else None)


@pytest.mark.parametrize("wrong", [
    {"SEAL_P12": "/etc/seal.p12", "SEAL_MODULE": "/m.so", "SEAL_TOKEN": "t", "SEAL_KEY": "k"}, {"SEAL_MODULE": "/m.so"},
    {"SEAL_MODULE": "/m.so", "SEAL_TOKEN": "t"}, {"SEAL_TOKEN": "t", "SEAL_KEY": "k"}, {"SEAL_KEY": "k"}], ids=str)
def test_half_a_seal_or_two_are_refused_at_the_start(read, wrong):
    with pytest.raises(ValueError):
        read(**wrong)
