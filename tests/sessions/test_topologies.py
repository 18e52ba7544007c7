"""Two rooms straight, a host's own codec that mixes, a cascade of bridges, a guest: as secure as the worst end of the worst leg."""

import json
from datetime import timedelta

import pytest
from studio import leg_of

from device_drivers.simulators.bridge import SimulatedBridgeDevice
from device_drivers.simulators.cisco_roomos import SimulatedRoomOS
from device_drivers.simulators.guest import SimulatedGuest
from device_drivers.simulators.network import Timing
from roomctl import clock
from roomctl.audit import trail, verify
from roomctl.booking import decide
from roomctl.booking import tables as booking
from roomctl.database import write_transaction
from roomctl.devices.tables import Device
from roomctl.errors import Refused
from roomctl.rooms import catalogue
from roomctl.sessions import control, evidence, invariants, plan, tables
from roomctl.sessions.join import add_guest
from roomctl.sessions.override import ask_override, decide_override
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.tables import LegKind
from roomctl.sessions.verdict import Verdict
from roomctl.timespan import Span


@pytest.fixture(autouse=True)
def short_limits(monkeypatch):
    """The limits of real rooms are minutes; the simulated ones need tenths of a second."""
    for name, seconds in {"PREPARE_WITHIN": 2, "FIND_WITHIN": 2, "ANSWER_WITHIN": 2, "MEDIA_WITHIN": 1.5, "LOOK_FOR_CALL": 0.5,
                          "END_WITHIN": 3}.items():
        monkeypatch.setattr(plan, name, timedelta(seconds=seconds))


def set_device(device: Device, **facts) -> None:
    with write_transaction() as session:
        row = session.get_one(Device, device.id)
        for name, value in facts.items():
            setattr(row, name, value)


def ended(studio, run, session_id: int) -> tables.ConferenceSession:
    control.end_session(session_id, lead=studio.lead)
    return run.until(lambda one: one.ended_at is not None)


def checks(session_id: int, way: str) -> list[dict]:
    found = [json.loads(trail.as_stored(one.document)) for one in tables.checks_of(session_id)]
    return [one for one in found if one.get("what") == "check" and one["way"] == way]


def accepted(session_id: int) -> list[str]:
    """Return what verify.py has against a session's evidence, beside that nobody gave it an anchor or a key."""
    result = verify.check(evidence.as_bundle(session_id), key=None, anchor=None)
    return result.tampered


# Two rooms


def test_two_rooms_call_each_other_and_no_bridge_hears_them(studio, run):
    session_id = studio.start(studio.book_now(rooms=("hall", "room")))

    session = run.until(lambda one: one.state == SessionState.LIVE)

    assert (session.topology, session.verdict) == ("direct", Verdict.SECURE)
    assert studio.codecs["room"].dialled == ["hall@vc.example"]
    assert studio.codecs["hall"].dialled == []
    assert studio.network.links_of(studio.bridge) == []
    assert checks(session_id, "host")[-1]["observed"]["mixes"][0]["encrypted"] == "yes"
    session = ended(studio, run, session_id)
    assert {leg.restored_at is not None for leg in session.legs} == {True}
    assert studio.codecs["hall"].calls_up() == {}
    assert accepted(session_id) == []


def test_a_host_whose_codec_rings_is_answered(studio, run):
    studio.codecs["hall"].autoanswer = False
    studio.start(studio.book_now(rooms=("hall", "room")))

    session = run.until(lambda one: one.state == SessionState.LIVE)

    assert session.verdict == Verdict.SECURE


def test_a_host_that_says_ok_and_goes_on_ringing_is_never_live(studio, run):
    studio.codecs["hall"].autoanswer = False
    studio.codecs["hall"].bad.answer_does_nothing = True
    studio.start(studio.book_now(rooms=("hall", "room")))

    session = run.until(lambda one: leg_of(one, "room").state == LegState.HUNG_UP and not leg_of(one, "room").wanted)

    assert session.live_at is None
    assert leg_of(session, "room").verdict == Verdict.NOT_PROVEN


@pytest.mark.parametrize("liar", ["hall", "room"])
def test_one_lying_end_of_two_rooms_is_enough_to_stop_them(studio, run, liar):
    studio.codecs[liar].bad.lies = True
    studio.start(studio.book_now(rooms=("hall", "room")))

    session = run.until(lambda one: any(leg.state == LegState.HUNG_UP for leg in one.legs))

    assert session.live_at is None
    assert all(leg.state != LegState.PROVEN or leg.verdict == Verdict.SECURE for leg in session.legs)


