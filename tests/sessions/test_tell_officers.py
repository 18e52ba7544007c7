"""Who is told at once of what happens to a session: the officers of its host's unit and of the units above, and nobody else."""

from datetime import timedelta

import pytest
from builders import a_person, hash_quickly
from sqlalchemy import select, text

from roomctl.database import db, write_transaction
from roomctl.notices.tables import Notice
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.sessions import record, tables
from roomctl.sessions.states import SessionState
from roomctl.sessions.tell_officers import officers_over


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    hash_quickly(monkeypatch)


def told(kind: str) -> list[int]:
    db.session.rollback()
    return sorted(db.session.scalars(select(Notice.user_id).where(Notice.kind == kind)))


def kinds(session_id: int, kind: str) -> int:
    db.session.rollback()
    return db.session.scalar(text("SELECT count(*) FROM trail_entries WHERE subject = :ref AND kind = :kind"),
                             {"ref": f"session:{session_id}", "kind": kind})


def test_the_officers_are_those_of_the_hosts_unit_and_of_the_units_above(studio):
    place = studio.place
    here, beside = a_person(place.province, Role.AUDITOR), a_person(place.other_province, Role.AUDITOR)
    gone = a_person(place.centre, Role.AUDITOR)
    directory.revoke_role(gone.standing_grants()[0].id, by=None)
    session_id = studio.start(studio.book_now(rooms=("room", "other"), host_room_id=place.room.id))

    assert officers_over(tables.session_by_id(session_id)) == sorted([place.officer.id, here.id])
    assert beside.id not in officers_over(tables.session_by_id(session_id))


def test_a_stranger_on_the_bridge_is_told_once_with_an_entry_of_its_own(studio):
    session_id = studio.start()
    seen = [["x@vc.example"], ["x@vc.example"], ["a@vc.example", "x@vc.example"], [], ["y@vc.example"]]

    shown = []
    for remotes in seen:
        with write_transaction():
            session = tables.session_for_update(session_id)
            record.note_stranger(session, remotes, at="7001@bridge.example")
            shown.append(session.stranger)

    assert shown == ["x@vc.example", "x@vc.example", "x@vc.example", "", "y@vc.example"]
    assert told("stranger_on_bridge") == sorted([studio.place.officer.id, studio.place.chair.id] * 2)
    assert kinds(session_id, "stranger_seen") == 2


def test_strangers_on_two_bridges_are_not_told_again_and_again(studio):
    session_id = studio.start()

    for at in ("7001@bridge.example", "8001@lower.example") * 3:
        with write_transaction():
            record.note_stranger(tables.session_for_update(session_id), [f"x-{at}"], at=at)

    assert kinds(session_id, "stranger_seen") == 1


def test_of_a_legs_first_gap_the_officers_are_told_and_of_its_later_ones_the_trail(studio, run):
    session_id = studio.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    for number in (1, 2):
        with write_transaction():
            for leg in tables.session_for_update(session_id).legs:
                leg.checked_at = leg.check_due_at = leg.checked_at - timedelta(minutes=1)  # As after a minute without a worker.
        run.until(lambda one, number=number: len(tables.gaps_of(session_id)) == 3 * number)

    assert told("session_gap") == [studio.place.officer.id] * 3
    assert kinds(session_id, "gap") == 6
