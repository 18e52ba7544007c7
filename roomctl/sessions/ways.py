"""Which way each leg of a session goes: to a bridge, from a bridge, or to the host's own codec."""

from roomctl.sessions import tables
from roomctl.sessions.tables import ConferenceSession, Leg, LegKind

BY_THE_HOSTS_CODEC = frozenset({"direct", "multisite"})  # Topologies in which the others call the host's own codec.


def called_leg(session: ConferenceSession) -> Leg | None:
    """Return the leg of the host's own codec where that mixes the others; None where a bridge does."""
    if session.topology not in BY_THE_HOSTS_CODEC:
        return None
    return next((leg for leg in session.legs if leg.room_id == session.host_room_id), None)


def is_called(session: ConferenceSession, leg: Leg) -> bool:
    return session.topology in BY_THE_HOSTS_CODEC and leg.room_id == session.host_room_id


def callers(session: ConferenceSession) -> list[Leg]:
    """Return the legs that call the host's own codec."""
    return [leg for leg in session.legs if leg.room_id != session.host_room_id and leg.wanted]


def has_far_end(session: ConferenceSession, leg: Leg) -> bool:
    """True when there is a far end whose own word about the leg can be read."""
    return leg.kind != LegKind.GUEST and not is_called(session, leg)


def conference_at(leg: Leg) -> str:
    """Return the conference that makes a leg's call, where its near end is a bridge; otherwise an empty string."""
    return {LegKind.LINK: leg.own_address, LegKind.GUEST: leg.bridge_address}.get(LegKind(leg.kind), "")


def target_of(leg: Leg) -> str:
    """Return what the near end dials."""
    return leg.own_address if leg.kind == LegKind.GUEST else leg.bridge_address


def expected_at(session: ConferenceSession, address: str) -> set[str]:
    """Return who may be on the bridge at an address: the legs that call it, and whom it calls itself."""
    calling = {leg.own_address for leg in session.legs if leg.bridge_address == address}
    return calling | {leg.bridge_address for leg in session.legs if leg.kind == LegKind.LINK and leg.own_address == address}


def bridges_of(session: ConferenceSession) -> set[tuple[int, str]]:
    """Return every (device id, address) that mixes legs of a session."""
    return {(leg.bridge_id, leg.bridge_address) for leg in session.legs if leg.bridge_id is not None} | {
        (leg.device_id, leg.own_address) for leg in session.legs if leg.kind == tables.LegKind.LINK}
