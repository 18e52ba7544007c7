"""A notice as a mail, written when it is sent: in its reader's language, and with no more than the reader may know by then.

The sentences are those of the pages (`templates/notices/`), the marks taken out.  From mật up a mail, and the calendar file
in it, carry the code name and the time and nothing else, since a mail passes through many hands.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from html.parser import HTMLParser
from unicodedata import normalize
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _l
from icalendar import Calendar, Event, vCalAddress

from roomctl import clock
from roomctl.booking import tables
from roomctl.booking.availability import viewer_of
from roomctl.booking.invite import attendees_of
from roomctl.booking.visibility import CodeName, Full, View, Viewer, told_reason, view
from roomctl.calendars import post_tables, writing
from roomctl.calendars.headers import OVER_SMTP
from roomctl.config import MailServer, Settings
from roomctl.notices.tables import Notice
from roomctl.notices.wording import NoticeKind
from roomctl.organisation.tables import User, user_by_id
from roomctl.rooms.tables import Room, room_by_id
from roomctl.security_profiles.profile import Classification

REQUEST, CANCEL = "REQUEST", "CANCEL"
AS_AN_OFFICER = Viewer(user_id=0, unit_id=0, audits=True)  # Whoever reads it: the code name and the time.
NAMES_NO_ROOM = {*post_tables.INVITATIONS, NoticeKind.REMINDER}  # Sentences with nothing but a name and a time in them.
SUBJECT = {
    NoticeKind.DECISION_WANTED: _l("Chờ duyệt: %(what)s"), NoticeKind.RESERVATION_GRANTED: _l("Đã duyệt: %(what)s"),
    NoticeKind.RESERVATION_REFUSED: _l("Bị từ chối: %(what)s"), NoticeKind.CONFERENCE_CANCELLED: _l("Đã hủy: %(what)s"),
    NoticeKind.INVITATION_CHANGED: _l("Thay đổi: %(what)s"), NoticeKind.INVITATION_WITHDRAWN: _l("Bỏ khỏi lịch: %(what)s"),
    NoticeKind.INVITATION_ANSWERED: _l("Không dự: %(what)s"), NoticeKind.REMINDER: _l("Nhắc lịch: %(what)s"),
}


class NobodyToWriteTo(Exception):
    """The reader's address cannot stand in a mail."""


@dataclass(frozen=True, slots=True)
class Line:
    """One notice, as much of it as its reader may know."""

    kind: str
    view: View | None
    room: Room | None
    reason: str
    times: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """One date of a conference as a mail to its reader may show it; `opens` when the reader may look at its page."""

    occurrence: tables.Occurrence | None
    view: View | None
    viewer: Viewer
    opens: bool


def compose(notices: Sequence[Notice], server: MailServer) -> EmailMessage | None:
    """Return the one mail for some notices of one person, the oldest first; None when there is nothing left to say.

    Raises NobodyToWriteTo.
    """
    last, reader = notices[-1], user_by_id(notices[-1].user_id)
    occurrence = _occurrence_of(last)
    if reader is None or (last.kind == NoticeKind.REMINDER and (occurrence is None or not _lies_ahead(occurrence))):
        return None
    kind, method, dated = _what_to_tell(notices, occurrence)
    told = list(notices) if kind not in post_tables.INVITATIONS else [_spokesman(notices, kind)]
    seen = _seen(_occurrence_of(told[-1]), reader)
    message = EmailMessage(policy=OVER_SMTP)
    message["From"] = _address(*parseaddr(server.sender))
    message["To"] = _address(reader.name, reader.email)
    message["Date"] = clock.now()
    message["Message-ID"] = f"<notice-{last.id}-{last.created_at:%Y%m%d%H%M%S}@{parseaddr(server.sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    with force_locale(reader.language):
        message["Subject"] = _subject(kind, seen.view)
        message.set_content(_text([_line(one, kind, reader) for one in told], seen, reader, asks=method == REQUEST), cte="quoted-printable")
    calendar = _calendar(method, seen, dated, reader, server) if method else b""
    if calendar:
        message.add_alternative(calendar.decode(), subtype="calendar", cte="base64", params={"method": method})
    return message


