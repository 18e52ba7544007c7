"""A panel on a bad day: it is paired by an administrator, loses the server, and comes back by itself."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_panel_that_loses_the_server_says_so_shows_no_colour_and_recovers_by_itself(demo, person):
    administrator = person("quantri")
    row = administrator.page.get_by_role("row", name="Phòng họp nhỏ tầng 2")
    row.get_by_role("button", name="Tạo mã ghép").click()
    code = administrator.page.locator(".pairing-code").inner_text()
    panel = person(width=1280, height=800)
    panel.page.goto(f"{demo.address}/panel")
    panel.page.get_by_label("Mã ghép").fill(code)
    panel.page.get_by_role("button", name="Ghép bảng này").click()
    expect(panel.page.locator(".badge")).to_contain_text("TRỐNG")
    expect(panel.page.get_by_text("MẤT KẾT NỐI")).to_be_hidden()

    panel.context.set_offline(True)
    panel.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # Ask now rather than within fifteen seconds.

    expect(panel.page.get_by_text("MẤT KẾT NỐI")).to_be_visible()
    assert panel.page.locator(".badge").evaluate("badge => getComputedStyle(badge).backgroundColor") == "rgb(71, 85, 105)"
    panel.picture("26-panel-lost-connection")

    panel.context.set_offline(False)
    expect(panel.page.get_by_text("MẤT KẾT NỐI")).to_be_hidden(timeout=20_000)
    expect(panel.page.locator(".badge")).to_contain_text("TRỐNG")
    panel.complaints[:] = [line for line in panel.complaints if "ERR_INTERNET_DISCONNECTED" not in line]
