"""A device's password is changed without anybody seeing it, and whatever breaks off, no device is lost."""

import logging

import pytest
from builders import Place, a_person, fresh
from sqlalchemy import text

from device_drivers.cisco_roomos.driver import CiscoRoomos
from devices import changeable
from devices.changeable import FAMILY
from devices.equipment import a_device
from roomctl.database import db, write_transaction
from roomctl.devices import connect, credentials, enrol, inventory, rotate, rotating
from roomctl.devices.card_tables import PasswordRotation
from roomctl.devices.connect import Connections
from roomctl.devices.faults import PasswordUnsettled
from roomctl.devices.rotating import Rotator
from roomctl.devices.tables import Device
from roomctl.errors import Conflict, InvalidInput, NotAllowed, Refused
from roomctl.organisation.roles import Role

OLD = "alt-und-gut"


class Killed(BaseException):
    """The process is gone: nothing after this happens."""


@pytest.fixture
def apparatus(monkeypatch):
    changeable.note_refusals(monkeypatch)
    device = changeable.a_changeable(OLD)
    yield device
    device.stop()


@pytest.fixture
def device(place, apparatus) -> Device:
    return enrolled(place, apparatus)


def enrolled(place, apparatus, **facts) -> Device:
    row = a_device(unit=place.province, family=FAMILY, host="127.0.0.1", port=apparatus.port, password=OLD, **facts)
    inventory.note_host_key(row.id, fingerprint=apparatus.fingerprint, algorithm="ssh-ed25519")
    inventory.pin_host_key(row.id, apparatus.fingerprint, by=None)
    return row


@pytest.fixture
def asked(place, device) -> Device:
    rotate.ask_for_device(device.id, by=place.administrator)
    return device


def rotator(leased=(), in_use=()) -> Rotator:
    return Rotator(leased=lambda: leased, rooms_in_use=lambda rooms: set(in_use) & set(rooms))


def last() -> PasswordRotation:
    db.session.rollback()
    return db.session.scalars(db.select(PasswordRotation).order_by(PasswordRotation.id.desc())).first()


def ended() -> tuple[str, str]:
    return last().state, last().detail


def everything() -> str:
    db.session.rollback()
    tables = db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
    return "\n".join(str(tuple(row)) for table in tables for row in db.session.execute(text(f'SELECT * FROM "{table}"')))  # noqa: S608


def test_the_new_password_is_proven_and_then_the_current_one(asked, apparatus, caplog):
    caplog.set_level(logging.DEBUG)
    rotator().round()

    new = credentials.password_of(asked.id)
    assert ended() == ("done", "")
    assert (new, apparatus.refused) == (apparatus.password, []) and new != OLD and len(new) == 24
    assert (last().nonce, last().sealed) == (None, None)
    assert not any(secret in text for secret in (new, OLD) for text in (everything(), caplog.text))


def test_a_device_that_is_asked_twice_gets_one_new_password(place, asked, apparatus):
    rotate.ask_for_device(asked.id, by=place.administrator)

    for _ in range(2):
        rotator().round()

    assert len(apparatus.obeys.passwords) == 1


def test_a_whole_unit_is_asked_and_what_is_under_way_is_left_out(place, asked):
    answer = rotate.ask_for_unit(place.centre.code, FAMILY, by=place.administrator)

    assert (answer.asked, answer.left_out) == (0, 1)


def test_a_device_a_session_uses_and_a_room_with_a_conference_wait(place, apparatus):
    leased, in_room = enrolled(place, apparatus), enrolled_elsewhere(place)
    for row in (leased, in_room):
        rotate.ask_for_device(row.id, by=place.administrator)

    rotator(leased={leased.id}, in_use={place.room.id}).round()

    db.session.rollback()
    assert {row.state for row in db.session.scalars(db.select(PasswordRotation))} == {"waiting"}


def enrolled_elsewhere(place) -> Device:
    row = a_device(unit=place.province, family=FAMILY, room_id=place.room.id)
    inventory.note_host_key(row.id, fingerprint="SHA256:x", algorithm="ssh-ed25519")
    inventory.pin_host_key(row.id, "SHA256:x", by=None)
    return row


def test_an_unreachable_device_keeps_its_password_and_the_change_has_failed(asked, apparatus):
    apparatus.stop()

    rotator().round()

    assert ended() == ("failed", "unreachable")
    assert credentials.password_of(asked.id) == OLD


def test_a_device_that_refuses_keeps_the_old_password_without_a_wrong_try(asked, apparatus):
    apparatus.obeys.says, apparatus.obeys.sets = "no", False

    rotator().round()

    assert (ended(), apparatus.refused) == (("failed", "kept_the_old"), [])
    assert credentials.password_of(asked.id) == OLD


def test_a_device_that_says_ok_and_does_nothing_is_found_out_with_one_wrong_try(asked, apparatus):
    apparatus.obeys.sets = False

    rotator().round()

    assert (ended(), len(apparatus.refused)) == (("failed", "kept_the_old"), 1)
    assert credentials.password_of(asked.id) == OLD


