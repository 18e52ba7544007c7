"""The record of a session for people: what it says, what it does not say, what it carries inside, and its seal."""

import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from asn1crypto import x509 as asn1
from builders import a_profile, a_room
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader
from sessions.seals import HOLDER, authority  # noqa: F401

from roomctl import clock
from roomctl.audit import trail, verify
from roomctl.config import Seal
from roomctl.database import write_transaction
from roomctl.errors import Refused
from roomctl.schedule import printed
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import evidence
from roomctl.sessions import tables as sessions
from roomctl.sessions.states import LegState, SessionState
from web.browser import Page

TITLE = "Kiểm điểm cán bộ"


def record(session_id: int) -> str:
    return f"/auditor/records/{session_id}/record.pdf"


@pytest.fixture
def end(start, put):
    """Start a session, let it end with legs like this, and seal its evidence; return its id."""

    def ended(*, legs: dict | None = None, **facts) -> int:
        session_id = start(**facts)
        put(session_id, state=SessionState.ENDED, live_at=clock.now(), ended_at=clock.now(),
            legs=legs or {"state": LegState.HUNG_UP, "finding": "call_clear", "finding_detail": "video outgoing", "verdict": "not_secure"})
        with write_transaction():
            evidence.seal(sessions.session_for_update(session_id), clock.now())
        return session_id

    return ended


def pages(answer) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(answer.data)).pages)


def inside(answer) -> dict[str, bytes]:
    return {name: found[0] for name, found in PdfReader(io.BytesIO(answer.data)).attachments.items()}


@pytest.fixture
def sealed(app, monkeypatch):
    """Give the installation a seal."""

    def give(seal: Seal) -> None:
        monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], seal=seal))

    return give


def test_the_record_says_in_words_how_it_was_and_why(equipped, end, signed_in):
    text = pages(signed_in(equipped.officer).get(record(end())))

    assert "BIÊN BẢN KỸ THUẬT BẢO MẬT PHIÊN HỌP" in text
    assert "Trang 1/" in text and "In lúc 08:00 01/03/2027" in text
    assert "Cuộc gọi không được mã hóa (hình ảnh đi)" in text
    assert "python verify.py session-1.zip" in text


def test_every_page_is_numbered_and_says_when_it_was_printed(equipped, end, signed_in):
    reader = PdfReader(io.BytesIO(signed_in(equipped.officer).get(record(end())).data))

    count = len(reader.pages)
    assert count >= 2
    assert all(f"Trang {number}/{count}" in page.extract_text() and "In lúc" in page.extract_text()
               for number, page in enumerate(reader.pages, 1))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_it_is_in_vietnamese_whatever_its_reader_chose(equipped, end, signed_in, language):
    assert "KẾT LUẬN" in pages(signed_in(equipped.officer, language).get(record(end())))


def test_the_evidence_is_inside_and_verifies(app, equipped, end, signed_in, tmp_path):
    session_id = end()

    attached = inside(signed_in(equipped.officer).get(record(session_id)))

    assert set(attached) == {f"session-{session_id}.zip"}
    path = tmp_path / "inside.zip"
    path.write_bytes(attached[f"session-{session_id}.zip"])
    settings = app.config["SETTINGS"]
    result = verify.check_file(str(path), key=verify.fingerprint(trail.public_key(settings)),
                               anchor=verify.read_anchor(str(trail.anchor_file(settings))))
    assert (result.exit_code, result.tampered) == (verify.WHOLE, [])


def test_the_digest_on_the_paper_is_that_of_the_file_inside(equipped, end, signed_in):
    answer = signed_in(equipped.officer).get(record(end()))

    [attached] = inside(answer).values()
    assert verify.sha256(attached) in pages(answer).replace(" ", "")


def test_a_restricted_title_is_neither_on_the_paper_nor_inside_nor_in_its_name(equipped, end, signed_in):
    answer = signed_in(equipped.officer).get(record(end(profile_id=a_profile(Classification.INTERNAL).id, title=TITLE)))

    [attached] = inside(answer).values()
    with zipfile.ZipFile(io.BytesIO(attached)) as archive:
        packed = " ".join(archive.read(name).decode() for name in archive.namelist())
    assert TITLE not in pages(answer) + packed + str(PdfReader(io.BytesIO(answer.data)).metadata)
    assert "HN-1" in pages(answer)
    assert "Chủ trì Chủ trì" not in pages(answer)
    assert answer.headers["Content-Disposition"] == 'inline; filename="session-1.pdf"'


def test_from_confidential_up_it_goes_by_the_code_name(equipped, end, signed_in):
    profile = a_profile(Classification.CONFIDENTIAL)

    text = pages(signed_in(equipped.officer).get(record(end(profile_id=profile.id, title="", code_name="HẢI ÂU"))))

    assert "HẢI ÂU" in text and "Mật" in text


def test_an_open_conference_is_named_for_who_may_know_its_title(equipped, end, signed_in):
    assert "Giao ban tuần" in pages(signed_in(equipped.officer).get(record(end())))


