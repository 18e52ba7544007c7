"""The digital seal on a PDF: valid by pyHanko's own validation, found out when a byte is changed, refused in words when it cannot be set."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from seals import HOLDER

from roomctl.config import Seal
from roomctl.errors import Refused
from roomctl.schedule import printed
from roomctl.sessions import pdf_seal
from roomctl.web.assets import DIST

ATTACHED = b"PK\x03\x04 the evidence " * 500


@pytest.fixture(scope="module")
def pdf() -> bytes:
    attached = printed.Attached("session-7.zip", ATTACHED, "Bằng chứng", datetime(2027, 3, 1, tzinfo=UTC))
    return printed.pdf_of("<html lang=vi><title>Biên bản</title><p>Phiên họp 7: bảo mật.</p></html>", fonts=DIST, attached=attached)


@pytest.fixture(params=["file", "token"])
def seal(request, authority) -> Seal:
    return authority.file() if request.param == "file" else request.getfixturevalue("token_seal")


def sealed_by(seal: Seal, pdf: bytes) -> bytes:
    with pdf_seal.sealing(seal) as sealer:
        return sealer.seal(pdf)


def validated(raw: bytes, authority, *, trusted: bool = True):
    """Return pyHanko's verdict on the one signature in a PDF, with the test's authority as the only one trusted."""
    reader = PdfFileReader(io.BytesIO(raw))
    roots = [asn1.Certificate.load(authority.certificate.public_bytes(Encoding.DER))] if trusted else []
    [signature] = reader.embedded_signatures
    with ThreadPoolExecutor(1) as apart:  # Beside the loop that another test's browser may have left in this thread.
        return apart.submit(validate_pdf_signature, signature, ValidationContext(trust_roots=roots, allow_fetching=False)).result()


def test_a_sealed_pdf_is_valid_trusted_and_covered_whole(pdf, seal, authority):
    status = validated(sealed_by(seal, pdf), authority)

    assert (status.intact, status.valid, status.trusted, status.bottom_line) == (True, True, True, True)
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.signing_cert.subject.native["common_name"] == HOLDER


def test_a_seal_of_an_authority_that_nobody_trusts_is_not_trusted(pdf, authority):
    status = validated(sealed_by(authority.file(), pdf), authority, trusted=False)

    assert (status.intact, status.trusted, status.bottom_line) == (True, False, False)


def test_a_byte_changed_after_sealing_is_found(pdf, authority):
    raw = sealed_by(authority.file(), pdf)
    reader = PdfFileReader(io.BytesIO(raw))
    [signature] = reader.embedded_signatures
    first, length, second, rest = (int(one) for one in signature.byte_range)

    found = []
    for place in [*range(first + 700, first + length, 1500), *range(second, second + rest, 40)]:
        changed = bytearray(raw)
        changed[place] ^= 1
        try:
            found.append(validated(bytes(changed), authority).bottom_line)
        except Exception:  # What no longer reads as a PDF was found out, too.
            found.append(False)

    assert len(found) > 10 and not any(found)


def test_what_is_added_after_sealing_is_found(pdf, authority):
    from pyhanko.pdf_utils.generic import TextStringObject, pdf_name
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(sealed_by(authority.file(), pdf)))
    writer.root[pdf_name("/Lang")] = TextStringObject("en")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)

    assert validated(out.getvalue(), authority).bottom_line is False


def test_the_file_inside_is_byte_for_byte_what_was_put_there(pdf, seal):
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(sealed_by(seal, pdf)))

    assert dict(reader.attachments) == {"session-7.zip": [ATTACHED]}


def test_a_seal_says_who_it_is(authority):
    with pdf_seal.sealing(authority.file()) as sealer:
        assert (sealer.holder, sealer.issuer) == (f"{HOLDER}, Văn phòng Trung ương", "CA thử, Cơ quan thử")
        assert sealer.valid_until > datetime.now(UTC) + timedelta(days=7000)


def test_without_a_seal_there_is_none():
    with pdf_seal.sealing(None) as sealer:
        assert sealer is None


def refusal(seal: Seal) -> str:
    with pytest.raises(Refused) as error, pdf_seal.sealing(seal):
        pass
    return error.value.reason


def test_a_file_seal_that_cannot_be_used_is_refused_in_words(authority, tmp_path):
    good = authority.file()

    assert refusal(replace(good, p12=tmp_path / "nowhere.p12")) == "seal_file_unreadable"
    assert refusal(replace(good, password_file=tmp_path / "nowhere")) == "seal_file_unreadable"
    (tmp_path / "junk.p12").write_bytes(b"junk")
    assert refusal(replace(good, p12=tmp_path / "junk.p12")) == "seal_password_wrong"
    assert refusal(authority.file(password="another")) == "seal_password_wrong"


def test_an_expired_certificate_seals_nothing(authority):
    assert refusal(authority.file(authority.issue(datetime.now(UTC) - timedelta(days=1)))) == "seal_expired"


def test_a_token_that_cannot_be_used_is_refused_in_words(token_seal, tmp_path):
    (tmp_path / "wrong").write_text("000000")

    assert refusal(replace(token_seal, token="another")) == "seal_token_unreachable"
    assert refusal(replace(token_seal, key="another")) == "seal_token_unreachable"
    assert refusal(replace(token_seal, module=tmp_path / "nowhere.so")) == "seal_token_unreachable"
    assert refusal(replace(token_seal, pin_file=tmp_path / "wrong")) == "seal_password_wrong"


def test_a_token_serves_again_after_a_refusal(token_seal, pdf, authority, tmp_path):
    (tmp_path / "wrong").write_text("000000")
    refusal(replace(token_seal, pin_file=tmp_path / "wrong"))

    assert validated(sealed_by(token_seal, pdf), authority).bottom_line