def test_a_call_between_two_rooms_that_drops_is_made_again_and_read_anew(studio, run):
    studio.start(studio.book_now(rooms=("hall", "room")))
    run.until(lambda one: one.state == SessionState.LIVE)
    for link in studio.network.links_of(studio.codecs["room"]):
        link.ended = True

    session = run.until(lambda one: leg_of(one, "room").dials == 2 and all(leg.state == LegState.PROVEN for leg in one.legs))

    assert session.state == SessionState.LIVE


def test_somebody_else_who_calls_the_host_keeps_two_rooms_from_going_live(studio, run):
    caller = SimulatedRoomOS(name="outsider", address="outsider@vc.example", network=studio.network, password="fremd")
    studio.start(studio.book_now(rooms=("hall", "room")))
    run.until(lambda one: leg_of(one, "hall").prepared_at is not None)
    caller.dial_from_remote_control("hall@vc.example")

    session = run.until(lambda one: bool(one.stranger) or leg_of(one, "hall").finding in ("extra_call", "already_in_call"))

    assert session.live_at is None or session.verdict == Verdict.NOT_SECURE


# The host's own codec


@pytest.fixture
def multisite(studio):
    set_device(studio.devices["hall"], ports=3)
    set_device(studio.devices["bridge"], pinned_fingerprint=None)
    return studio


def test_without_a_bridge_the_hosts_codec_mixes_as_many_as_it_can(multisite, run):
    session_id = multisite.start()

    session = run.until(lambda one: one.state == SessionState.LIVE)

    assert (session.topology, session.verdict) == ("multisite", Verdict.SECURE)
    assert len(checks(session_id, "host")[-1]["observed"]["mixes"]) == 2
    ended(multisite, run, session_id)
    assert accepted(session_id) == []


def test_one_clear_call_of_many_makes_the_host_and_the_session_not_secure(multisite, run):
    multisite.start()
    run.until(lambda one: one.state == SessionState.LIVE)
    multisite.codecs["other"].bad.drifts_after_s = 0.0

    session = run.until(lambda one: leg_of(one, "hall").verdict == leg_of(one, "other").verdict == Verdict.NOT_SECURE)

    assert (session.verdict, leg_of(session, "room").verdict) == (Verdict.NOT_SECURE, Verdict.SECURE)


def test_a_host_that_can_hold_fewer_than_there_are_does_not_begin(multisite):
    set_device(multisite.devices["hall"], ports=1)

    with pytest.raises(Refused) as refused:
        multisite.start()

    assert refused.value.reason == "no_bridge"


# A cascade


@pytest.fixture
def cascade(studio):
    """The centre's bridge has three ports: the hall, a room of Cà Mau, and one call from Đắk Lắk's bridge with two rooms."""
    commune = catalogue.add_room(unit=studio.place.province, code="DL-02", name="Phòng họp xã", open_to="above")
    studio.codecs["commune"] = SimulatedRoomOS(name="commune", address="commune@vc.example", network=studio.network, password="geheim",
                                               timing=Timing(ring_s=0.05, media_s=0.05))
    studio.lower = SimulatedBridgeDevice(name="lower", pool=["8001@lower.example"], network=studio.network, password="geheim",
                                         timing=Timing(ring_s=0.05, media_s=0.05))
    for device in (studio.codecs["commune"], studio.lower):
        device.start()
    studio.devices["commune"] = studio._add(studio.codecs["commune"], kind="codec", family="cisco_roomos", unit=commune.unit, room=commune,
                                            dial_address="commune@vc.example")
    studio.devices["lower"] = studio._add(studio.lower, kind="bridge", family="simulated_bridge", unit=studio.place.province, room=None,
                                          pool=studio.lower.pool, ports=5)
    set_device(studio.devices["bridge"], ports=3)
    place = studio.place
    studio.rooms = (place.hall.id, place.room.id, place.other_room.id, commune.id)
    yield studio
    studio.lower.stop()


def book(studio) -> int:
    start = clock.now() + timedelta(minutes=5)
    conference_id = studio.place.book(room_ids=studio.rooms, span=Span(start, start + timedelta(hours=1)))
    for approver in (studio.place.province_approver, studio.place.other_approver):
        for reservation in decide.queue_of(approver):
            decide.grant_reservation(reservation.id, by=approver)
    return booking.conference_by_id(conference_id).occurrences[0].id


def link_of(session) -> tables.Leg:
    return next(leg for leg in session.legs if leg.kind == LegKind.LINK)


def test_a_cascade_goes_live_only_with_the_call_between_its_bridges_read_at_both_ends(cascade, run):
    session_id = cascade.start(book(cascade))

    session = run.until(lambda one: one.state == SessionState.LIVE)

    assert (session.topology, session.verdict, link_of(session).state) == ("cascade", Verdict.SECURE, LegState.PROVEN)
    assert {leg.device.name: leg.bridge_address for leg in session.legs if leg.kind == LegKind.ROOM} == {
        "hall": "7001@bridge.example", "other": "7001@bridge.example", "room": "8001@lower.example", "commune": "8001@lower.example"}
    seen = checks(session_id, "link")[-1]["observed"]
    assert (seen["codec"]["encrypted"], [one["encrypted"] for one in seen["bridge"]["participants"]]) == ("yes", ["yes"])
    assert [line for lines in invariants.checked().values() for line in lines] == []
    session = ended(cascade, run, session_id)
    assert cascade.network.links_of(cascade.lower) == []
    assert accepted(session_id) == []


