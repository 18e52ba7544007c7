"""The officer's statistics: what is counted, for which unit and month, and who may see them."""

from datetime import UTC, datetime, timedelta

import pytest
from builders import Place, a_person, a_room, a_unit, hash_quickly

from device_drivers.readings import Grade
from roomctl.booking.tables import conference_by_id
from roomctl.database import db, write_transaction
from roomctl.devices import inventory
from roomctl.errors import InvalidInput, NotAllowed, NotVisible
from roomctl.organisation.roles import Role
from roomctl.sessions import statistics, tables
from roomctl.sessions.override_tables import Override
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.statistics import Figures, added, session_statistics
from roomctl.sessions.verdict import Verdict
from roomctl.timespan import Span

MARCH, APRIL = datetime(2027, 3, 10, 2, tzinfo=UTC), datetime(2027, 4, 10, 2, tzinfo=UTC)


class Past:
    """Sessions that have ended, written as their workers left them."""

    def __init__(self) -> None:
        self.place = Place()
        self.commune = a_unit("Ea Kao", parent=self.place.province)
        self.centre_rooms = [a_room(self.place.centre) for _ in range(2)]
        self.commune_rooms = [a_room(self.commune) for _ in range(2)]
        self.devices = {}
        for room in (*self.centre_rooms, *self.commune_rooms):
            self.devices[room.id] = inventory.add_device(
                kind="codec", family="cisco_roomos", unit=room.unit, room=room, name=room.code, host="192.0.2.1", port=room.id,
                username="roomctl", password="geheim")
        self.bridge = inventory.add_device(kind="bridge", family="simulated_bridge", unit=self.place.centre, room=None, name="bridge",
                                           host="192.0.2.2", port=22, pool=["7001@bridge.example"], ports=10, username="roomctl", password="geheim")

    def held(self, at: datetime, verdict: Verdict = Verdict.SECURE, *, rooms=None, live: bool = True, findings=("", ""), gaps=(), overrides=(),
             running: bool = False) -> int:
        """Write a session that began at a moment; `gaps` in seconds (None: open to the end), `overrides` as (decision, used)."""
        rooms = rooms or self.centre_rooms
        conference_id = self.place.book(room_ids=tuple(room.id for room in rooms), host_room_id=rooms[0].id, span=Span(at, at + timedelta(minutes=1)))
        occurrence = conference_by_id(conference_id).occurrences[0]
        with write_transaction() as database:
            session = tables.ConferenceSession(
                occurrence_id=occurrence.id, number=1, profile_id=self.place.profile.id, host_room_id=rooms[0].id, bridge_id=self.bridge.id,
                bridge_address="7001@bridge.example", state=SessionState.LIVE if running else SessionState.ENDED, verdict=verdict, started_at=at,
                live_at=at if live else None, ended_at=None if running else at + timedelta(hours=1))
            database.add(session)
            database.flush()
            legs = [tables.Leg(session_id=session.id, room_id=room.id, device_id=self.devices[room.id].id, since=at, state=LegState.HUNG_UP,
                               finding=finding, verdict=Verdict.NOT_SECURE if finding else Verdict.SECURE)
                    for room, finding in zip(rooms, findings, strict=True)]
            database.add_all(legs)
            database.flush()
            for length in gaps:
                database.add(tables.Gap(session_id=session.id, leg_id=legs[0].id, begun_at=at, reason="silent",
                                        ended_at=at + timedelta(seconds=length) if length is not None else None))
            for decision, used in overrides:
                database.add(Override(session_id=session.id, leg_id=legs[1].id, decision=decision, finding="call_clear", accepts=Verdict.NOT_SECURE,
                                      reason="x", asked_at=at, used_at=at if used else None, ended_at=at))
            return session.id

    def of(self, unit, year: int = 2027, by=None) -> statistics.Statistics:
        db.session.rollback()
        return session_statistics(unit.id, year, by=by or self.place.officer)


@pytest.fixture
def past(app_on, set_clock, monkeypatch) -> Past:
    hash_quickly(monkeypatch)
    return Past()


def test_sums_add_up_and_of_the_longest_gaps_the_longest_counts():
    assert added([Figures(secure=1, gaps=2, longest_gap_s=30), Figures(secure=2, gaps=1, longest_gap_s=20)]) == Figures(
        secure=3, gaps=3, longest_gap_s=30)
    assert added([]) == Figures()


