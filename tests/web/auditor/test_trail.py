"""The audit trail as its reader sees it."""

import pytest
from builders import a_profile
from sqlalchemy import text

from roomctl import clock
from roomctl.audit import tables, trail, verify
from roomctl.database import db, write_transaction
from roomctl.security_profiles.profile import Classification
from web.browser import Page

TRAIL = "/auditor/trail"


def verdict(client) -> str:
    return next(found["class"] for found in client.page(TRAIL).named("div", role="status"))


def test_the_newest_entry_comes_first_with_who_and_what(place, signed_in):
    conference_id = place.book()

    page = signed_in(place.officer).page(TRAIL)

    assert f"user:{place.clerk.id} conference:{conference_id}" in page.text


def test_a_trail_that_reaches_its_anchor_is_whole(place, signed_in):
    client = signed_in(place.officer)
    trail.checkpoint()

    assert verdict(client) == "alert good"


def test_a_trail_without_an_anchor_is_not_called_whole(place, signed_in):
    assert verdict(signed_in(place.officer)) == "alert warn"


@pytest.mark.parametrize("change", [
    "UPDATE trail_entries SET header = CAST(replace(header, 'unit_added', 'unit_addee') AS BLOB) WHERE seq = 1",
    "DELETE FROM trail_entries WHERE seq = 3",
    "UPDATE trail_payloads SET payload = CAST('{}' AS BLOB) WHERE seq = 2",
    "UPDATE trail_entries SET header = x'ff00' WHERE seq = 1",
    "UPDATE trail_entries SET header = CAST('{\"at\": \"yesterday\"}' AS BLOB) WHERE seq = 1",
    "UPDATE trail_payloads SET payload = x'ff00' WHERE seq = (SELECT max(seq) FROM trail_payloads)",
    "UPDATE trail_payloads SET payload = CAST('[1]' AS BLOB) WHERE seq = (SELECT max(seq) FROM trail_payloads)",
])
def test_a_trail_that_was_changed_is_called_so(place, signed_in, change):
    client = signed_in(place.officer)
    trail.checkpoint()
    with write_transaction():
        db.session.execute(text(change))

    assert verdict(client) == "alert bad"


def test_what_is_shown_is_what_the_chain_holds(place, signed_in):
    conference_id = place.book()
    client = signed_in(place.officer)
    with write_transaction():
        db.session.execute(text("UPDATE trail_entries SET actor = 987654321, kind = 'forged', subject = 'forged:1', at = '2001-01-01'"))

    page = client.page(TRAIL)

    assert f"user:{place.clerk.id} conference:{conference_id}" in page.text
    assert not any(word in page.text for word in ("987654321", "forged", "01/01 "))


def test_a_title_of_a_restricted_conference_is_not_in_the_trail(place, signed_in):
    place.book(profile_id=a_profile(Classification.INTERNAL).id, title="Kiểm điểm cán bộ")

    assert "Kiểm điểm" not in signed_in(place.officer).get(TRAIL).text


def test_older_entries_are_a_page_away(place, signed_in):
    client = signed_in(place.officer)
    for _ in range(100):
        client.get("/admin/panels")
    first = client.page(TRAIL)

    older = client.page(next(link for link in first.links if "before=" in link))

    assert "unit_added" in older.text and "unit_added" not in first.text


@pytest.mark.parametrize("before", ["", "x", "-1", "0", "9" * 40, "1;DROP TABLE users"])
def test_any_other_place_to_begin_is_answered(place, signed_in, before):
    assert signed_in(place.officer).get(TRAIL, query_string={"before": before}).status_code == 200


def test_markup_in_an_entry_is_shown_as_text(place, signed_in):
    client = signed_in(place.officer)
    client.get("/admin/panels")
    signed_in(place.clerk).send(f"/staff/conferences/{place.book()}/cancellation", {"reason": "<img src=x>"})

    html = client.get(TRAIL).text

    assert "<img" not in html and "<img src=x>" in Page(html).text


def test_the_anchor_sheet_says_how_long_the_trail_is_and_verifies_it(place, signed_in):
    row = trail.checkpoint()

    page = signed_in(place.officer).page(f"{TRAIL}/sheet")

    sheet = next(line for line in page.text.split() if line.startswith(verify.SHEET))
    assert f":{row.size}:" in sheet
    assert any(found.get("class") == "segno" for found in page.named("svg"))
    assert verify.check(trail.whole_trail(), key=row.key, anchor=None, sheet=sheet).tampered == []


def test_a_trail_cut_behind_the_sheet_is_found_by_the_sheet(place, signed_in):
    row = trail.checkpoint()
    sheet = verify.sheet_text(trail.as_document(row))
    with write_transaction():
        db.session.execute(text("DELETE FROM trail_entries WHERE seq = :last"), {"last": row.size})
        db.session.execute(text("DELETE FROM trail_checkpoints"))

    assert any(line.startswith("TRUNCATED") for line in verify.check(trail.whole_trail(), key=row.key, anchor=None, sheet=sheet).tampered)


def test_a_trail_that_was_never_signed_has_no_sheet_yet(place, signed_in):
    answer = signed_in(place.officer).get(f"{TRAIL}/sheet")

    assert (answer.status_code, answer.headers["Location"]) == (303, TRAIL)


def test_the_places_that_checkpoints_do_not_reach_are_named(place, signed_in):
    with write_transaction() as session:
        session.add(tables.TrailDelivery(place="tcp://nhat-ky.example:601", epoch="e", size=0, tried_at=clock.now(), error="OSError: gone"))

    assert "tcp://nhat-ky.example:601" in signed_in(place.officer).page(TRAIL).text
