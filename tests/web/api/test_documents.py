"""Agendas and documents over the API."""

from io import BytesIO

import pytest
from builders import a_profile

from roomctl.database import db
from roomctl.documents import files
from roomctl.security_profiles.profile import Classification

PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.fixture
def clerk(place, program, wanted):
    """The clerk's program, once it has asked for conference 1."""
    clerk = program(place.clerk)
    clerk("POST", "/conferences", json=wanted())
    db.session.rollback()  # What the test itself has read is as it was before that.
    return clerk


def titles(answer) -> list[str]:
    return [one["title"] for one in answer.json["items"]]


def test_an_agenda_is_made_changed_moved_and_emptied(place, clerk):
    key = {"Idempotency-Key": "item-1"}
    for _ in range(2):
        clerk("POST", "/documents/1/items", json={"title": "Khai mạc", "minutes": 15}, headers=key)
    two = clerk("POST", "/documents/1/items", json={"title": "Báo cáo", "units": [place.province.id, place.centre.id]})
    first, second = (one["id"] for one in two.json["items"])

    changed = clerk("POST", f"/documents/1/items/{first}", json={"title": "Phát biểu", "minutes": 30})
    moved = clerk("POST", f"/documents/1/items/{second}/move", json={"to": 1})
    left = clerk("POST", f"/documents/1/items/{first}/removal")

    assert titles(two) == ["Khai mạc", "Báo cáo"]
    assert [unit["name"] for unit in two.json["items"][1]["units"]] == ["Đắk Lắk", "Trung ương"]
    assert (changed.json["items"][1]["starts"], titles(moved), titles(left)) == ("2027-03-02T01:30:00Z", ["Báo cáo", "Phát biểu"], ["Báo cáo"])


def test_a_document_is_listed_saved_and_removed(place, program, clerk):
    document_id = files.add_document(1, BytesIO(PDF), "Báo cáo.pdf", by=place.clerk)

    listed = program(place.province_approver)("GET", "/documents/1/files").json["items"]
    saved = clerk("GET", f"/documents/1/files/{document_id}")
    left = clerk("POST", f"/documents/1/files/{document_id}/removal")

    assert [(one["name"], one["size"], one["added_by"]) for one in listed] == [("Báo cáo.pdf", len(PDF), "Văn thư")]
    assert (saved.data, saved.mimetype, saved.headers["Content-Disposition"][:11]) == (PDF, "application/octet-stream", "attachment;")
    assert (left.json, clerk("GET", f"/documents/1/files/{document_id}").status_code) == ({"items": []}, 404)


def test_a_restricted_conference_has_neither(place, program, wanted):
    clerk, stranger = program(place.clerk), program(place.stranger)
    clerk("POST", "/conferences", json=wanted(profile=a_profile(Classification.INTERNAL).key))

    added = clerk("POST", "/documents/1/items", json={"title": "Nhân sự"})
    answers = [user("GET", f"/documents/1/{what}") for user in (clerk, stranger) for what in ("items", "files")]

    assert (added.status_code, added.json["reason"]) == (422, "no_documents_when_restricted")
    assert [answer.status_code for answer in answers] == [404] * 4


def test_who_only_reads_keeps_nothing(place, program, clerk, counted):
    files.add_document(1, BytesIO(PDF), "Báo cáo.pdf", by=place.clerk)
    clerk("POST", "/documents/1/items", json={"title": "Khai mạc"})
    approver, before = program(place.province_approver), counted("trail_entries")

    answers = [approver("POST", "/documents/1/items", json={"title": "Khác"}), approver("POST", "/documents/1/items/1", json={"title": "Khác"}),
               approver("POST", "/documents/1/items/1/move", json={"to": 1}), approver("POST", "/documents/1/items/1/removal"),
               approver("POST", "/documents/1/files/1/removal")]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert counted("trail_entries") == before + 5


@pytest.mark.parametrize(("change", "field", "reason"), [({"title": " "}, "title", "agenda_title_missing"),
                                                         ({"units": [999]}, "units", "speaker_takes_no_part"),
                                                         ({"minutes": -1}, "minutes", "malformed"), ({"minutes": "15"}, "minutes", "malformed")])
def test_an_item_that_cannot_be_names_its_field(place, clerk, change, field, reason):
    answer = clerk("POST", "/documents/1/items", json={"title": "Khai mạc", **change})

    assert (answer.status_code, [(one["field"], one["reason"]) for one in answer.json["errors"]]) == (422, [(field, reason)])