def test_sessions_are_counted_by_verdict_and_month(past):
    past.held(MARCH)
    past.held(MARCH + timedelta(days=1), Verdict.NOT_SECURE)
    past.held(APRIL, Verdict.NOT_PROVEN)
    past.held(APRIL + timedelta(days=1), live=False)

    found = past.of(past.place.centre)

    by_month = dict(found.months)
    assert (by_month[3], by_month[4], by_month[5]) == (Figures(secure=1, not_secure=1), Figures(not_proven=1, never_live=1), Figures())
    assert found.total.sessions == 4


def test_a_session_that_still_runs_and_one_of_another_year_are_not_counted(past):
    past.held(MARCH, running=True)

    assert (past.of(past.place.centre).total, past.of(past.place.centre, 2028).total) == (Figures(), Figures())


def test_a_month_is_one_of_hanoi(past):
    past.held(datetime(2027, 3, 31, 17, 30, tzinfo=UTC))

    assert [month for month, figures in past.of(past.place.centre).months if figures.sessions] == [4]


def test_gaps_are_counted_with_the_longest_and_an_open_one_lasts_to_the_end(past):
    past.held(MARCH, Verdict.NOT_PROVEN, gaps=(5, 90))
    past.held(APRIL, Verdict.NOT_PROVEN, gaps=(None,))

    by_month = dict(past.of(past.place.centre).months)

    assert [(by_month[n].gaps, by_month[n].longest_gap_s) for n in (3, 4)] == [(2, 90), (1, 3600)]


def test_overrides_are_counted_by_what_became_of_them(past):
    past.held(MARCH, Verdict.NOT_SECURE, overrides=(("granted", True), ("refused", False), ("asked", False)))

    total = past.of(past.place.centre).total

    assert (total.asked, total.granted, total.refused, total.used) == (3, 1, 1, 1)


def test_units_below_stand_with_all_that_is_under_them(past):
    past.held(MARCH)
    past.held(MARCH, Verdict.NOT_SECURE, rooms=past.commune_rooms)

    found = past.of(past.place.centre)

    assert [(unit.name, figures) for unit, figures in found.branches] == [
        ("Trung ương", Figures(secure=1)), ("Đắk Lắk", Figures(not_secure=1))]
    assert past.of(past.place.province).total == Figures(not_secure=1)


def test_the_sites_that_are_most_often_not_proven_come_first_with_their_usual_finding(past):
    for day in range(3):
        past.held(MARCH + timedelta(days=day), Verdict.NOT_SECURE, findings=("", "call_clear" if day else "silent"))
    past.held(APRIL, Verdict.NOT_SECURE, findings=("silent", ""))

    sites = past.of(past.place.centre).sites

    assert [(one.room.id, one.not_proven, one.sessions, one.finding) for one in sites] == [
        (past.centre_rooms[1].id, 3, 4, "call_clear"), (past.centre_rooms[0].id, 1, 4, "silent")]


def test_devices_that_cannot_prove_are_told_by_family(past):
    room = a_room(past.place.centre)
    inventory.add_device(kind="codec", family="poly", unit=past.place.centre, room=room, name="HDX", host="192.0.2.9", port=23, username="roomctl",
                         password="geheim")

    families = {one.family: one for one in past.of(past.place.centre).families}

    assert {name: (one.count, one.best, one.can_prove) for name, one in families.items()} == {
        "cisco_roomos": (4, Grade.A, True), "poly": (1, Grade.NONE, False), "simulated_bridge": (1, Grade.NONE, False)}


def test_an_officer_sees_their_own_units_and_nobody_elses(past):
    officer = a_person(past.place.province, Role.AUDITOR)

    assert past.of(past.commune, by=officer).total == Figures()
    for unit in (past.place.centre, past.place.other_province):
        with pytest.raises(NotAllowed):
            past.of(unit, by=officer)


@pytest.mark.parametrize("who", ["clerk", "technician", "administrator"])
def test_nobody_else_sees_them(past, who):
    with pytest.raises(NotAllowed):
        past.of(past.place.centre, by=getattr(past.place, who))


def test_a_unit_that_is_not_there_and_a_year_that_never_was_are_refused(past):
    with pytest.raises(NotVisible):
        session_statistics(99_999, 2027, by=past.place.officer)
    with pytest.raises(InvalidInput):
        past.of(past.place.centre, 1999)