def _occurrence_of(notice: Notice) -> tables.Occurrence | None:
    return tables.occurrence_by_id(notice.occurrence_id) if notice.occurrence_id is not None else None


def _lies_ahead(occurrence: tables.Occurrence) -> bool:
    return occurrence.cancelled_at is None and occurrence.planned_start_at > clock.now()


def _seen(occurrence: tables.Occurrence | None, reader: User) -> _Seen:
    viewer = viewer_of(reader)
    if occurrence is None:
        return _Seen(None, None, viewer, opens=False)
    shown = view(occurrence.facts(), viewer)
    if isinstance(shown, Full) and shown.classification.is_classified:
        return _Seen(occurrence, view(occurrence.facts(), AS_AN_OFFICER), AS_AN_OFFICER, opens=True)
    return _Seen(occurrence, shown, viewer, opens=isinstance(shown, Full))


def _what_to_tell(notices: Sequence[Notice], occurrence: tables.Occurrence | None) -> tuple[str, str, tables.Occurrence | None]:
    """Return the kind of notice that the mail stands for, the iTIP method, and the one date that a CANCEL is about.

    What counts is how things stand now: whoever was invited, then moved, and has had no mail yet, is invited to the new time.
    """
    last = notices[-1]
    if last.kind not in post_tables.INVITATIONS or occurrence is None:
        return last.kind, "", None
    conference = occurrence.conference
    nothing_left = all(one.cancelled_at is not None for one in conference.occurrences)
    if nothing_left or last.user_id not in attendees_of(conference):
        return NoticeKind.INVITATION_WITHDRAWN, CANCEL, None
    about_this_date = all(one.kind == NoticeKind.INVITATION_WITHDRAWN and one.occurrence_id == occurrence.id for one in notices)
    if about_this_date and occurrence.cancelled_at is not None:
        return NoticeKind.INVITATION_WITHDRAWN, CANCEL, occurrence
    is_news = any(one.kind == NoticeKind.INVITED for one in notices)
    return NoticeKind.INVITED if is_news else NoticeKind.INVITATION_CHANGED, REQUEST, None


def _spokesman(notices: Sequence[Notice], kind: str) -> Notice:
    """Return the latest notice of a kind; the latest of all when none is of it."""
    return next((one for one in reversed(notices) if one.kind == kind), notices[-1])


def _line(notice: Notice, kind: str, reader: User) -> Line:
    shown = _seen(_occurrence_of(notice), reader).view
    room = room_by_id(notice.room_id) if notice.room_id is not None else None
    return Line(kind, shown, room, told_reason(notice.reason, shown), notice.times)


def _address(name: str, mail: str) -> Address:
    """Return a header's address; a name keeps its letters, and nothing that would end the header."""
    if not mail.isascii():
        raise NobodyToWriteTo("the address holds letters that mail servers need not take")
    try:
        return Address(" ".join(normalize("NFC", name).split()), addr_spec=mail)
    except (MessageError, ValueError, IndexError) as error:
        raise NobodyToWriteTo("the address is none") from error


def _subject(kind: str, shown: View | None) -> str:
    match shown:
        case Full(title=name) | CodeName(code_name=name):
            name = " ".join(normalize("NFC", name).split())
            return str(SUBJECT[kind]) % {"what": name} if kind in SUBJECT else name
    return gettext("Thông báo từ roomctl")


def _text(lines: Sequence[Line], seen: _Seen, reader: User, *, asks: bool) -> str:
    is_plain = isinstance(seen.view, CodeName) and any(line.kind not in NAMES_NO_ROOM for line in lines)
    link = _link("staff.conferences.show", conference_id=seen.occurrence.conference_id, occurrence=seen.occurrence.id) if seen.opens \
        else _link("staff.notices.index")
    is_invited = seen.occurrence is not None and any(one.user_id == reader.id for one in seen.occurrence.conference.invitations)
    html = current_app.jinja_env.get_template("notices/_mail.html").render(
        reader=reader, lines=lines[:1] if is_plain else lines, view=seen.view, is_plain=is_plain, link=link,
        answer_link=_link("staff.invitations.index") if asks and is_invited else "")
    return _Words(html).text


