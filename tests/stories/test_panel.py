"""Panels on other days: the server is lost, the time runs out, the conference is restricted."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from vietnam_provinces import Ward

from roomctl import clock
from roomctl.demo import communes_with_codec
from roomctl.timespan import to_local

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_panel_that_loses_the_server_says_so_shows_no_colour_and_recovers_by_itself(demo, person):
    panel = person.panel_of("Phòng họp nhỏ tầng 2")
    expect(panel.page.locator(".badge")).to_contain_text("TRỐNG")
    expect(panel.page.get_by_text("MẤT KẾT NỐI", exact=True)).to_be_hidden()

    panel.context.set_offline(True)
    panel.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # Ask now rather than within fifteen seconds.

    expect(panel.page.get_by_text("MẤT KẾT NỐI", exact=True)).to_be_visible()
    assert panel.page.locator(".badge").evaluate("badge => getComputedStyle(badge).backgroundColor") == "rgb(71, 85, 105)"
    panel.picture("26-panel-lost-connection")

    panel.context.set_offline(False)
    expect(panel.page.get_by_text("MẤT KẾT NỐI", exact=True)).to_be_hidden(timeout=20_000)
    expect(panel.page.locator(".badge")).to_contain_text("TRỐNG")
    panel.complaints[:] = [line for line in panel.complaints if "ERR_INTERNET_DISCONNECTED" not in line]


def test_a_short_restricted_conference_runs_out_of_time_and_is_extended(demo, person):
    host, site = [f"Phòng họp {name[:1].lower()}{name[1:]}" for name in (
        " ".join(ward.name.split()) for ward in Ward.iter_all() if f"X{int(ward.code):05d}" in communes_with_codec()[3:5])]
    begin = to_local(clock.now()) + timedelta(minutes=2)
    clerk = person("vanthu")
    clerk.page.goto(f"{demo.address}/staff/conferences/new")
    clerk.page.get_by_label("Nội dung").fill("Trao đổi công tác cán bộ")
    clerk.page.get_by_label("Người chủ trì").select_option(label="Nguyễn Văn Minh – Chánh Văn phòng")
    clerk.page.get_by_label("Hồ sơ bảo mật").select_option(label="Họp nội bộ – Nội bộ")
    for field, at in (("Ngày", f"{begin:%d/%m/%Y}"), ("Bắt đầu", f"{begin:%H:%M}"), ("Kết thúc", f"{begin + timedelta(minutes=5):%H:%M}")):
        clerk.page.get_by_label(field, exact=True).fill(at)
    clerk.page.get_by_role("button", name="Bỏ chọn hết").click()
    clerk.page.get_by_label("Tỉnh", exact=True).select_option(label="Tỉnh Đắk Lắk")
    clerk.page.get_by_role("button", name="Hiện", exact=True).click()
    for room in (host, site):
        clerk.page.get_by_role("checkbox", name=re.compile(room)).check()
    clerk.page.get_by_label(f"{host} là phòng chủ trì").check()
    clerk.page.get_by_role("button", name="Đăng ký các phòng đã chọn").click()
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Trao đổi công tác cán bộ")
    host_panel, site_panel = person.panel_of(host), person.panel_of(site)
    expect(site_panel.page.get_by_role("heading", level=1)).to_have_text("Hội nghị hạn chế")

    chair = person("chutri")
    chair.page.goto(clerk.page.url)
    chair.page.get_by_role("link", name="Chủ trì từ máy này").click()
    chair.page.get_by_role("button", name="Bắt đầu họp").click()
    expect(chair.page.locator('.encryption[data-secure="yes"]')).to_contain_text("cả 2 điểm cầu", timeout=45_000)
    expect(host_panel.page.locator(".badge")).to_contain_text("SẮP HẾT GIỜ", timeout=20_000)
    expect(site_panel.page.locator(".badge")).to_contain_text("HỘI NGHỊ HẠN CHẾ", timeout=20_000)
    host_panel.picture("28-panel-ending")
    site_panel.picture("29-panel-restricted")
    assert "cán bộ" not in site_panel.page.content()

    host_panel.page.get_by_role("button", name=re.compile("Gia hạn đến")).click()
    expect(host_panel.page.locator(".badge")).to_contain_text("ĐANG HỌP")
    chair.page.get_by_role("button", name="Kết thúc phiên họp").click()
    expect(chair.page.get_by_role("heading", name="Đã kết thúc")).to_be_visible(timeout=45_000)
