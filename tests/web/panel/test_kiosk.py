"""A panel on its wall, over a real connection: it loses the server, is left alone, is pressed twice, and never shows another page."""

import socket
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from roomctl import clock
from roomctl.booking import pins, tables
from roomctl.database import write_transaction
from roomctl.rooms import panels
from roomctl.rooms.tables import panels_in_use
from roomctl.sessions import tables as sessions
from roomctl.timespan import Span
from roomctl.web.access import PANEL_COOKIE

pytestmark = pytest.mark.browser
PICTURES = Path(__file__).parents[3] / "test-results" / "screens"
GREY = "rgb(71, 85, 105)"
LOOKED = "document.dispatchEvent(new Event('visibilitychange'))"  # Asks now rather than within fifteen seconds.


class Server:
    """The application at a port of its own; it can be stopped and started again at the same one, and made to wait."""

    def __init__(self, app) -> None:
        self._app, self._running, self.port = app, None, 0
        self.posts: list[str] = []
        self.deaf = False  # It takes what is sent and carries it out, and its answer is lost.
        self.start()

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "POST":
            self.posts.append(environ["PATH_INFO"])
            if self.deaf:
                list(self._app.wsgi_app(environ, lambda *_: lambda _: None))
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return self._app.wsgi_app(environ, start_response)

    def start(self) -> None:
        self._running = make_server("127.0.0.1", self.port, self, threaded=True)
        self.port = self._running.server_port
        threading.Thread(target=self._running.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self._running is not None:
            self._running.shutdown()
            self._running.server_close()
        self._running = None


@pytest.fixture
def server(app):
    running = Server(app)
    yield running
    running.stop()


@pytest.fixture
def wall(server, place, chromium):
    """Return the page of a paired panel, with what its browser complained of."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})

    def hang(room=None):
        token = panels.pair(panels.make_code((room or place.hall).id, by=None), address="127.0.0.1")
        context.add_cookies([{"name": PANEL_COOKIE, "value": token, "url": f"http://127.0.0.1:{server.port}"}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.navigations = []
        page.on("framenavigated", lambda frame: page.navigations.append(frame.url))
        page.goto(f"http://127.0.0.1:{server.port}/panel")
        page.navigations.clear()
        return page

    yield hang
    context.close()


def picture(page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(PICTURES / f"panel-{name}.png"))


def book(place, after: int, minutes: int = 60, **facts) -> int:
    start = clock.now() + timedelta(minutes=after)
    conference_id = place.book(span=Span(start, start + timedelta(minutes=minutes)), room_ids=(place.hall.id,), **facts)
    return tables.conference_by_id(conference_id).occurrences[0].id


@pytest.mark.slow
def test_u05_a_panel_without_its_server_is_grey_says_since_when_and_comes_back_by_itself(place, wall, server):
    book(place, 120)
    page = wall()
    expect(page.locator(".state-area .badge")).to_contain_text("TRỐNG")

    server.stop()
    page.evaluate(LOOKED)

    expect(page.get_by_text("MẤT KẾT NỐI", exact=True)).to_be_visible()
    expect(page.locator(".lost-since")).to_have_text(f"Lịch lúc {time.strftime('%H:%M', time.gmtime(time.time() + 7 * 3600))}, có thể đã cũ")
    expect(page.locator(".state-area .badge")).to_be_hidden()
    colours = page.evaluate("[...document.querySelectorAll('main, .lost-badge, .state-area > .badge, .device')].flatMap((one) => "
                            "[getComputedStyle(one).borderLeftColor, getComputedStyle(one).backgroundColor, getComputedStyle(one).color])")
    assert GREY in colours and not [one for one in colours if one in ("rgb(34, 197, 94)", "rgb(21, 128, 61)", "rgb(134, 239, 172)")]
    picture(page, "lost-1280x800")

    server.start()

    expect(page.get_by_text("MẤT KẾT NỐI", exact=True)).to_be_hidden(timeout=20_000)
    expect(page.locator(".state-area .badge")).to_contain_text("TRỐNG")
    assert page.navigations == []


def test_u05_after_midnight_a_panel_shows_the_new_day_without_being_loaded_anew(place, wall, set_clock):
    book(place, 24 * 60 + 60, title="Họp ngày mai")
    page = wall()
    expect(page.locator(".day")).to_have_text("Thứ Hai 01/03/2027")

    set_clock.forward(hours=23)
    page.evaluate(LOOKED)

    expect(page.locator(".day")).to_have_text("Thứ Ba 02/03/2027")
    expect(page.locator(".next")).to_have_text("Tiếp theo: 09:00 Họp ngày mai")
    assert page.navigations == []


def test_u05_a_panel_whose_people_are_all_signed_out_never_shows_the_sign_in(place, wall, set_clock):
    page = wall()

    set_clock.forward(days=500)
    page.evaluate(LOOKED)
    expect(page.locator(".day")).to_contain_text("2028")
    page.reload()

    expect(page.locator(".state-area .badge")).to_contain_text("TRỐNG")
    assert page.locator("input[type=password], a[href*='sign-in']").count() == 0


def test_a_revoked_panel_asks_to_be_paired_and_shows_nothing_any_more(place, wall):
    book(place, 5, title="Giao ban tuần")
    page = wall()

    panels.revoke(panels_in_use()[0].id, by=place.administrator)
    page.evaluate(LOOKED)

    expect(page.get_by_role("heading", level=1)).to_have_text("Nhập mã ghép")
    assert "Giao ban" not in page.content()


def test_meeting_at_once_is_one_press_in_place_and_ends_with_another(place, wall, server, set_clock):
    page = wall()

    page.get_by_role("button", name="Họp ngay 30 phút đến 08:30").click()
    expect(page.locator(".state-area .badge")).to_contain_text("ĐANG HỌP")
    set_clock.forward(minutes=1)
    page.get_by_role("button", name="Kết thúc").click()
    picture(page, "sure-1280x800")
    page.locator("[data-confirm]").click()

    expect(page.get_by_role("button", name="Họp ngay 1 giờ")).to_be_visible()
    assert (page.navigations, server.posts) == ([], ["/panel/start-now", "/panel/occurrences/1/end"])


def test_a_press_that_gets_no_answer_leaves_the_page_and_says_that_it_is_not_known(place, wall, server, counted):
    page = wall()
    server.deaf = True

    page.get_by_role("button", name="Họp ngay 30 phút").click()

    expect(page.get_by_text("không rõ máy chủ đã làm hay chưa")).to_be_visible()
    picture(page, "no-answer-1280x800")
    assert (page.navigations, counted("conferences")) == ([], 1)
    server.deaf = False
    page.evaluate(LOOKED)
    expect(page.locator(".state-area .badge")).to_contain_text("ĐANG HỌP")


def test_a_press_while_the_server_is_lost_is_not_sent(place, wall, server):
    page = wall()
    server.stop()
    page.evaluate(LOOKED)
    expect(page.get_by_text("MẤT KẾT NỐI", exact=True)).to_be_visible()

    page.get_by_role("button", name="Họp ngay 30 phút").click()

    expect(page.get_by_text("Chưa gửi: đang mất kết nối")).to_be_visible()
    assert (page.navigations, server.posts) == ([], [])


@pytest.fixture
def with_pin(equipped, book_soon):
    occurrence_id = book_soon(title="Giao ban tuần")
    return occurrence_id, pins.make_pin(occurrence_id, by=equipped.clerk)


def test_the_server_lost_at_the_start_of_a_session_leaves_the_pin_page_and_starts_one_session(place, with_pin, wall, server, counted):
    page = wall()
    page.get_by_role("link", name="Bắt đầu họp").click()
    for digit in with_pin[1]:
        page.locator(f"[data-digit='{digit}']").click()
    server.deaf = True

    page.get_by_role("button", name="Bắt đầu họp").click()
    expect(page.get_by_text("không rõ máy chủ đã làm hay chưa")).to_be_visible()
    picture(page, "no-answer-pin-1280x800")
    server.deaf = False
    page.get_by_role("button", name="Bắt đầu họp").click()

    expect(page.locator(".state-area .badge")).to_contain_text("ĐANG KIỂM TRA")
    assert (page.navigations, counted("sessions"), len(server.posts)) == ([], 1, 2)


def test_a_wrong_pin_is_said_in_place_and_no_digit_of_it_is_left(place, with_pin, wall):
    page = wall()
    page.get_by_role("link", name="Bắt đầu họp").click()
    wrong = f"{(int(with_pin[1]) + 1) % 10**6:06d}"
    for digit in wrong:
        page.locator(f"[data-digit='{digit}']").click()

    page.get_by_role("button", name="Bắt đầu họp").click()

    expect(page.get_by_role("alert").filter(has_text="Mã PIN không đúng")).to_be_visible()
    expect(page.get_by_label("Mã PIN")).to_have_value("")
    picture(page, "pin-wrong-1280x800")
    assert (page.navigations, len(sessions.latest_sessions(9))) == ([], 0)


def test_a_page_that_was_left_alone_gives_way_to_the_screen(place, with_pin, wall):
    page = wall()
    page.get_by_role("link", name="Bắt đầu họp").click()
    expect(page.get_by_label("Mã PIN")).to_be_visible()

    page.clock.install()
    page.reload()  # With a clock that can be moved; the address is still the screen's.
    page.get_by_role("link", name="Bắt đầu họp").click()
    expect(page.get_by_label("Mã PIN")).to_be_visible()
    page.clock.run_for(76_000)

    expect(page.locator(".state-area .badge")).to_contain_text("SẮP HỌP")


def test_no_link_of_a_panel_leads_out_of_it(place, with_pin, wall):
    page, leads = wall(), set()
    for _ in range(2):
        leads |= set(page.evaluate("[...document.querySelectorAll('a[href]')].map((link) => link.getAttribute('href'))"))
        page.get_by_role("link").first.click()
        expect(page.locator("main")).not_to_have_attribute("aria-busy", "true")

    assert leads and all(one.startswith("/panel") for one in leads)


def at_night(page) -> None:
    """Let the panel's own clock come to 03:59, after whichever minute it is this panel's turn; it was loaded at 02:00."""
    page.clock.install(time="2027-03-01T19:00:00Z")
    page.reload()
    page.navigations.clear()
    page.clock.fast_forward("01:59:00")


def pass_time(page) -> None:
    page.clock.run_for(5000)
    page.context.request.get(page.url.replace("/panel", "/healthz"))
    page.wait_for_load_state()


def test_a_panel_is_loaded_anew_at_night(place, wall):
    page = wall()
    at_night(page)

    for _ in range(10):  # In steps that leave answers the time to arrive: a jump looks like a server that does not answer.
        pass_time(page)
        if page.navigations:
            break

    expect(page.locator(".state-area .badge")).to_contain_text("TRỐNG")
    for _ in range(3):  # It was loaded tonight, and is not again.
        pass_time(page)
    assert len(page.navigations) == 1


def test_a_panel_is_not_loaded_anew_at_night_while_the_room_is_in_use(place, wall):
    page = wall()
    page.get_by_role("button", name="Họp ngay 30 phút").click()
    expect(page.locator(".state-area .badge")).to_contain_text("ĐANG HỌP")
    at_night(page)

    for _ in range(6):
        pass_time(page)

    assert page.navigations == []


def test_two_panels_pressed_at_once_have_one_winner_and_the_other_says_that_it_was_taken(place, wall, server, counted):
    first = wall()
    second = first.context.new_page()
    second.goto(f"http://127.0.0.1:{server.port}/panel")

    first.get_by_role("button", name="Họp ngay 1 giờ").click()
    expect(first.locator(".state-area .badge")).to_contain_text("ĐANG HỌP")
    second.get_by_role("button", name="Họp ngay 1 giờ").click()

    expect(second.get_by_role("alert").filter(has_text="Phòng vừa được đặt")).to_be_visible()
    picture(second, "just-taken-1280x800")
    assert counted("conferences") == 1


def test_a_technician_is_called_with_one_press(place, wall, counted):
    with write_transaction():
        place.technician.phone = "0912 345 678"
    page = wall()

    page.get_by_role("button", name="Gọi kỹ thuật viên").click()

    expect(page.locator(".called")).to_contain_text("Đã báo kỹ thuật viên lúc 08:00: Kỹ thuật · 0912 345 678")
    expect(page.get_by_role("button", name="Đã gọi kỹ thuật viên")).to_be_disabled()
    assert counted("notices WHERE kind = 'technician_called'") == 1