def _link(endpoint: str, **values: int) -> str:
    """Return the address of a page for somebody who is not on one; empty while the installation's own is not known."""
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.address:
        return ""
    parts = urlsplit(settings.address)
    return current_app.url_map.bind(parts.netloc, script_name=parts.path or "/", url_scheme=parts.scheme).build(endpoint, values, force_external=True)


class _Words(HTMLParser):
    """The words of some HTML: paragraphs as lines of their own."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._paragraphs = [""]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("p", "li", "br", "div"):
            self._paragraphs.append("")

    def handle_data(self, data: str) -> None:
        self._paragraphs[-1] += data

    @property
    def text(self) -> str:
        paragraphs = (re.sub(r"\s+", " ", paragraph).strip() for paragraph in self._paragraphs)
        return "\n\n".join(filter(None, paragraphs)) + "\n"


# The calendar file


def _calendar(method: str, seen: _Seen, dated: tables.Occurrence | None, reader: User, server: MailServer) -> bytes:
    """Return what the mail asks of the reader's calendar; nothing when it cannot know of the conference."""
    conference, sender = seen.occurrence.conference, parseaddr(server.sender)
    if not isinstance(seen.view, Full) and reader.id not in attendees_of(conference):
        # Invited once and no longer: only what an earlier mail has put into the calendar is taken out again.
        entered = post_tables.was_mailed(reader.id, conference.id, (NoticeKind.INVITED, NoticeKind.INVITATION_CHANGED))
        return _taken_out(seen.occurrence, reader, sender) if entered and method == CANCEL else b""
    organizer, people = (conference.organizer.name, conference.organizer.email or sender[1]), _people(conference, seen.occurrence, reader)
    if isinstance(seen.view, CodeName):
        organizer, people = sender, [one for one in people if one[1] == reader.email]
    tables.occurrences_by_ids([one.id for one in conference.occurrences])  # All rooms of all dates in a few questions.
    calendar = writing.as_calendar(conference, seen.viewer, occurrence=dated if conference.is_series else None, method=method, people=people,
                                   organizer=organizer)
    return calendar if b"BEGIN:VEVENT" in calendar else b""


def _people(conference: tables.Conference, occurrence: tables.Occurrence, reader: User) -> list[writing.Person]:
    """Return chair, invited people and the reader, each once; who cannot decline, since they lead or asked for it, has accepted."""
    people = {occurrence.leader.id: (occurrence.leader, "accepted"), conference.chair_id: (conference.chair, "accepted")}
    people |= {one.user_id: (one.user, one.answer) for one in conference.invitations}
    people.setdefault(reader.id, (reader, "accepted"))
    return [(person.name, person.email, answer) for person, answer in people.values() if person.email]


def _taken_out(occurrence: tables.Occurrence, reader: User, sender: tuple[str, str]) -> bytes:
    """Return the CANCEL for somebody who may no longer know more than when: the entry's UID, and nothing of what it was."""
    calendar, event, conference = Calendar(), Event(), occurrence.conference
    for name, value in (("prodid", writing.PRODUCT), ("version", "2.0"), ("method", CANCEL)):
        calendar.add(name, value)
    # Under the UID that the earlier mail had: from mật up that was not the conference's own.
    uid = writing.hidden_uid(conference.ref) if Classification(conference.classification).is_classified else conference.uid
    for name, value in (("uid", uid), ("sequence", conference.sequence), ("dtstamp", clock.now()), ("dtstart", occurrence.planned_start_at),
                        ("dtend", occurrence.planned_end_at), ("status", "CANCELLED"), ("summary", writing.BUSY),
                        ("organizer", vCalAddress(f"mailto:{sender[1]}")), ("attendee", vCalAddress(f"mailto:{reader.email}"))):
        event.add(name, value)
    calendar.add_component(event)
    return calendar.to_ical()
