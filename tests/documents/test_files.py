"""Documents of a conference: added, read, removed; and what a kill leaves."""

import json
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO

import pytest
from builders import Place, a_profile
from sqlalchemy import text

from documents.samples import INFECTED, PDF, fake_clamd
from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.documents import files, folder, invariants
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.security_profiles.profile import Classification


@pytest.fixture
def conference(place) -> int:
    return place.book()


@pytest.fixture
def stored(app):
    """Return the names of all that lies in the folder."""
    place = folder.folder_of(app.config["SETTINGS"])
    return lambda: sorted(path.name for path in place.iterdir()) if place.exists() else []


@pytest.fixture
def trail(app):
    """Return the payloads of a kind of entry."""

    def read(kind: str) -> list[str]:
        db.session.rollback()
        found = db.session.execute(text("SELECT payload FROM trail_payloads JOIN trail_entries USING (epoch, seq) WHERE kind = :kind ORDER BY seq"),
                                   {"kind": kind})
        return [bytes(row.payload).decode() for row in found]

    return read


def names(conference_id: int, by) -> list[str]:
    return [one.name for one in files.documents_of(conference_id, by=by)]


def reasons(error) -> list[str]:
    return [problem.reason for problem in error.value.problems]


def raise_to(classification: str) -> None:
    with write_transaction() as session:
        session.execute(text("UPDATE conferences SET classification = :word"), {"word": classification})


def test_a_document_is_kept_as_it_came(place, conference, add):
    document_id = add(conference, "Báo cáo.pdf", PDF)

    opened = files.opened(conference, document_id, by=place.chair)

    assert (opened.path.read_bytes(), opened.name, opened.media_type) == (PDF, "Báo cáo.pdf", "application/pdf")


def test_a_file_lies_under_a_random_name_and_only_its_owner_reads_it(place, conference, add, app):
    path = files.opened(conference, add(conference), by=place.clerk).path

    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert path.parent == app.config["SETTINGS"].home / "documents" and "cáo" not in path.name and len(path.name) == 32


@pytest.mark.parametrize(("typed", "kept"), [
    ("C:\\Users\\An\\Báo cáo.pdf", "Báo cáo.pdf"), ("../../etc/passwd.pdf", "passwd.pdf"), ("Ba\u0301o ca\u0301o.pdf", "Báo cáo.pdf"),
    ('a"b<c>.pdf', "a_b_c_.pdf"), ("  a.pdf ", "a.pdf"), ("..a.pdf", "a.pdf")])
def test_a_name_is_cleaned(place, conference, add, typed, kept):
    add(conference, typed)

    assert names(conference, place.clerk) == [kept]


@pytest.mark.parametrize(("name", "content", "reason"), [
    ("a\r\nb.pdf", PDF, "text_control"), ("a\u202efdp.pdf", PDF, "text_direction"), ("x" * 300 + ".pdf", PDF, "text_too_long"),
    ("", PDF, "document_missing"), ("a.exe", PDF, "document_type_refused"), ("a.pdf", b"", "document_empty"),
    ("a.pdf", b"MZ", "document_not_as_named")])
def test_what_is_not_taken_leaves_nothing(place, conference, add, stored, name, content, reason):
    with pytest.raises(InvalidInput) as refused:
        add(conference, name, content)

    assert (reasons(refused), stored(), names(conference, place.clerk)) == ([reason], [], [])


def test_a_file_that_is_too_large_is_not_read_to_its_end(place, conference, stored, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 100_000)
    stream = BytesIO(PDF + b"x" * 1_000_000)

    with pytest.raises(InvalidInput) as refused:
        files.add_document(conference, stream, "a.pdf", by=place.clerk)

    assert (reasons(refused), stored()) == (["document_too_large"], [])
    assert stream.tell() < 300_000


