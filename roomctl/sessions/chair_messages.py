"""What the chair says to the screens of the rooms.  A codec says that it took the words; who has read them nobody knows.

From mật up only standing phrases go out: no free words of what is classified may reach a device.
"""

from datetime import timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.errors import InvalidInput, Problem, Refused
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import chair_tables, floor, tables, wishes
from roomctl.sessions.chair import led_running
from roomctl.sessions.control import Lead
from roomctl.text import TextRefused, clean_line

LONGEST = 120
SAME_WITHIN = timedelta(seconds=30)  # The same words again within this are the same press.
PHRASES = {  # As the rooms read them.
    "soon": "Chuẩn bị: đơn vị đồng chí phát biểu tiếp theo.",
    "short": "Đề nghị kết thúc phát biểu.",
    "mute": "Đề nghị tắt micro khi không phát biểu.",
    "break": "Hội nghị tạm nghỉ, xin giữ nguyên kết nối.",
    "resume": "Hội nghị tiếp tục, mời các đơn vị vào vị trí.",
    "sound": "Âm thanh của đơn vị đang có lỗi, đề nghị kiểm tra micro.",
}


def only_phrases(session: tables.ConferenceSession) -> bool:
    """True where nothing but a standing phrase may be sent."""
    return Classification(session.profile.classification).is_classified


def send_message(session_id: int, text: str = "", *, phrase: str = "", lead: Lead) -> int:
    """Send words, or the phrase of that name, to every room whose codec shows messages, and return the message's id.

    Raises what `led_running` raises, InvalidInput (text), and Refused: message_only_phrases, message_nobody_can_show.
    """
    words = PHRASES.get(phrase, "")
    if phrase and not words:
        raise InvalidInput([Problem("text", "unknown_choice")])
    with write_transaction():
        session = led_running(session_id, lead)
        if not phrase:
            if only_phrases(session):
                raise Refused("message_only_phrases")
            words = _clean(text)
        now, latest = clock.now(), chair_tables.latest_message_of(session_id)
        if latest is not None and latest.text == words and timedelta(0) <= now - latest.sent_at < SAME_WITHIN:
            return latest.id
        reached = [leg for leg in session.legs if _is_in(leg) and wishes.can_show_messages(leg)]
        if not reached:
            raise Refused("message_nobody_can_show")
        message = chair_tables.SessionMessage(session_id=session.id, text=words, sent_at=now, sent_by=lead.actor)
        db.session.add(message)
        db.session.flush()
        db.session.add_all(chair_tables.Delivery(message_id=message.id, leg_id=leg.id, state="waiting", at=now) for leg in reached)
        session.version += 1
        trail.append(EventKind.MESSAGE_SENT, actor=lead.actor, origin=lead.origin, subject=session.ref, message=message.id, phrase=phrase,
                     length=len(words), legs=[leg.id for leg in reached])
        return message.id


def deaf_to_messages(session: tables.ConferenceSession) -> list[tables.Leg]:
    """Return the legs that take part, or are about to, and cannot show a message."""
    return [leg for leg in session.legs if leg.kind != tables.LegKind.LINK and _is_in(leg) and not wishes.can_show_messages(leg)]


def _is_in(leg: tables.Leg) -> bool:
    return leg.wanted and leg.state not in floor.NOT_IN


def _clean(text: str) -> str:
    try:
        words = clean_line(text, longest=LONGEST)
    except TextRefused as error:
        raise InvalidInput([Problem("text", f"text_{error.reason}", (("limit", LONGEST),))]) from error
    if not words:
        raise InvalidInput([Problem("text", "message_missing")])
    return words
