"""A certificate authority, a seal it has issued, and the two places where an installation keeps one: a file, a token."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID
from pkcs11.util.x509 import decode_x509_certificate

from roomctl.config import Seal

PASSWORD, PIN, LABEL = "mật khẩu dấu", "246810", "seal"
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
HOLDER = "Dấu số hội nghị"
_CA, _END = (False, False, False, False, False, True, True, False, False), (True, True, False, False, False, False, False, False, False)


def _name(common: str, organisation: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common), x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)])


def _certificate(subject: x509.Name, issuer: x509.Name, key, by, *, is_ca: bool, until: datetime) -> x509.Certificate:
    now = datetime.now(UTC)
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(min(now, until) - timedelta(days=2)).not_valid_after(until)
            .add_extension(x509.BasicConstraints(is_ca, None), True).add_extension(x509.KeyUsage(*(_CA if is_ca else _END)), True)
            .sign(by, hashes.SHA256()))


class Authority:
    """Issues seals that are good for twenty years, or were good until yesterday."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._key, name = folder, rsa.generate_private_key(65537, 2048), _name("CA thử", "Cơ quan thử")
        self._until = datetime.now(UTC) + timedelta(days=7300)
        self.certificate = _certificate(name, name, self._key, self._key, is_ca=True, until=self._until)
        self.key = rsa.generate_private_key(65537, 2048)

    def issue(self, until: datetime | None = None) -> x509.Certificate:
        return _certificate(_name(HOLDER, "Văn phòng Trung ương"), self.certificate.subject, self.key, self._key, is_ca=False,
                            until=until or self._until)

    def file(self, certificate: x509.Certificate | None = None, *, password: str = PASSWORD) -> Seal:
        """Return a seal in a PKCS#12 file; `password` is what its password file says."""
        raw = pkcs12.serialize_key_and_certificates(b"seal", self.key, certificate or self.issue(), [self.certificate],
                                                    BestAvailableEncryption(PASSWORD.encode()))
        (self.folder / "seal.p12").write_bytes(raw)
        (self.folder / "password").write_text(f"{password}\n")
        return Seal(p12=self.folder / "seal.p12", password_file=self.folder / "password")

    def token(self) -> Seal:
        """Return a seal on a fresh token of SoftHSM; the process must not have loaded that library yet."""
        (self.folder / "tokens").mkdir()
        (self.folder / "softhsm2.conf").write_text(f"directories.tokendir = {self.folder / 'tokens'}\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(self.folder / "softhsm2.conf")
        (self.folder / "key").write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        for arguments in (["--init-token", "--free", "--label", "roomctl", "--so-pin", "8642", "--pin", PIN],
                          ["--import", str(self.folder / "key"), "--token", "roomctl", "--label", LABEL, "--id", "A1", "--pin", PIN]):
            subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)
        with pkcs11.lib(str(SOFTHSM)).get_token(token_label="roomctl").open(rw=True, user_pin=PIN) as session:
            for certificate, label in ((self.issue(), LABEL), (self.certificate, "ca")):
                facts = decode_x509_certificate(certificate.public_bytes(Encoding.DER))
                session.create_object({**facts, pkcs11.Attribute.TOKEN: True, pkcs11.Attribute.LABEL: label})
        (self.folder / "pin").write_text(f"{PIN}\n")
        return Seal(module=SOFTHSM, token="roomctl", key=LABEL, pin_file=self.folder / "pin")


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def token_seal(authority) -> Seal:
    """A token, once a process: its library is told where its tokens are when it is loaded."""
    if not SOFTHSM.exists():
        pytest.fail("SoftHSM is missing: run `make test`, which installs Debian's package softhsm2")
    return authority.token()
