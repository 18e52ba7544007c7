"""A national conference that is led: the hall and the rooms of the provinces, in every state a chair meets."""

from datetime import timedelta

from builders import a_room, a_unit

from roomctl import clock
from roomctl.booking import tables
from roomctl.database import db, write_transaction
from roomctl.devices import inventory
from roomctl.devices.tables import Device
from roomctl.organisation.units import Level
from roomctl.sessions import control
from roomctl.sessions import tables as sessions
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict
from roomctl.timespan import Span

PROVINCES = (
    "An Giang", "Bắc Ninh", "Cao Bằng", "Đà Nẵng", "Điện Biên", "Đồng Nai", "Đồng Tháp", "Gia Lai", "Hà Nội", "Hà Tĩnh", "Hải Phòng",
    "Hồ Chí Minh", "Huế", "Hưng Yên", "Khánh Hòa", "Lai Châu", "Lâm Đồng", "Lạng Sơn", "Lào Cai", "Nghệ An", "Ninh Bình", "Phú Thọ",
    "Quảng Ngãi", "Quảng Ninh", "Quảng Trị", "Sơn La", "Tây Ninh", "Thái Nguyên", "Thanh Hóa", "Tuyên Quang", "Vĩnh Long", "Cần Thơ")


def a_national_session(place, *, provinces: int = 32, communes: int = 0, **facts) -> int:
    """Start a session of the hall, the two provinces of the place and some more, and put its legs where a worker would; return its id.

    Most are proven and muted as they were told; one is proven and does not obey, one does not tell, one waits, one was dropped, one was
    hung up for what was read.
    """
    rooms = [place.hall]
    for name in PROVINCES[:provinces]:
        unit = a_unit(name, parent=place.centre)
        rooms.append(a_room(unit, f"Phòng họp UBND {name}", open_to="above"))
        rooms += [a_room(a_unit(f"Xã {number} {name}", parent=unit, level=Level.COMMUNE), f"Phòng họp xã {number} {name}", open_to="above")
                  for number in range(communes)]
    for room in rooms[1:]:
        inventory.add_device(kind="codec", family="cisco_roomos", unit=room.unit, room=room, name=f"codec {room.code}", host="192.0.2.1",
                             port=room.id, dial_address=f"{room.code}@vc.example", username="roomctl", password="geheim")
    with write_transaction() as session:
        session.query(Device).filter_by(kind="bridge").one().ports = len(rooms) + 5
    start = clock.now() + timedelta(minutes=5)
    conference_id = place.book(room_ids=tuple(room.id for room in rooms), span=Span(start, start + timedelta(hours=2)),
                               **{"title": "Hội nghị trực tuyến toàn quốc", **facts})
    occurrence_id = tables.conference_by_id(conference_id).occurrences[0].id
    session_id = control.start_session(occurrence_id, lead=control.Lead(user=place.chair))
    now = clock.now()
    with write_transaction():
        session = sessions.session_for_update(session_id)
        session.state, session.live_at, session.verdict, session.all_muted = SessionState.LIVE, now, Verdict.NOT_PROVEN, True
        for leg in session.legs:
            leg.state, leg.verdict, leg.suite, leg.checked_at = LegState.PROVEN, Verdict.SECURE, "Aes-128", now
            leg.muted, leg.mute_read_at = "yes", now
            leg.mute_wanted = None if leg.room_id == place.hall.id else True
        session.legs[0].muted = "no"
        deaf, silent, waiting, dropped, bad = session.legs[3:8]
        deaf.muted, silent.muted = "no", "unknown"
        for leg, state, finding in ((waiting, LegState.WAITING, ""), (dropped, LegState.DROPPED, "dropped"), (bad, LegState.HUNG_UP, "call_clear")):
            leg.state, leg.verdict, leg.finding, leg.checked_at = state, Verdict.NOT_PROVEN, finding, None
    db.session.rollback()
    return session_id