def test_without_a_seal_paper_and_page_say_that_it_is_not_sealed(equipped, end, signed_in):
    session_id, client = end(), signed_in(equipped.officer)

    assert "CHƯA ĐÓNG DẤU SỐ." in pages(client.get(record(session_id)))
    page = client.page(f"/auditor/sessions/{session_id}")
    assert "KHÔNG được đóng dấu" in page.text and record(session_id) in page.links


def test_with_a_seal_it_is_sealed_says_by_whom_and_validates(equipped, end, signed_in, sealed, authority):  # noqa: F811
    sealed(authority.file())
    session_id, client = end(), signed_in(equipped.officer)

    answer = client.get(record(session_id))

    [signature] = PdfFileReader(io.BytesIO(answer.data)).embedded_signatures
    roots = [asn1.Certificate.load(authority.certificate.public_bytes(Encoding.DER))]
    status = ThreadPoolExecutor(1).submit(validate_pdf_signature, signature, ValidationContext(trust_roots=roots, allow_fetching=False)).result()
    assert (status.bottom_line, status.coverage.name) == (True, "ENTIRE_FILE")
    assert HOLDER in pages(answer) and "CHƯA ĐÓNG DẤU SỐ." not in pages(answer)
    assert "KHÔNG được đóng dấu" not in client.page(f"/auditor/sessions/{session_id}").text


def test_a_seal_that_cannot_be_set_hands_out_nothing_that_looks_sealed(equipped, end, signed_in, sealed, authority, sentence, counted):  # noqa: F811
    sealed(authority.file(password="another"))

    answer = signed_in(equipped.officer).get(record(end()))

    assert (answer.status_code, answer.mimetype) == (422, "text/html")
    assert sentence("seal_password_wrong") in Page(answer.text).text
    assert counted("trail_entries WHERE kind = 'evidence_exported'") == 0


def test_a_trail_that_was_tampered_with_is_said_on_the_paper(app, equipped, end, signed_in):
    from sqlalchemy import text

    from roomctl.database import db

    session_id = end()
    with write_transaction():
        db.session.execute(text("UPDATE trail_payloads SET payload = CAST('{\"verdict\": \"secure\"}' AS BLOB) "
                                "WHERE seq = (SELECT seq FROM trail_entries WHERE kind = 'session_started')"))

    officer = signed_in(equipped.officer)

    paper = pages(officer.get(record(session_id)))

    assert "NHẬT KÝ ĐÃ BỊ SỬA ĐỔI" in paper
    assert "KHÔNG CÓ KẾT LUẬN" in paper
    assert "KẾT LUẬN: " not in paper.replace("KHÔNG CÓ KẾT LUẬN: ", "")
    page = officer.page(f"/auditor/sessions/{session_id}")
    assert [one["data-verdict"] for one in page.named("p") if one.get("class") == "verdict big"] == ["not_secure"]


def test_security_case_s15_names_that_are_formulas_or_markup_are_text(equipped, end, signed_in):
    equipped_room = a_room(equipped.centre, '=HYPERLINK("http://x","a")<img src="file:///etc/passwd">')
    with write_transaction():
        equipped.room.name = equipped_room.name

    answer = signed_in(equipped.officer).get(record(end()))

    assert '=HYPERLINK("http://x","a")<img' in pages(answer)
    [attached] = inside(answer).values()
    with zipfile.ZipFile(io.BytesIO(attached)) as archive:
        summary = json.loads(json.loads(archive.read("bundle.json"))["session"])
    assert equipped_room.name in [leg["room"] for leg in summary["legs"]]


def test_taking_the_record_away_is_recorded(equipped, end, signed_in, counted):
    session_id = end()
    signed_in(equipped.officer).get(record(session_id))

    assert counted("trail_entries JOIN trail_payloads USING (epoch, seq) WHERE kind = 'evidence_exported' "
                   f"AND subject = 'session:{session_id}' AND actor = {equipped.officer.id} AND CAST(payload AS TEXT) LIKE '%\"pdf\"%'") == 1


def test_there_is_no_record_of_a_session_that_runs(equipped, start, signed_in, sentence):
    answer = signed_in(equipped.officer).get(record(start()))

    assert (answer.status_code, sentence("session_running") in Page(answer.text).text) == (422, True)


def test_nobody_but_officers_takes_a_record_away(equipped, end, signed_in):
    session_id = end()

    assert {signed_in(user).get(record(session_id)).status_code for user in (equipped.chair, equipped.administrator, equipped.clerk)} == {403}
    assert signed_in(equipped.officer).get(record(999)).status_code == 404


def test_where_pango_is_missing_it_says_so_and_nothing_is_taken_away(equipped, end, signed_in, sentence, counted, monkeypatch):
    def missing() -> None:
        raise Refused("pdf_not_available")

    monkeypatch.setattr(printed, "insist", missing)

    answer = signed_in(equipped.officer).get(record(end()))

    assert (answer.status_code, sentence("pdf_not_available") in Page(answer.text).text) == (422, True)
    assert counted("trail_entries WHERE kind = 'evidence_exported'") == 0
