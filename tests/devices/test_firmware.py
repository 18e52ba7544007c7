"""Which firmware is in use, and which of it may be."""

import pytest
from builders import Place, a_person
from sqlalchemy import text

from devices.equipment import a_device
from roomctl.database import db
from roomctl.devices import firmware, firmware_tables
from roomctl.devices.firmware import Line
from roomctl.errors import InvalidInput, NotAllowed
from roomctl.organisation.roles import Role

SX80 = {"family": "cisco_roomos", "model": "SX80"}


def furnish(place) -> None:
    for version, unit in (("CE9.1", place.province), ("CE9.1", place.province), ("CE9.2", place.province), ("", place.province),
                          ("CE9.2", place.other_province)):
        a_device(unit=unit, firmware=version, **SX80)
    a_device(unit=place.province, family="poly", model="G7500", firmware="4.1", name="studio")


def of_sx80(below) -> firmware.Model:
    db.session.rollback()
    return next(one for one in firmware.overview(below) if one.model == "SX80")


def approve(place, version: str, call=firmware.approve) -> None:
    call("cisco_roomos", "SX80", version, by=place.administrator)


def test_firmware_in_use_is_counted_and_nothing_is_said_of_a_model_with_none_approved(place):
    furnish(place)

    model = of_sx80([place.province.path])

    assert (model.lines, model.unknown, model.count) == ([Line("CE9.1", 2, None), Line("CE9.2", 1, None)], 1, 4)
    assert firmware_tables.with_unapproved([place.centre.path], limit=5) == (0, [])


def test_an_approved_firmware_makes_the_others_unapproved_and_what_is_unknown_neither(place):
    furnish(place)

    for _ in range(2):
        approve(place, "CE9.2")

    assert of_sx80([place.centre.path]).lines == [Line("CE9.1", 2, False), Line("CE9.2", 2, True)]
    count, devices = firmware_tables.with_unapproved([place.centre.path], limit=1)
    assert (count, [one.firmware for one in devices]) == (2, ["CE9.1"])
    assert db.session.scalar(text("SELECT count(*) FROM trail_entries WHERE kind = 'firmware_approved'")) == 1


def test_an_approved_firmware_that_nobody_runs_is_shown_and_can_be_withdrawn(place):
    furnish(place)
    approve(place, "CE9.9")
    before = of_sx80([place.province.path]).lines[-1]

    for _ in range(2):
        approve(place, "CE9.9", firmware.withdraw)

    assert (before, of_sx80([place.province.path]).lines[0]) == (Line("CE9.9", 0, True), Line("CE9.1", 2, None))
    assert db.session.scalar(text("SELECT count(*) FROM trail_entries WHERE kind = 'firmware_withdrawn'")) == 1


def test_only_an_administrator_of_the_highest_unit_approves(place):
    local = a_person(place.province, Role.ADMINISTRATOR)

    for by in (local, place.technician, place.clerk):
        for call in (firmware.approve, firmware.withdraw):
            with pytest.raises(NotAllowed):
                call("cisco_roomos", "SX80", "CE9.1", by=by)
    assert (firmware.may_approve(local), firmware.may_approve(place.administrator)) == (False, True)


@pytest.mark.parametrize(("known", "field"), [(("x", "SX80", "1"), "family"), (("poly", " ", "1"), "model"), (("poly", "G7500", ""), "firmware")])
def test_what_names_no_firmware_is_refused(place, known, field):
    with pytest.raises(InvalidInput) as refused:
        firmware.approve(*known, by=place.administrator)

    assert [one.field for one in refused.value.problems] == [field]


def test_the_overview_is_the_same_on_either_engine(app_on, set_clock):
    place = Place()
    furnish(place)
    approve(place, "CE9.2")

    assert of_sx80([place.centre.path]).lines == [Line("CE9.1", 2, False), Line("CE9.2", 2, True)]
    assert firmware_tables.with_unapproved([place.centre.path], limit=5)[0] == 2
