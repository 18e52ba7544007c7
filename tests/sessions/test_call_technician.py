"""Calling a technician from a panel: who is told, how often, and what the panel may say of it."""

from datetime import timedelta

import pytest
from builders import a_person, a_room, a_unit
from sqlalchemy import select

from roomctl import clock
from roomctl.audit.tables import newest_entries
from roomctl.database import db, write_transaction
from roomctl.duty.rota import plan_turn
from roomctl.errors import NotVisible, Refused
from roomctl.notices.tables import Notice
from roomctl.organisation.roles import Role
from roomctl.rooms import panels
from roomctl.rooms.tables import Panel, panels_in_use
from roomctl.sessions.call_technician import call_technician
from roomctl.timespan import Span


def paired(room) -> int:
    panels.pair(panels.make_code(room.id, by=None), address="127.0.0.1")
    return next(one.id for one in panels_in_use() if one.room_id == room.id)


def told() -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice.user_id).where(Notice.kind == "technician_called").order_by(Notice.id)))


def said_on_the_panel(panel_id: int) -> list[str]:
    db.session.expire_all()
    return db.session.get_one(Panel, panel_id).called_people.splitlines()


def test_whoever_is_on_duty_is_told_before_all_the_other_technicians(place):
    on_duty = a_person(place.centre, Role.TECHNICIAN, name="Đang trực")
    plan_turn(place.centre.id, on_duty.id, Span(clock.now(), clock.now() + timedelta(hours=8)), phone="0912 345 678", by=place.technician)
    panel_id = paired(place.hall)

    call_technician(panel_id)

    assert (told(), said_on_the_panel(panel_id)) == ([on_duty.id], ["Đang trực · 0912 345 678"])


def test_without_anybody_on_duty_all_technicians_of_the_nearest_unit_are_told(place):
    panel_id = paired(place.room)  # Of a province that has none of its own.

    call_technician(panel_id)

    assert (told(), said_on_the_panel(panel_id)) == ([place.technician.id], ["Kỹ thuật"])


def test_within_five_minutes_nobody_is_told_twice_and_then_again(place, set_clock):
    panel_id = paired(place.hall)

    for minutes in (0, 1, 3.9):
        set_clock.forward(minutes=minutes)
        call_technician(panel_id)
    soon = len(told())
    set_clock.forward(minutes=5)
    call_technician(panel_id)

    assert (soon, len(told())) == (1, 2)
    assert [entry.kind for entry, _ in newest_entries(50)].count("technician_called") == 2


def test_a_clock_that_went_back_does_not_keep_people_from_calling(place, set_clock):
    panel_id = paired(place.hall)
    call_technician(panel_id)

    set_clock.forward(hours=-1)
    call_technician(panel_id)

    assert len(told()) == 2


def test_where_nobody_is_to_be_called_it_is_said_and_nothing_is_stored(app, set_clock):
    unit = a_unit("Một mình")
    panel_id = paired(a_room(unit))

    with pytest.raises(Refused, match="nobody_to_call"):
        call_technician(panel_id)

    assert (told(), db.session.get_one(Panel, panel_id).called_at) == ([], None)


def test_a_revoked_panel_calls_nobody(place):
    panel_id = paired(place.hall)
    panels.revoke(panel_id, by=place.administrator)

    with pytest.raises(NotVisible):
        call_technician(panel_id)


def test_the_names_of_many_fit_where_the_panel_keeps_them(place):
    with write_transaction():
        place.technician.name = "Nguyễn " * 25
    for _ in range(4):
        a_person(place.centre, Role.TECHNICIAN, name="Trần " * 30)
    panel_id = paired(place.hall)

    call_technician(panel_id)

    assert len(told()) == 5
    assert len("\n".join(said_on_the_panel(panel_id))) <= 300 and len(said_on_the_panel(panel_id)) == 3
