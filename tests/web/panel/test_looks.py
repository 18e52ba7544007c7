"""Every state of the panel as Chromium shows it, on the two sizes that hang on walls: it fits, can be read and can be pressed."""

from datetime import timedelta
from pathlib import Path

import pytest
from builders import a_person, a_profile, fresh

from roomctl import clock
from roomctl.booking import local_use, tables
from roomctl.booking.maintenance import close_room
from roomctl.booking.start_now import start_now
from roomctl.database import write_transaction
from roomctl.devices.health import Status
from roomctl.devices.tables import codecs_of_rooms
from roomctl.organisation.roles import Role
from roomctl.rooms.tables import panels_in_use
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import control
from roomctl.sessions import tables as sessions
from roomctl.sessions.call_technician import call_technician
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict
from roomctl.timespan import Span

pytestmark = pytest.mark.browser
PICTURES = Path(__file__).parents[3] / "test-results" / "screens"
SIZES = {"1280x800": (1280, 800), "1024x600": (1024, 600)}
LONG = "Hội nghị trực tuyến toàn quốc triển khai Nghị quyết của Chính phủ về chuyển đổi số ở các xã, phường, đặc khu năm 2027"
GREEN, GREY = "rgb(21, 128, 61)", "rgb(71, 85, 105)"


class Wall:
    """The hall and what may happen in it; the clock stands at 08:00."""

    def __init__(self, place, set_clock, put, book_soon) -> None:
        self.place, self.set_clock, self.put, self.book_soon = place, set_clock, put, book_soon

    def book(self, after: int, minutes: int = 60, *, title: str = "Giao ban tuần", **facts) -> int:
        """Book the hall alone, some minutes from now; return the occurrence's id."""
        start = clock.now() + timedelta(minutes=after)
        conference_id = self.place.book(span=Span(start, start + timedelta(minutes=minutes)), room_ids=(self.place.hall.id,), title=title, **facts)
        return tables.conference_by_id(conference_id).occurrences[0].id

    def codec(self, status: Status, fault: str = "", *, age: float = 1) -> None:
        with write_transaction():
            codec = codecs_of_rooms([self.place.hall.id])[self.place.hall.id]
            codec.status, codec.fault, codec.probed_at = status, fault, clock.now() - timedelta(minutes=age)

    def start(self, *, state=SessionState.LIVE, shown=LegState.PROVEN, **facts) -> int:
        session_id = control.start_session(self.book_soon(**facts), lead=control.Lead(user=self.place.chair))
        proven = Verdict.SECURE if shown is LegState.PROVEN else Verdict.NOT_PROVEN
        self.put(session_id, state=state, live_at=clock.now() if state is SessionState.LIVE else None, verdict=proven,
                 legs={"state": shown, "checked_at": clock.now(), "verdict": proven, "suite": "Aes-128"})
        return session_id

    # The states

    def free(self) -> None:
        self.codec(Status.OK)
        for after, title in ((150, "Họp Ban chỉ đạo chuyển đổi số"), (360, "Họp giao ban khối văn phòng"), (480, LONG)):
            self.book(after, title=title)

    def free_for_little_time(self) -> None:
        self.codec(Status.UNKNOWN, age=600)
        self.book(40, title="Tiếp công dân")

    def requested(self) -> None:
        with write_transaction() as session:
            session.get_one(type(self.place.hall), self.place.hall.id).open_to = "nobody"
        self.book(5)

    def upcoming(self) -> None:
        self.codec(Status.OK)
        self.book(8, title=LONG)
        self.book(120, title="Họp Ban chỉ đạo chuyển đổi số")

    def somebody_has_come(self) -> None:
        local_use.check_in(self.book(8), room_id=self.place.hall.id)

    def nobody_has_come_yet(self) -> None:
        self.book(0)
        self.set_clock.forward(minutes=9)
        self.codec(Status.CRITICAL, "not_registered")

    def session_upcoming(self) -> None:
        self.codec(Status.OK)
        self.book_soon(title="Giao ban trực tuyến tuần")

    def in_use(self) -> None:
        occurrence_id = self.book(5)
        self.book(90, title="Họp Ban chỉ đạo chuyển đổi số")
        local_use.check_in(occurrence_id, room_id=self.place.hall.id)
        self.set_clock.forward(minutes=25)
        self.codec(Status.OK)

    def in_use_with_a_long_title(self) -> None:
        local_use.check_in(self.book(5, title=LONG), room_id=self.place.hall.id)
        self.set_clock.forward(minutes=25)

    def started_now(self) -> None:
        panel = panels_in_use()[0]
        start_now(self.place.hall.id, 30, panel_id=panel.id, key="x")
        self.set_clock.forward(minutes=3)

    def ending(self) -> None:
        self.in_use()
        self.set_clock.forward(minutes=32)

    def last_minutes(self) -> None:
        self.in_use()
        self.book(45, 20, title="Tiếp công dân")
        self.set_clock.forward(minutes=36)

    def restricted(self) -> None:
        profile = a_profile(Classification.INTERNAL)
        local_use.check_in(self.book(5, profile_id=profile.id, title="Kiểm điểm cán bộ"), room_id=self.place.hall.id)
        self.set_clock.forward(minutes=25)

    def restricted_upcoming(self) -> None:
        self.book(5, profile_id=a_profile(Classification.INTERNAL).id, title="Kiểm điểm cán bộ")

    def maintenance(self) -> None:
        now = clock.now()
        close_room(self.place.hall.id, Span(now + timedelta(minutes=1), now + timedelta(hours=3)), reason="Thay micro và kiểm tra loa",
                   by=self.place.technician)
        self.book(240, title="Họp giao ban khối văn phòng")
        self.set_clock.forward(minutes=5)

    def technician_called(self) -> None:
        self.codec(Status.WARNING, "no_microphone")
        person = a_person(self.place.centre, Role.TECHNICIAN, name="Phạm Quốc Việt")
        with write_transaction():
            fresh(person).phone = "0912 345 678"
        call_technician(panels_in_use()[0].id)

    def checking(self) -> None:
        self.start(state=SessionState.CHECKING, shown=LegState.CONNECTED)

    def live(self) -> None:
        self.start(title="Giao ban trực tuyến tuần")

    def live_and_not_all_proven(self) -> None:
        session_id = self.start(title="Giao ban trực tuyến tuần")
        with write_transaction():
            leg = sessions.session_for_update(session_id).legs[1]
            leg.state, leg.finding, leg.finding_detail, leg.verdict = LegState.HUNG_UP, "call_clear", "audio outgoing", Verdict.NOT_SECURE
            leg.session.verdict = Verdict.NOT_SECURE

    def live_and_ending(self) -> None:
        session_id = self.start(title="Giao ban trực tuyến tuần")
        self.set_clock.forward(minutes=58)
        self.put(session_id, legs={"checked_at": clock.now()})


