"""Calendar files for tests."""


def ics(*events: str, head: str = "") -> bytes:
    """Return a calendar of events, each given as its lines."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//VI", *filter(None, head.strip().split("\n"))]
    for event in events:
        lines += ["BEGIN:VEVENT", *(line.strip() for line in event.strip().split("\n")), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def event(start: str = "DTSTART;TZID=Asia/Ho_Chi_Minh:20270302T080000", *more: str, uid: str = "a@example", title: str = "Giao ban",
          lasts: str = "DURATION:PT1H") -> str:
    """Return the lines of one event."""
    return "\n".join(filter(None, [f"UID:{uid}", "DTSTAMP:20270101T000000Z", f"SUMMARY:{title}", start, lasts, *more]))
