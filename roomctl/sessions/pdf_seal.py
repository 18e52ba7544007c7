"""The digital seal of this installation on a PDF: a PAdES signature that lets nothing be changed afterwards (pyHanko).

The key is in a PKCS#12 file or on a PKCS#11 token (a smart card, an HSM); passwords and PINs are read from files at each use.
A seal that cannot be set is refused in words: nobody is handed a record that merely looks sealed.
"""

import io
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from roomctl import clock
from roomctl.config import Seal
from roomctl.errors import Refused

FIELD = "roomctl"
_one_at_a_time = threading.Lock()  # A token takes one sign-in of a process.
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sealer:
    """A seal that is ready; what its certificate says is printed on what it seals."""

    holder: str
    issuer: str
    serial: str
    valid_until: datetime
    _signer: Any

    def seal(self, pdf: bytes) -> bytes:
        """Return the PDF with the seal on it.  Raises Refused("seal_token_unreachable")."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import PdfSignatureMetadata, signers
        from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
        from pyhanko.sign.general import SigningError

        meta = PdfSignatureMetadata(field_name=FIELD, md_algorithm="sha256", certify=True, docmdp_permissions=MDPPerm.NO_CHANGES,
                                    subfilter=SigSeedSubFilter.PADES)
        try:
            with ThreadPoolExecutor(1, thread_name_prefix="seal") as apart:  # pyHanko runs a loop of its own, and refuses to beside another.
                return apart.submit(signers.sign_pdf, IncrementalPdfFileWriter(io.BytesIO(pdf)), meta, self._signer).result().getvalue()
        except (SigningError, OSError) as error:
            _log.warning("the seal could not be set: %s", error)
            raise Refused("seal_token_unreachable") from error


@contextmanager
def sealing(seal: Seal | None) -> Iterator[Sealer | None]:
    """Yield the installation's seal, ready to be used; None where none is set up.

    Raises Refused: seal_not_available (pyHanko is missing), seal_file_unreadable, seal_password_wrong, seal_token_unreachable,
    seal_expired.
    """
    if seal is None:
        yield None
        return
    with _one_at_a_time, (_from_file(seal) if seal.p12 is not None else _from_token(seal)) as signer:
        yield _ready(signer)


def _ready(signer: Any) -> Sealer:
    try:
        certificate = signer.signing_cert
    except Exception as error:  # pyHanko passes on whatever the token's own library says.
        _log.warning("the seal's certificate cannot be read: %s: %s", type(error).__name__, error)
        raise Refused("seal_token_unreachable") from error
    if certificate is None:
        raise Refused("seal_file_unreadable")
    begins, ends = certificate.not_valid_before, certificate.not_valid_after
    if not begins <= clock.now() <= ends:
        raise Refused("seal_expired", until=ends)
    return Sealer(holder=_name(certificate.subject), issuer=_name(certificate.issuer), serial=f"{certificate.serial_number:X}",
                  valid_until=ends, _signer=signer)


def _name(name: Any) -> str:
    """Return the name and the organisation of a certificate's holder, as people read them."""
    native = name.native
    parts = [native.get("common_name"), native.get("organization_name")]
    return ", ".join(dict.fromkeys(str(part) for part in parts if part)) or name.human_friendly


def _secret(path: Path | None) -> str:
    try:
        return path.read_text("utf-8").rstrip("\r\n") if path is not None else ""
    except (OSError, ValueError) as error:
        _log.warning("the seal's password or PIN cannot be read: %s", error)
        raise Refused("seal_file_unreadable") from error


@contextmanager
def _from_file(seal: Seal) -> Iterator[Any]:
    try:
        from cryptography.hazmat.primitives.serialization import pkcs12
        from pyhanko.sign import signers
    except ImportError as error:
        raise Refused("seal_not_available") from error
    password = _secret(seal.password_file).encode() or None
    try:
        raw = seal.p12.read_bytes()
    except OSError as error:
        _log.warning("the seal's file cannot be read: %s", error)
        raise Refused("seal_file_unreadable") from error
    try:
        pkcs12.load_key_and_certificates(raw, password)
        signer = signers.SimpleSigner.load_pkcs12_data(raw, other_certs=(), passphrase=password)
    except ValueError as error:
        raise Refused("seal_password_wrong") from error
    yield signer


@contextmanager
def _from_token(seal: Seal) -> Iterator[Any]:
    try:
        from pkcs11.exceptions import PinIncorrect, PinLenRange, PKCS11Error
        from pyhanko.config.pkcs11 import TokenCriteria
        from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
    except ImportError as error:
        raise Refused("seal_not_available") from error
    pin = _secret(seal.pin_file)
    try:
        session = open_pkcs11_session(str(seal.module), token_criteria=TokenCriteria(label=seal.token), user_pin=pin or None)
    except (PinIncorrect, PinLenRange) as error:
        raise Refused("seal_password_wrong") from error
    except (PKCS11Error, RuntimeError, OSError) as error:
        _log.warning("the seal's token cannot be reached: %s: %s", type(error).__name__, error)
        raise Refused("seal_token_unreachable") from error
    try:
        yield PKCS11Signer(session, cert_label=seal.key, key_label=seal.key, other_certs_to_pull=None)  # The chain that is on it, too.
    finally:
        session.close()