STATES = [name for name in vars(Wall) if not name.startswith("_") and name not in ("book", "codec", "start")]


@pytest.fixture
def wall(equipped, set_clock, put, book_soon) -> Wall:
    return Wall(equipped, set_clock, put, book_soon)


@pytest.fixture
def hung(wall, paired_panel, on_screen):
    """Return the hall's panel as it hangs on a wall, in a state and a size; its browser has the server's time."""

    def hang(state: str, size: str, room=None):
        panel = paired_panel(room or wall.place.hall)
        getattr(wall, state)()
        page = on_screen(panel, "/panel", width=SIZES[size][0], height=SIZES[size][1])
        page.clock.set_fixed_time(clock.now())
        page.evaluate("document.body.dispatchEvent(new CustomEvent('roomctl:replaced', {bubbles: true}))")
        page.evaluate("document.fonts.ready")
        return page

    return hang


def picture(page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(PICTURES / f"panel-{name}.png"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_every_state_fits_its_screen_and_can_be_pressed_with_a_finger(hung, state, size):
    page = hung(state, size)

    picture(page, f"{state.replace('_', '-')}-{size}")

    outside = page.evaluate("""() => [...document.querySelectorAll('header *, footer *, main')].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.width && one.closest('svg') === null && (box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < 0);
    }).map((one) => one.className + ': ' + one.textContent.trim().slice(0, 40))""")
    hidden = page.locator(".state-area").evaluate("area => area.scrollHeight - area.clientHeight")
    low = [box["height"] for box in (one.bounding_box() for one in page.locator("footer button, footer a").all()) if box["height"] < 72]
    assert (outside, hidden, low) == ([], 0, [])


def brightness(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("state", STATES)
def test_the_words_of_every_state_stand_out_from_their_ground(hung, state):
    page = hung(state, "1280x800")

    pairs = page.evaluate("""() => [...document.querySelectorAll('main *')].filter((one) => one.checkVisibility() &&
        [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim())).map((one) => {
        let ground = one;
        while (getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)' && ground.parentElement) ground = ground.parentElement;
        return [one.textContent.trim().slice(0, 40), getComputedStyle(one).color, getComputedStyle(ground).backgroundColor];
    })""")

    weak = [(words, ink, ground) for words, ink, ground in pairs
            if (max(brightness(ink), brightness(ground)) + 0.05) / (min(brightness(ink), brightness(ground)) + 0.05) < 4.5]
    assert pairs and weak == []


def test_u01_the_running_conference_is_the_largest_and_the_next_one_smaller(hung):
    page = hung("in_use", "1280x800")

    sizes = page.evaluate("""() => Object.fromEntries([...document.querySelectorAll('.state-area > *')].map((one) =>
        [one.textContent.trim().replace(/\\s+/g, ' '), parseFloat(getComputedStyle(one).fontSize)]))""")
    largest = max(sizes, key=sizes.get)
    assert largest == "Giao ban tuần"
    assert sizes["08:05–09:05 · còn 40 phút"] > sizes["Tiếp theo : 09:30 Họp Ban chỉ đạo chuyển đổi số".replace(" :", ":")]


@pytest.mark.parametrize(("state", "expected"), [("free", True), ("in_use", False), ("maintenance", False), ("nobody_has_come_yet", False)])
def test_only_a_free_room_is_green(hung, state, expected):
    page = hung(state, "1280x800")

    assert (page.locator(".state-area .badge").evaluate("badge => getComputedStyle(badge).backgroundColor") == GREEN) is expected
