"""The page of a conference's agenda and documents."""

from io import BytesIO

import pytest
from builders import a_person, a_profile
from sqlalchemy import text

from roomctl.database import write_transaction
from roomctl.documents import agenda, files
from roomctl.documents.agenda import ItemFacts
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from web.browser import Page
from web.crawl import crawl

PDF = b"%PDF-1.7\n%%EOF\n"
MARK = "Nhân sự chủ chốt"


def address(conference_id: int, rest: str = "") -> str:
    return f"/staff/documents/{conference_id}{rest}"


@pytest.fixture
def conference(place) -> int:
    return place.book()


@pytest.fixture
def clerk(place, signed_in):
    return signed_in(place.clerk)


def upload(client, conference_id: int, content: bytes = PDF, name: str = "Báo cáo.pdf"):
    return client.send(address(conference_id, "/files"), {"file": (BytesIO(content), name)}, content_type="multipart/form-data")


def spoken(client, conference_id: int) -> str:
    return client.page(address(conference_id)).text


def test_an_agenda_is_made_with_forms_alone(place, conference, clerk):
    for title in ("Khai mạc", "Báo cáo"):
        clerk.send(address(conference, "/items"), {"title": title, "minutes": "15", "key": f"k{title}"})
    clerk.send(address(conference, "/items/2"),
               {"title": "Báo cáo", "minutes": "20", f"speaks-{place.province.id}": "1", f"speaks-{place.centre.id}": "2"})
    clerk.send(address(conference, "/items/2/move"), {"to": "1"})

    rows = clerk.page(address(conference)).rows[1:3]

    assert [row.split(" Sửa ")[0] for row in rows] == ["1 08:00 20 phút Báo cáo Đắk Lắk Trung ương", "2 08:20 15 phút Khai mạc"]


def test_one_button_lets_everybody_speak_in_the_order_of_the_list(place, conference, clerk):
    clerk.send(address(conference, "/items"), {"title": "Ý kiến", "key": "k"})

    clerk.send(address(conference, "/items/1"), {"title": "Ý kiến", "minutes": "", "everyone": "1"})

    assert [one.name for one in agenda.agenda_of(conference, by=place.clerk)[0].speakers] == ["Trung ương", "Đắk Lắk"]


def test_the_form_of_an_item_shows_who_speaks_as_which(place, conference, clerk):
    agenda.add_item(conference, ItemFacts(title="Ý kiến", minutes=5, unit_ids=(place.province.id, place.centre.id)), by=place.clerk, key="k")

    page = clerk.page(address(conference, "/items/1"))

    names = ("title", "minutes", f"speaks-{place.province.id}", f"speaks-{place.centre.id}")
    assert [page.value(name) for name in names] == ["Ý kiến", "5", "1", "2"]


def test_what_is_wrong_with_an_item_is_said_and_nothing_typed_is_lost(place, conference, clerk, sentence):
    clerk.send(address(conference, "/items"), {"title": "Ý kiến", "key": "k"})

    answer = clerk.send(address(conference, "/items/1"), {"title": "", "minutes": "7", f"speaks-{place.centre.id}": "một"})

    page = Page(answer.text)
    assert (answer.status_code, page.value("minutes"), page.value(f"speaks-{place.centre.id}")) == (422, "7", "một")
    assert sentence("bad_number") in page.text


def test_an_item_without_words_is_refused_where_it_was_typed(conference, clerk, sentence):
    answer = clerk.send(address(conference, "/items"), {"title": " ", "minutes": "7"})

    assert (answer.status_code, sentence("agenda_title_missing") in Page(answer.text).text, Page(answer.text).value("minutes")) == (422, True, "7")


def test_an_item_is_removed(conference, clerk):
    clerk.send(address(conference, "/items"), {"title": "Ý kiến", "key": "k"})

    for _ in range(2):
        answer = clerk.send(address(conference, "/items/1/removal"))

    assert (answer.status_code, "Ý kiến" in spoken(clerk, conference)) == (303, False)


