"""A session that is led, with neither a device nor a worker: its legs are where a test puts them."""

from datetime import timedelta

from builders import Place, a_profile, a_room
from sqlalchemy import text

from roomctl import clock
from roomctl.booking.tables import conference_by_id
from roomctl.database import db, write_transaction
from roomctl.devices import inventory
from roomctl.rooms.tables import Room
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import control, tables
from roomctl.sessions.control import Lead
from roomctl.sessions.states import LegState, SessionState
from roomctl.timespan import Span


def a_codec(room: Room, family: str = "cisco_roomos", **facts):
    return inventory.add_device(kind="codec", family=family, unit=room.unit, room=room, name=f"codec {room.code}", host="192.0.2.1", port=room.id,
                                username="roomctl", password="geheim", dial_address=f"{room.code}@vc.example", **facts)


class Chaired:
    """A live session of rooms of the centre, the first one the host's; `families` names their codecs' families."""

    def __init__(self, *, families=("cisco_roomos",) * 4, ports: int = 10, **profile) -> None:
        self.place = Place()
        self.rooms = [a_room(self.place.centre) for _ in families]
        for room, family in zip(self.rooms, families, strict=True):
            a_codec(room, family)
        self.bridge = inventory.add_device(kind="bridge", family="simulated_bridge", unit=self.place.centre, room=None, name="bridge",
                                           host="192.0.2.2", port=22, pool=["7001@bridge.example"], ports=ports, username="roomctl",
                                           password="geheim")
        inventory.note_host_key(self.bridge.id, fingerprint="SHA256:1", algorithm="ssh-ed25519")
        inventory.pin_host_key(self.bridge.id, "SHA256:1", by=None)
        start = clock.now() + timedelta(minutes=5)
        named = {"code_name": "SAO", "title": ""} if profile.get("classification", Classification.ORDINARY).is_classified else {}
        self.conference_id = self.place.book(room_ids=tuple(room.id for room in self.rooms), host_room_id=self.rooms[0].id,
                                             span=Span(start, start + timedelta(hours=1)), profile_id=a_profile(**profile).id,
                                             **named)
        self.occurrence_id = conference_by_id(self.conference_id).occurrences[0].id
        self.session_id = control.start_session(self.occurrence_id, lead=self.lead)
        self.put(SessionState.LIVE, state=LegState.PROVEN)
        self.host, *self.others = [leg.id for leg in self.session.legs]

    @property
    def lead(self) -> Lead:
        return Lead(user=self.place.chair)

    @property
    def panel(self) -> Lead:
        return Lead(panel_room_id=self.rooms[0].id)

    @property
    def session(self) -> tables.ConferenceSession:
        db.session.rollback()
        return tables.session_by_id(self.session_id)

    def put(self, session_state: SessionState | None = None, *, leg: int | None = None, **facts) -> None:
        """Put the session, and one of its legs or all of them, where a worker would have."""
        with write_transaction():
            session = tables.session_for_update(self.session_id)
            if session_state is not None:
                session.state = session_state
            for one in session.legs:
                for name, value in facts.items() if leg in (None, one.id) else ():
                    setattr(one, name, value)

    def leg(self, leg_id: int) -> tables.Leg:
        return next(one for one in self.session.legs if one.id == leg_id)

    def wishes(self) -> list[bool | None]:
        """Return what is wanted of each leg's microphones, the host's first."""
        return [leg.mute_wanted for leg in self.session.legs]

    def trail(self, *kinds: str) -> list[str]:
        """Return the kinds of the session's entries since it was started, or those of some kinds."""
        db.session.rollback()
        query = text("SELECT kind FROM trail_entries WHERE subject = :ref ORDER BY id")
        found = list(db.session.scalars(query, {"ref": f"session:{self.session_id}"}))
        return [kind for kind in found if kind in kinds] if kinds else found[1:]