def test_a_device_that_says_no_and_does_it_all_the_same_is_found_out(asked, apparatus):
    apparatus.obeys.says = "no"

    rotator().round()

    assert (ended(), apparatus.refused) == (("done", ""), [OLD])
    assert credentials.password_of(asked.id) == apparatus.password != OLD


def test_a_device_that_hangs_up_while_it_obeys_is_settled_at_once(asked, apparatus):
    apparatus.obeys.says = "hangs_up"

    rotator().round()

    assert (ended(), apparatus.refused) == (("done", ""), [])
    assert credentials.password_of(asked.id) == apparatus.password


def test_a_device_that_is_gone_after_the_command_is_unknown_until_it_is_back(asked, apparatus, monkeypatch):
    on_the_way = connect.try_login
    monkeypatch.setattr(connect, "try_login", lambda way: (apparatus.stop(), on_the_way(way)))
    rotator().round()
    unknown, ways = ended(), connect.ways_to([asked.id])
    monkeypatch.setattr(connect, "try_login", on_the_way)
    apparatus.start()

    rotator().round()

    assert unknown == ("unknown", "")
    assert isinstance(ways[asked.id], PasswordUnsettled)
    assert (ended(), apparatus.refused) == (("done", ""), [])
    assert credentials.password_of(asked.id) == apparatus.password


def test_a_device_that_takes_neither_is_left_alone_until_a_person_asks_again(place, asked, apparatus):
    apparatus.obeys.instead = "drittes"

    for _ in range(3):
        rotator().round()
    tries, left = len(apparatus.refused), ended()
    rotate.try_again(last().id, by=place.administrator)
    apparatus.password = OLD
    rotator().round()

    assert (left, tries) == (("unknown", "neither_accepted"), 2)
    assert ended() == ("failed", "kept_the_old")


def test_what_was_refused_is_not_tried_again_when_the_other_could_not_be(asked, apparatus, monkeypatch):
    apparatus.obeys.sets = False
    on_the_way, calls = connect.try_login, []

    def once_then_away(way):
        calls.append(way)
        if len(calls) == 2:
            apparatus.stop()
        on_the_way(way)

    monkeypatch.setattr(connect, "try_login", once_then_away)
    rotator().round()
    between = ended()
    apparatus.start()

    rotator().round()

    assert (between, ended(), len(apparatus.refused)) == (("unknown", "new_refused"), ("failed", "kept_the_old"), 1)


def dies(monkeypatch, where: str) -> None:
    """Let the process be gone at one step: before or after what the step does."""
    place, name, when = where.split(" ")
    owner = {"connect": connect, "driver": CiscoRoomos, "rotating": rotating, "credentials": credentials}[place]
    done = getattr(owner, name)

    def step(*args, **kwargs):
        if when == "before":
            raise Killed
        done(*args, **kwargs)
        raise Killed

    monkeypatch.setattr(owner, name, step)


STEPS = ["connect open_once before", "connect open_once after", "driver set_password before", "driver set_password after",
         "connect try_login before", "connect try_login after", "rotating _end before", "credentials seal_password before",
         "credentials seal_password after", "rotating _end after"]


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_loses_no_device(asked, apparatus, step):
    with pytest.MonkeyPatch.context() as patch:
        dies(patch, step)
        with pytest.raises(Killed):
            rotator().round()
        db.session.rollback()
        between = last().state

    rotator().round()

    assert between == ("done" if step == "rotating _end after" else "setting")
    assert credentials.password_of(asked.id) == apparatus.password
    assert ended() == (("done", "") if apparatus.password != OLD else ("failed", "kept_the_old"))
    assert len(apparatus.refused) <= 1


def test_a_kill_after_the_password_was_made_and_before_it_was_stored_changes_nothing(asked, apparatus):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "seal", lambda *_, **__: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            rotator().round()
    between = last().state

    rotator().round()

    assert (between, ended()) == ("waiting", ("done", ""))
    assert credentials.password_of(asked.id) == apparatus.password


def test_nobody_signs_in_with_a_password_that_is_just_being_changed(asked):
    with write_transaction():
        last_row = db.session.get(PasswordRotation, 1)
        last_row.state = "setting"

    assert connect.ways_to([asked.id]) == {}


def test_a_password_entered_by_hand_ends_an_unsettled_change(place, asked, apparatus):
    with write_transaction():
        db.session.get(PasswordRotation, 1).state = "unknown"

    enrol.renew_login(asked.id, username="roomctl", password="von-hand", by=place.administrator)
    rotator().round()

    assert (ended(), credentials.password_of(asked.id), apparatus.refused) == (("failed", "by_hand"), "von-hand", [])