def test_a_document_is_given_to_be_saved_and_never_shown(conference, clerk):
    upload(clerk, conference)

    answer = clerk.get(address(conference, "/files/1"))

    assert (answer.data, answer.mimetype) == (PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''B%C3%A1o%20c%C3%A1o.pdf" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_document_in_parts_is_given_whole(conference, clerk):
    upload(clerk, conference)

    assert clerk.get(address(conference, "/files/1"), headers={"Range": "bytes=0-3"}).data == PDF


def test_a_document_stands_on_the_page_and_is_removed(conference, clerk):
    upload(clerk, conference)
    there = "Báo cáo.pdf" in spoken(clerk, conference)

    answer = clerk.send(address(conference, "/files/1/removal"))

    assert (there, answer.status_code, "Báo cáo.pdf" in spoken(clerk, conference)) == (True, 303, False)
    assert clerk.get(address(conference, "/files/1")).status_code == 404


@pytest.mark.parametrize(("name", "content", "reason", "facts"), [
    ("a.svg", b"<svg/>", "document_type_refused", {"endings": "pdf, docx, xlsx, pptx, odt, ods, odp, png, jpg, jpeg, txt, csv"}),
    ("a.pdf", b"MZ\x90", "document_not_as_named", {}), ("", b"", "document_missing", {})])
def test_what_is_wrong_with_a_file_stands_beside_its_field(conference, clerk, sentence, name, content, reason, facts):
    answer = upload(clerk, conference, content, name)

    assert (answer.status_code, sentence(reason, **facts) in Page(answer.text).text) == (422, True)


def test_a_file_of_30_mb_is_refused_in_words_and_not_read(app, conference, clerk):
    class Body(BytesIO):
        taken = 0

        def read(self, size=-1):
            found = super().read(size)
            Body.taken += len(found)
            return found

    answer = clerk.post(address(conference, "/files"), input_stream=Body(b"x" * 1000), content_type="multipart/form-data; boundary=b",
                        environ_overrides={"CONTENT_LENGTH": str(30 * 1024**2)})

    assert (answer.status_code, "không quá 20 MB" in Page(answer.text).text, Body.taken) == (413, True, 0)


def test_a_file_just_over_the_limit_is_refused_beside_its_field(conference, clerk, sentence):
    answer = upload(clerk, conference, PDF + b"x" * files.LARGEST)

    assert (answer.status_code, sentence("document_too_large", limit=20) in Page(answer.text).text) == (422, True)


def test_nobody_who_is_not_signed_in_sends_a_large_file(browser, conference):
    answer = browser().post(address(conference, "/files"), data={"file": (BytesIO(PDF * 100_000), "a.pdf")}, content_type="multipart/form-data")

    assert answer.status_code == 401


def test_other_forms_take_no_large_file(conference, clerk):
    answer = clerk.post(address(conference, "/items"), data={"title": (BytesIO(b"x" * 300_000), "a")}, content_type="multipart/form-data")

    assert answer.status_code == 413


def test_what_somebody_put_into_names_is_text_on_the_page(conference, clerk):
    clerk.send(address(conference, "/items"), {"title": "<img src=x onerror=alert(1)>", "key": "k"})
    upload(clerk, conference, name="<script>alert(1)<script>.pdf")

    html = clerk.get(address(conference)).text

    assert "<img" not in html and "<script>alert" not in html and "&lt;img src=x" in html


def test_who_takes_part_reads_and_has_no_forms(place, conference, clerk, signed_in):
    clerk.send(address(conference, "/items"), {"title": "Ý kiến", "key": "k"})
    upload(clerk, conference)
    reader = signed_in(a_person(place.province, Role.STAFF))

    page = reader.page(address(conference))

    assert "Ý kiến" in page.text and "Báo cáo.pdf" in page.text
    assert not any(action.startswith("/staff/documents") for action in page.actions)
    assert reader.get(address(conference, "/files/1")).status_code == 200


@pytest.mark.parametrize("rest", ["/items", "/files", "/items/1/move", "/items/1/removal", "/files/1/removal", "/removal"])
def test_who_takes_part_keeps_nothing(place, conference, clerk, signed_in, rest):
    clerk.send(address(conference, "/items"), {"title": "Ý kiến", "key": "k"})
    upload(clerk, conference)

    answer = signed_in(a_person(place.province, Role.STAFF)).send(address(conference, rest), {"title": "x", "key": "y", "to": "1"})

    assert answer.status_code == 403


@pytest.mark.parametrize("rest", ["", "/files/1", "/items/1"])
@pytest.mark.parametrize("who", ["stranger", "other_approver"])
def test_for_who_does_not_see_the_conference_there_is_nothing(place, conference, clerk, signed_in, who, rest):
    clerk.send(address(conference, "/items"), {"title": "Ý kiến", "key": "k"})
    upload(clerk, conference)

    assert signed_in(getattr(place, who)).get(address(conference, rest)).status_code == 404


# Restricted conferences


def test_the_page_of_a_restricted_conference_says_why_there_is_nothing(place, signed_in):
    conference = place.book(profile_id=a_profile(Classification.INTERNAL).id)

    page = signed_in(place.clerk).page(address(conference))

    assert "không lưu chương trình và tài liệu" in page.text
    assert not any(action.startswith("/staff/documents") for action in page.actions)


def test_what_was_there_before_a_conference_was_restricted_can_only_be_removed(place, conference, clerk):
    clerk.send(address(conference, "/items"), {"title": MARK, "key": "k"})
    upload(clerk, conference, name=f"{MARK}.pdf")
    with write_transaction() as session:
        session.execute(text("UPDATE conferences SET classification = 'internal'"))

    pages = "".join(clerk.get(address(conference, rest)).text for rest in ("", "/files/1", "/items/1"))
    page = clerk.page(address(conference))
    clerk.send(address(conference, "/removal"))

    assert MARK not in pages
    assert "Còn 2 mục" in page.text and address(conference, "/removal") in page.actions
    assert "Còn" not in spoken(clerk, conference)


def test_no_page_tells_an_outsider_of_what_is_there(place, conference, clerk, signed_in):
    clerk.send(address(conference, "/items"), {"title": MARK, "key": "k"})
    upload(clerk, conference, name=f"{MARK}.pdf")

    pages = crawl(signed_in(place.stranger))

    assert [path for path, html in pages.items() if MARK in html] == []


def test_a_cancelled_conference_still_shows_its_documents(place, conference, clerk):
    upload(clerk, conference)
    with write_transaction() as session:
        session.execute(text("UPDATE conferences SET cancelled_at = created_at"))

    page = clerk.page(address(conference))

    assert "Báo cáo.pdf" in page.text and address(conference, "/files") not in page.actions