@pytest.mark.parametrize("which", ["bridge", "lower"])
def test_case_s06_a_clear_call_between_bridges_is_never_secure_whatever_the_bridge_says_of_the_conference(cascade, run, which):
    (cascade.bridge if which == "bridge" else cascade.lower).bad.clear_links = True
    cascade.start(book(cascade))

    session = run.until(lambda one: link_of(one).state == LegState.HUNG_UP and not link_of(one).wanted)

    assert session.live_at is None
    assert link_of(session).verdict == Verdict.NOT_SECURE
    assert link_of(session).finding in ("call_clear", "bridge_end_clear")  # Whichever end told of its media first.


def test_a_call_between_bridges_that_is_clear_at_the_upper_end_only_is_named(cascade, run):
    cascade.bridge.bad.clear_callers.append("8001@lower.example")
    cascade.start(book(cascade))

    session = run.until(lambda one: link_of(one).state == LegState.HUNG_UP and not link_of(one).wanted)

    assert (session.live_at, link_of(session).finding) == (None, "bridge_end_clear")


def test_who_goes_on_without_the_call_between_bridges_goes_on_without_the_rooms_below_it(cascade, run):
    cascade.lower.bad.clear_links = True
    session_id = cascade.start(book(cascade))
    session = run.until(lambda one: link_of(one).state == LegState.HUNG_UP and not link_of(one).wanted)

    control.go_on_without(session_id, link_of(session).id, lead=cascade.lead)

    session = run.until(lambda one: one.state == SessionState.LIVE and sum(leg.state == LegState.LEFT_OUT for leg in one.legs) == 3)
    assert {leg.device.name: leg.state for leg in session.legs if leg.kind == LegKind.ROOM} == {
        "hall": LegState.PROVEN, "other": LegState.PROVEN, "room": LegState.LEFT_OUT, "commune": LegState.LEFT_OUT}


def test_a_stranger_on_a_lower_bridge_spoils_the_whole_and_a_clean_upper_one_does_not_hide_them(cascade, run):
    outsider = SimulatedRoomOS(name="outsider", address="outsider@vc.example", network=cascade.network, password="fremd")
    cascade.start(book(cascade))
    run.until(lambda one: one.state == SessionState.LIVE)
    outsider.dial_from_remote_control("8001@lower.example")

    session = run.until(lambda one: one.stranger == "outsider@vc.example")
    for _ in range(5):
        run.engine.tick()
        run.engine.wait(0.1)

    session = run.until(lambda one: True)
    assert (session.verdict, session.stranger_at) == (Verdict.NOT_SECURE, "8001@lower.example")


# A guest


@pytest.fixture
def guest(studio, run):
    """A session into which a guest was called, and who was hung up since nobody can read their end."""
    SimulatedGuest(name="guest", address="guest@outside.example", network=studio.network, timing=Timing(ring_s=0.05, media_s=0.05))
    session_id = studio.start()
    leg_id = add_guest(session_id, "Khách", "guest@outside.example", lead=studio.lead)

    def leg(session) -> tables.Leg:
        return next(one for one in session.legs if one.id == leg_id)

    run.until(lambda one: leg(one).state == LegState.HUNG_UP and not leg(one).wanted)
    return leg


def test_a_guest_is_called_by_the_bridge_and_is_never_proven_however_encrypted_the_call_is(studio, run, guest):
    session = run.until(lambda one: all(leg.state == LegState.PROVEN for leg in one.legs if leg.kind == LegKind.ROOM))

    assert studio.bridge.dialled == [("7001@bridge.example", "guest@outside.example")]
    assert (guest(session).verdict, guest(session).finding) == (Verdict.NOT_PROVEN, "guest_end_unseen")
    assert session.live_at is None


def test_a_guest_whom_a_second_person_accepts_takes_part_and_the_session_is_not_proven(studio, run, guest):
    session = run.until(lambda one: True)
    override_id = ask_override(session.id, guest(session).id, reason="Chuyên gia ở xa", lead=studio.lead)

    decide_override(override_id, grant=True, reason="Không nói việc mật", by=studio.place.officer)

    session = run.until(lambda one: one.state == SessionState.LIVE)
    assert (guest(session).state, session.verdict) == (LegState.OVERRIDDEN, Verdict.NOT_PROVEN)
