"""Bridges that call one another, and guests: what a cascade is tried against."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.errors import CommandRefused, UnexpectedReply
from device_drivers.readings import Tri
from device_drivers.simulated_bridge import protocol
from device_drivers.simulators.__main__ import build
from device_drivers.simulators.bridge import BridgeBadDay, SimulatedBridgeDevice
from device_drivers.simulators.guest import SimulatedGuest
from device_drivers.simulators.network import Network, Timing

TOP, LOW = "7001@top.example", "7001@low.example"
AT_ONCE = Timing(ring_s=0, media_s=0)


@pytest.fixture
def cascade(office):
    """Two bridges, and a driver to each: the upper, the lower."""
    top, low = office.bridge("top"), office.bridge("low")
    return top, low, office.connect(top), office.connect(low)


def only(driver, address):
    """Return the one call of a conference once its media flow, None before."""
    seen = driver.conference(address).participants
    return seen[0] if len(seen) == 1 and seen[0].encrypted is not Tri.UNKNOWN else None


def test_a_link_is_seen_at_both_ends_each_by_the_address_of_the_other(cascade, eventually):
    top, low, upper, lower = cascade

    participant_id = lower.dial(LOW, TOP)

    seen_below = eventually(lambda: only(lower, LOW))
    seen_above = eventually(lambda: only(upper, TOP))
    assert (seen_below.id, seen_below.remote, seen_below.outgoing, seen_below.encrypted) == (participant_id, TOP, True, Tri.YES)
    assert (seen_above.remote, seen_above.outgoing, seen_above.encrypted) == (LOW, False, Tri.YES)
    assert low.dialled == [(LOW, TOP)] and top.dialled == []


def test_a_link_belongs_to_the_conference_that_called_and_to_no_other(cascade, eventually):
    *_, upper, lower = cascade

    lower.dial("7002@low.example", TOP)

    assert eventually(lambda: upper.conference(TOP).participants)[0].remote == "7002@low.example"
    assert lower.conference(LOW).participants == upper.conference("7002@top.example").participants == ()


def test_a_link_that_rings_is_not_in_the_conference_yet(office):
    low, upper = office.bridge("low", timing=Timing(ring_s=60)), office.connect(office.bridge("top"))
    lower = office.connect(low)

    lower.dial(LOW, TOP)

    assert lower.conference(LOW).participants == upper.conference(TOP).participants == ()
    assert [link.is_up for link in low.network.links_of(low)] == [True]


@pytest.mark.parametrize("end", ["upper", "lower"])
def test_a_dropped_link_is_gone_at_both_ends_whichever_drops_it(cascade, eventually, end):
    *_, upper, lower = cascade
    driver, address = (upper, TOP) if end == "upper" else (lower, LOW)
    lower.dial(LOW, TOP)
    participant = eventually(lambda: only(driver, address))

    driver.drop(address, participant.id)

    assert lower.conference(LOW).participants == upper.conference(TOP).participants == ()


@pytest.mark.parametrize("liar", ["top", "low"])
def test_clear_links_are_clear_at_both_ends_while_the_word_for_the_conference_says_secure(cascade, eventually, liar):
    top, low, upper, lower = cascade
    (top if liar == "top" else low).bad.clear_links = True

    lower.dial(LOW, TOP)

    assert eventually(lambda: only(lower, LOW)).encrypted is Tri.NO
    assert eventually(lambda: only(upper, TOP)).encrypted is Tri.NO
    assert [json.loads(driver.conference(address).raw)["secure"] for driver, address in ((upper, TOP), (lower, LOW))] == [True, True]


def test_clear_links_leave_the_rooms_of_a_bridge_encrypted(office, cascade, eventually):
    _, low, _, lower = cascade
    low.bad.clear_links = True

    office.connect(office.codec("hall")).dial(LOW)

    assert eventually(lambda: only(lower, LOW)).encrypted is Tri.YES


def test_a_caller_can_be_clear_at_the_bridges_end_only(office, eventually):
    bridge = office.connect(office.bridge(bad=BridgeBadDay(clear_callers=["hall@vc.example"])))
    codecs = {name: office.connect(office.codec(name)) for name in ("hall", "room")}

    calls = {name: codec.dial("7001@bridge.example") for name, codec in codecs.items()}

    eventually(lambda: [codecs[name].read_encryption(calls[name]).encrypted for name in calls] == [Tri.YES, Tri.YES])
    seen = {one.remote: (one.encrypted, one.suite) for one in bridge.conference("7001@bridge.example").participants}
    assert seen == {"hall@vc.example": (Tri.NO, None), "room@vc.example": (Tri.YES, "AES_CM_128_HMAC_SHA1_80")}


def test_a_link_can_lose_its_encryption_at_both_ends_while_it_is_up(cascade, eventually):
    top, _, upper, lower = cascade
    lower.dial(LOW, TOP)
    eventually(lambda: only(upper, TOP) and only(upper, TOP).encrypted is Tri.YES)

    top.bad.drifts_after_s = 0.0

    assert only(upper, TOP).encrypted is only(lower, LOW).encrypted is Tri.NO


# Guests


@pytest.mark.parametrize(("encryption", "seen"), [("On", Tri.YES), ("BestEffort", Tri.YES), ("Off", Tri.NO)])
def test_a_guest_answers_encrypted_or_not(office, eventually, encryption, seen):
    office.guest(encryption=encryption)
    bridge = office.connect(office.bridge())

    participant_id = bridge.dial("7001@bridge.example", "guest@elsewhere.example")

    one = eventually(lambda: only(bridge, "7001@bridge.example"))
    assert (one.id, one.remote, one.outgoing, one.encrypted, one.muted) == (
        participant_id, "guest@elsewhere.example", True, seen, Tri.UNKNOWN)


def test_an_address_that_nobody_answers_rings_and_is_gone(office, eventually):
    device = office.bridge(timing=Timing(ring_s=0.3))
    bridge = office.connect(device)

    assert bridge.dial("7001@bridge.example", "nobody@elsewhere.example")

    assert len(device.network.links_of(device)) == 1
    eventually(lambda: device.network.links_of(device) == [])
    assert bridge.conference("7001@bridge.example").participants == ()


def test_a_guest_who_answers_by_hand_rings_until_then(office, eventually):
    guest, bridge = office.guest(autoanswer=False), office.connect(office.bridge())
    bridge.dial("7001@bridge.example", guest.address)
    (link,) = guest.calls_up()
    assert link.age_s >= 0 and not link.is_connected

    guest.answer()

    assert eventually(lambda: only(bridge, "7001@bridge.example")).encrypted is Tri.YES


def test_a_call_that_nobody_answers_by_hand_is_given_up():
    network = Network()
    caller, _ = SimulatedGuest(name="a", address="a@x", network=network), SimulatedGuest(name="b", address="b@x", network=network, autoanswer=False)

    given_up = network.dial(caller, "b@x", Timing(ring_s=0, media_s=0, patience_s=0))
    rings = network.dial(caller, "b@x", Timing(ring_s=0, media_s=0))

    assert not given_up.is_up
    assert rings.is_up and not rings.is_connected


def test_answering_again_does_not_start_the_call_anew():
    network = Network()
    caller, _ = SimulatedGuest(name="a", address="a@x", network=network), SimulatedGuest(name="b", address="b@x", network=network, autoanswer=False)
    link = network.dial(caller, "b@x", AT_ONCE)
    link.answer()
    first = link.answered

    link.answer()

    assert link.answered == first and link.has_media


def test_a_guest_who_leaves_answers_no_more(office, eventually):
    guest, bridge = office.guest(), office.connect(office.bridge())
    bridge.dial("7001@bridge.example", guest.address)
    eventually(lambda: only(bridge, "7001@bridge.example"))

    guest.stop()

    assert bridge.conference("7001@bridge.example").participants == ()
    assert not guest.answers(guest.address)


def test_a_guest_may_call_a_conference_as_a_stranger(office, eventually):
    bridge = office.connect(office.bridge())

    office.guest().dial("7001@bridge.example")

    (one,) = eventually(lambda: bridge.conference("7001@bridge.example").participants)
    assert (one.remote, one.outgoing) == ("guest@elsewhere.example", False)


# Refusals and lies


@pytest.mark.parametrize(("address", "remote"), [("9999@bridge.example", "guest@elsewhere.example"), ("7001@bridge.example", "")])
def test_a_bridge_refuses_to_call_from_where_or_to_whom_it_cannot(office, address, remote):
    device = office.bridge()

    with pytest.raises(CommandRefused):
        office.connect(device).dial(address, remote)

    assert device.network.links_of(device) == []


def test_a_bridge_may_say_that_it_calls_and_call_nobody(office):
    office.guest()
    device = office.bridge(bad=BridgeBadDay(dial_does_nothing=True))
    bridge = office.connect(device)

    assert bridge.dial("7001@bridge.example", "guest@elsewhere.example")

    assert device.dialled == [("7001@bridge.example", "guest@elsewhere.example")]
    assert bridge.conference("7001@bridge.example").participants == ()


def test_a_bridge_may_say_that_it_dropped_and_locked_and_do_neither(office, eventually):
    bridge = office.connect(office.bridge(bad=BridgeBadDay(hang_up_does_nothing=True, setting_does_nothing=True)))
    office.guest().dial("7001@bridge.example")
    (one,) = eventually(lambda: bridge.conference("7001@bridge.example").participants)

    bridge.drop("7001@bridge.example", one.id)
    bridge.lock("7001@bridge.example", True)

    seen = bridge.conference("7001@bridge.example")
    assert [still.id for still in seen.participants] == [one.id]
    assert seen.locked is Tri.NO


@pytest.mark.parametrize("word", [None, "yes", 1, "true", []])
def test_a_participant_is_encrypted_muted_or_outgoing_only_by_a_plain_yes(word):
    answer = {"address": LOW, "participants": [{"id": "1", "remote": TOP, "encrypted": word, "muted": word, "outgoing": word}], "locked": word}

    seen = protocol.conference(answer)

    (one,) = seen.participants
    assert (one.encrypted, one.muted, one.outgoing, seen.locked) == (Tri.UNKNOWN, Tri.UNKNOWN, False, Tri.UNKNOWN)


@settings(deadline=None, database=None)
@given(st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
                    lambda inner: st.one_of(st.lists(inner, max_size=3),
                                            st.dictionaries(st.sampled_from(["id", "remote", "encrypted", "participants", "address"]), inner)),
                    max_leaves=15))
def test_a_conference_of_any_shape_is_a_reading_or_an_unexpected_reply(shape):
    try:
        seen = protocol.conference({"address": LOW, "participants": shape})
    except UnexpectedReply:
        return

    assert all(one.encrypted is not Tri.YES or shape[place]["encrypted"] is True for place, one in enumerate(seen.participants))


def test_answers_are_read_wherever_they_are_cut():
    said = [{"id": 1, "ok": True, "participant": "7"}, {"id": 2, "ok": True, "address": LOW, "locked": False, "participants": [
        {"id": "7", "remote": "xã@vc.example", "encrypted": True, "suite": None, "outgoing": True}]}]
    data = "".join(json.dumps(answer, ensure_ascii=False) + "\r\n" for answer in said).encode()

    for place in range(len(data) + 1):
        reader = protocol.AnswerReader()
        first, second = [*reader.feed(data[:place]), *reader.feed(data[place:])]
        assert protocol.dialled(first) == "7"
        assert [(one.remote, one.encrypted, one.outgoing) for one in protocol.conference(second).participants] == [("xã@vc.example", Tri.YES, True)]


@pytest.mark.parametrize("answer", [{}, {"participant": None}, {"participant": ""}, {"participant": 7}])
def test_a_call_without_an_id_is_an_unexpected_reply(answer):
    with pytest.raises(UnexpectedReply):
        protocol.dialled(answer)


# On its own


def test_a_cascade_and_a_guest_can_be_described_in_a_file(tmp_path):
    network = Network()

    bridge = build({"kind": "simulated_bridge", "name": "low", "pool": [LOW], "password": "p", "port": 0, "bad": {"clear_links": True},
                    "timing": {"ring_s": 0}}, network, tmp_path)
    codecs = [build({"kind": kind, "name": kind, "address": f"{kind}@x", "password": "p", "port": 0, "autoanswer": False}, network, tmp_path)
              for kind in ("cisco_roomos", "cisco_tc", "poly", "baresip")]
    guest = build({"kind": "guest", "name": "khách", "address": "k@x", "encryption": "Off", "autoanswer": False}, network, tmp_path)

    assert isinstance(bridge, SimulatedBridgeDevice) and bridge.bad.clear_links and bridge.timing.ring_s == 0
    assert all(codec.needs_answer for codec in codecs)
    assert isinstance(guest, SimulatedGuest) and guest.needs_answer and guest.wants_encryption() == "Off"