def test_a_conference_holds_so_much_and_no_more(place, conference, add, stored, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_TOGETHER", len(PDF) + 10)
    first = add(conference, "a.pdf")

    with pytest.raises(InvalidInput) as refused:
        add(conference, "b.pdf")
    files.remove_document(conference, first, by=place.clerk)
    add(conference, "b.pdf")

    assert (reasons(refused), len(stored())) == (["documents_too_large"], 1)


def test_a_conference_has_so_many_documents_and_no_more(conference, add, monkeypatch):
    monkeypatch.setattr(files, "MOST_DOCUMENTS", 1)
    add(conference, "a.pdf")

    with pytest.raises(InvalidInput) as refused:
        add(conference, "b.pdf")

    assert reasons(refused) == ["too_many_documents"]


def test_the_same_form_twice_makes_one_document(conference, add, stored):
    assert add(conference) == add(conference)
    assert len(stored()) == 1


def test_the_same_content_under_another_name_is_another_document(conference, add):
    assert add(conference, "a.pdf") != add(conference, "b.pdf")


def test_the_same_form_twice_at_once_makes_one_document(app_on, set_clock):
    place = Place()
    conference, together = place.book(), threading.Barrier(4)

    def send(_: int) -> int:
        with app_on.app_context():
            together.wait()
            return files.add_document(conference, BytesIO(PDF), "a.pdf", by=db.session.get_one(type(place.clerk), clerk))

    clerk = place.clerk.id
    db.session.rollback()
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(send, range(4)))

    assert len(ids) == len(list(folder.folder_of(app_on.config["SETTINGS"]).iterdir())) == 1


def test_a_removed_document_keeps_its_row_and_loses_its_file(place, conference, add, stored):
    document_id = add(conference)

    for _ in range(2):
        files.remove_document(conference, document_id, by=place.chair)

    assert stored() == []
    assert db.session.execute(text("SELECT removed_at IS NOT NULL, sha256 <> '' FROM documents")).all() == [(1, 1)]
    with pytest.raises(NotVisible):
        files.opened(conference, document_id, by=place.clerk)


def test_the_trail_knows_a_documents_digest_and_size_and_not_its_name(conference, add, place, trail):
    files.remove_document(conference, add(conference, "Nhân sự.pdf"), by=place.clerk)

    added, removed = trail("document_added"), trail("document_removed")

    assert added == removed and len(added) == 1
    assert sorted(json.loads(added[0])) == ["sha256", "size"]


@pytest.mark.parametrize("who", ["stranger", "administrator", "technician", "officer"])
def test_who_does_not_see_the_conference_sees_no_documents(place, conference, add, who):
    document_id = add(conference)
    person = getattr(place, who)
    person.unit_id = place.other_province.id
    db.session.commit()

    with pytest.raises(NotVisible):
        files.documents_of(conference, by=person)
    with pytest.raises(NotVisible):
        files.opened(conference, document_id, by=person)


def test_a_document_is_found_in_its_own_conference_only(place, conference, add, set_clock):
    document_id, other = add(conference), place.book(room_ids=(place.other_room.id,), host_room_id=place.other_room.id)

    with pytest.raises(NotVisible):
        files.opened(other, document_id, by=place.clerk)
    with pytest.raises(NotVisible):
        files.remove_document(other, document_id, by=place.clerk)


def test_who_sees_the_conference_but_does_not_keep_it_adds_and_removes_nothing(place, conference, add):
    document_id = add(conference)

    with pytest.raises(NotAllowed):
        add(conference, "b.pdf", by=place.province_approver)
    with pytest.raises(NotAllowed):
        files.remove_document(conference, document_id, by=place.province_approver)


@pytest.mark.parametrize("level", [Classification.INTERNAL, Classification.CONFIDENTIAL])
def test_a_restricted_conference_has_no_documents(place, add, stored, level):
    facts = {"title": "", "code_name": "Sao Mai"} if level.is_classified else {}
    conference = place.book(profile_id=a_profile(level).id, **facts)

    with pytest.raises(Refused) as refused:
        add(conference)

    assert (refused.value.reason, stored()) == ("no_documents_when_restricted", [])


def test_documents_are_out_of_reach_once_their_conference_is_restricted_and_can_be_removed(place, conference, add, stored):
    document_id = add(conference)
    raise_to("internal")

    for reading in (lambda: files.documents_of(conference, by=place.clerk), lambda: files.opened(conference, document_id, by=place.clerk)):
        with pytest.raises(NotVisible):
            reading()
    assert files.left_behind(conference, by=place.clerk) == 1
    files.remove_everything(conference, by=place.clerk)

    assert (stored(), files.left_behind(conference, by=place.clerk)) == ([], 0)


