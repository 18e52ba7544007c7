"""What people do with any conference over HTTP, and what they then see: book, lead, end, take the evidence away."""

from datetime import timedelta

from roomctl import clock
from roomctl.story.browser import Answer, Browser
from roomctl.story.page import Element
from roomctl.story.telling import StoryFailure
from roomctl.timespan import to_local

BOOK, START, END = "Đăng ký các phòng đã chọn", "Bắt đầu họp", "Kết thúc phiên họp"


def begin_booking(clerk: Browser, *, title: str, chair: str, profile: str = "") -> tuple[Answer, dict[str, str]]:
    """Open the booking form and return it with what is filled in: a conference that begins now, for an hour."""
    opened = clerk.get("/staff/conferences/new")
    form = clerk.form(BOOK, opened)
    start = to_local(clock.now() + timedelta(minutes=5)).replace(second=0, microsecond=0)
    end = start + timedelta(hours=1)
    facts = {"title": title, "day": start.strftime("%d/%m/%Y"), "start": start.strftime("%H:%M"), "end": end.strftime("%H:%M"),
             "last_day": end.strftime("%d/%m/%Y") if end.date() != start.date() else "", "chair": form.choose("chair", chair).value("chair")}
    return opened, {**facts, "profile": form.choose("profile", profile).value("profile")} if profile else facts


def room_boxes(page: Element) -> dict[str, tuple[str, bool]]:
    """Return the rooms of a booking form: by their words the box's value, and whether it is ticked."""
    return {label.text: (box["value"], "checked" in box.attributes) for label in page.all("label", kind="room-choice")
            for box in label.all("input")}


def rooms_asked_for(page: Element) -> list[str]:
    """Return the state of each room on a conference's page."""
    return [state["data-state"] for table in page.all("table", kind="plain")[:1] for state in table.all("span", kind="state")]


def legs(page: Element) -> dict[str, Element]:
    """Return the sites on a screen, by the name of the room."""
    return {room.text_without("em"): leg for leg in page.all("li", kind="leg") for room in leg.all(kind="leg-room")}


def finding_of(leg: Element) -> str:
    return next((one.text for one in leg.all("span", kind="leg-finding")), "")


def is_secure(page: Element) -> bool:
    """True when the screen says that all sites are encrypted."""
    return any(one["data-secure"] == "yes" for one in page.all(kind="encryption"))


def encryption_said(page: Element) -> str:
    return next((one.text for one in page.all(kind="encryption")), "")


def states_said(page: Element) -> str:
    """Return each site's state as a screen shows it, for a failure's message."""
    return "; ".join(f"{room}: {leg['data-state']} {finding_of(leg)}".strip() for room, leg in legs(page).items()) or page.text[:300]


def evidence_of_latest(officer: Browser) -> bytes:
    """Take the latest session's evidence away, as an officer does."""
    shown = officer.follow("Xem bằng chứng", officer.get("/auditor/sessions"))
    taken = officer.follow("Tải bằng chứng", shown)
    if not taken.body:
        raise StoryFailure("the evidence is empty")
    return taken.body