def test_a_password_is_not_entered_by_hand_while_the_device_is_spoken_to(place, asked):
    with write_transaction():
        db.session.get(PasswordRotation, 1).state = "setting"

    with pytest.raises(Conflict, match="password_being_changed"):
        enrol.renew_login(asked.id, username="roomctl", password="von-hand", by=place.administrator)

    assert credentials.password_of(asked.id) == OLD


def test_a_connection_opened_with_the_old_password_is_opened_anew(asked, apparatus):
    connections = Connections()
    first = connections.to(connect.way_to(fresh(asked)))
    rotator().round()

    second = connections.to(connect.way_to(fresh(asked)))

    assert first is not second and not first.is_open and second.is_open
    connections.close()


def test_a_family_without_a_verified_command_is_not_asked(place):
    device = a_device(unit=place.province, family="poly")

    assert (FAMILY in rotate.families(), "poly" in rotate.families()) == (True, False)
    with pytest.raises(Refused, match="password_not_changeable"):
        rotate.ask_for_device(device.id, by=place.administrator)
    with pytest.raises(InvalidInput):
        rotate.ask_for_unit(place.centre.code, "poly", by=place.administrator)


def test_a_device_without_a_password_or_an_approved_key_is_not_asked(place):
    bare, unapproved = (a_device(unit=place.province, **facts) for facts in ({"password": "", "pinned_fingerprint": "SHA256:x"}, {}))

    for row in (bare, unapproved):
        with pytest.raises(Refused, match="no_password_known"):
            rotate.ask_for_device(row.id, by=place.administrator)
    assert rotate.ask_for_unit(place.centre.code, FAMILY, by=place.administrator).asked == 0


def test_an_old_password_that_must_not_stand_on_a_command_line_is_not_tried(place, apparatus):
    apparatus.password = 'a"b|c'
    device = enrolled(place, apparatus)
    credentials.set_password(device, apparatus.password)
    rotate.ask_for_device(device.id, by=place.administrator)

    rotator().round()

    assert (ended(), apparatus.refused, apparatus.obeys.passwords) == (("failed", "unsafe_value"), [], [])


def test_a_device_that_was_made_another_meanwhile_is_left_alone(place, asked, apparatus):
    with write_transaction() as session:
        session.get(Device, asked.id).family = "poly"

    rotator().round()

    assert (ended(), apparatus.obeys.passwords) == (("failed", "password_not_changeable"), [])


@pytest.mark.parametrize("who", ["technician", "officer", "clerk"])
def test_nobody_but_an_administrator_asks(place, device, who):
    with pytest.raises(NotAllowed):
        rotate.ask_for_device(device.id, by=getattr(place, who))
    with pytest.raises(NotAllowed):
        rotate.ask_for_unit(place.province.code, FAMILY, by=a_person(place.other_province, Role.ADMINISTRATOR))


def test_the_trail_says_who_asked_and_how_it_ended(place, asked):
    rotator().round()

    db.session.rollback()
    kinds = db.session.execute(text("SELECT kind, actor, outcome FROM trail_entries ORDER BY seq DESC LIMIT 3")).all()
    assert {tuple(one) for one in kinds} == {("password_rotation_asked", place.administrator.id, "done"),
                                             ("credential_set", place.administrator.id, "done"),
                                             ("password_rotation_ended", place.administrator.id, "done")}


def test_many_that_must_wait_do_not_hide_the_one_that_can_be_done(place, apparatus, monkeypatch):
    monkeypatch.setattr(rotating, "A_ROUND", 2)
    waiting = [enrolled_elsewhere(place) for _ in range(3)]
    stuck = [enrolled_elsewhere(place) for _ in range(3)]
    device = enrolled(place, apparatus)
    for row in (*waiting, *stuck, device):
        rotate.ask_for_device(row.id, by=place.administrator)
    with write_transaction() as session:
        for row in session.scalars(db.select(PasswordRotation).where(PasswordRotation.device_id.in_([one.id for one in stuck]))):
            row.state, row.detail = "unknown", "neither_accepted"

    rotator(in_use={place.room.id}).round()

    db.session.rollback()
    assert credentials.password_of(device.id) == apparatus.password != OLD


def test_passwords_are_changed_and_settled_on_either_engine(app_on, set_clock, apparatus):
    place = Place()
    device = enrolled(place, apparatus)
    rotate.ask_for_device(device.id, by=place.administrator)
    with pytest.MonkeyPatch.context() as patch:
        dies(patch, "driver set_password after")
        with pytest.raises(Killed):
            rotator().round()
    db.session.rollback()
    between = [last().state, connect.ways_to([device.id])]

    rotator().round()

    assert between == ["setting", {}]
    assert (ended(), credentials.password_of(device.id) == apparatus.password != OLD) == (("done", ""), True)
    rotate.ask_for_unit(place.centre.code, FAMILY, by=place.administrator)
    enrol.renew_login(device.id, username="roomctl", password="von-hand", by=place.administrator)
    assert ended() == ("failed", "by_hand")