def test_a_conference_that_becomes_restricted_while_a_file_is_scanned_gets_none(app, conference, add, stored, scanned_at):
    def slowly(client) -> None:
        while client.recv(65536)[-4:] != b"\0\0\0\0":
            pass
        with app.app_context():
            raise_to("internal")  # It gets its turn to write: nothing is locked while clamd thinks.
        client.sendall(b"stream: OK\0")

    with fake_clamd(slowly) as address:
        scanned_at(address)
        with pytest.raises(Refused) as refused:
            add(conference)

    assert (refused.value.reason, stored()) == ("no_documents_when_restricted", [])


def test_a_cancelled_conference_gets_no_documents(conference, add):
    with write_transaction() as session:
        session.execute(text("UPDATE conferences SET cancelled_at = created_at"))

    with pytest.raises(Conflict):
        add(conference)


# The scanner


def test_what_clamd_finds_clean_is_marked_so(place, conference, add, clamd, scanned_at):
    scanned_at(clamd)

    add(conference)

    assert [one.scanned for one in files.documents_of(conference, by=place.clerk)] == [True]


def test_what_clamd_knows_is_refused_and_in_the_trail_without_its_name(place, conference, add, clamd, scanned_at, stored, trail):
    scanned_at(clamd)

    with pytest.raises(Refused) as refused:
        add(conference, "Nhân sự.txt", INFECTED)

    assert (refused.value.reason, stored(), names(conference, place.clerk)) == ("file_infected", [], [])
    assert len(trail("document_refused")) == 1
    assert "Roomctl.Test" in trail("document_refused")[0] and "Nhân" not in trail("document_refused")[0]


def test_without_an_answer_nothing_is_taken(conference, add, scanned_at, stored):
    scanned_at("/nowhere/clamd.socket")

    with pytest.raises(Refused) as refused:
        add(conference)

    assert (refused.value.reason, stored()) == ("scan_failed", [])


# After a kill


def old(path) -> None:
    past = (clock.now() - timedelta(hours=2)).timestamp()
    os.utime(path, (past, past))


def test_what_a_kill_has_left_is_swept_after_an_hour(conference, add, stored, app):
    add(conference)
    (kept,) = stored()
    place = folder.folder_of(app.config["SETTINGS"])
    for name in ("0" * 32, "1" * 32 + ".part", "2" * 32):
        (place / name).write_bytes(b"x")
    for name in (kept, "0" * 32, "1" * 32 + ".part"):
        old(place / name)
    os.utime(place / ("2" * 32), (clock.now().timestamp(),) * 2)

    files.sweep()

    assert stored() == sorted([kept, "2" * 32])


def test_a_document_whose_file_was_swept_on_its_way_is_not_added(place, conference, add, stored, app, monkeypatch):
    def swept(received):
        received.path.unlink()
        return give_name(received)

    give_name = folder.give_name
    monkeypatch.setattr(folder, "give_name", swept)

    with pytest.raises(Refused) as refused:
        add(conference)

    assert (refused.value.reason, names(conference, place.clerk)) == ("document_not_stored", [])


def test_a_full_disk_is_said(place, conference, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder.os, "fsync", full)

    with pytest.raises(Refused) as refused:
        files.add_document(conference, BytesIO(PDF), "a.pdf", by=place.clerk)

    assert refused.value.reason == "document_not_stored"


def test_a_row_without_its_file_is_said_to_its_reader(place, conference, add, app, stored):
    document_id = add(conference)
    (folder.folder_of(app.config["SETTINGS"]) / stored()[0]).unlink()

    with pytest.raises(Refused) as refused:
        files.opened(conference, document_id, by=place.clerk)

    assert refused.value.reason == "document_lost"


@pytest.mark.parametrize("harm", ["lost", "cut"])
def test_the_check_names_a_row_whose_file_is_not_there(conference, add, app, stored, harm):
    document_id = add(conference)
    path = folder.folder_of(app.config["SETTINGS"]) / stored()[0]
    path.unlink() if harm == "lost" else path.write_bytes(b"")

    (broken,) = invariants.checked(invariants.read_folder()).values()

    assert [line.split()[0] for line in broken] == [f"document:{document_id}"]


def test_the_check_holds_while_documents_come_and_go(place, conference, add):
    before = invariants.read_folder()
    first = add(conference, "a.pdf")
    files.remove_document(conference, first, by=place.clerk)
    add(conference, "b.pdf")

    assert list(invariants.checked(before).values()) == [[]]
