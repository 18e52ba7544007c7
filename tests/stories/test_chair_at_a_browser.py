"""The host room's panel is dead: the chair leads from a browser, with two communes found by their province."""

import re

import pytest
from playwright.sync_api import expect
from vietnam_provinces import Ward

from roomctl.demo import DECIDING, communes_with_codec

pytestmark = pytest.mark.browser


def test_the_chair_starts_leads_and_ends_a_session_without_a_panel(demo, person):
    names = [" ".join(ward.name.split()) for ward in Ward.iter_all() if f"X{int(ward.code):05d}" in communes_with_codec()[:2]]
    clerk = person("vanthu")
    clerk.page.goto(f"{demo.address}/staff/conferences/new")
    clerk.page.get_by_label("Nội dung").fill("Họp với hai xã")
    clerk.page.get_by_label("Người chủ trì").select_option(label="Nguyễn Văn Minh – Chánh Văn phòng")
    clerk.page.get_by_role("button", name="Bỏ chọn hết").click()
    clerk.page.get_by_label("Tỉnh", exact=True).select_option(label=f"Tỉnh {DECIDING[0]}")
    clerk.page.get_by_role("button", name="Hiện", exact=True).click()
    for name in names:
        clerk.page.get_by_role("checkbox", name=re.compile(name[1:])).check()
    clerk.page.get_by_role("button", name="Đăng ký các phòng đã chọn").click()
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Họp với hai xã")
    conference = clerk.page.url

    chair = person("chutri")
    chair.page.goto(conference)
    chair.page.get_by_role("link", name="Chủ trì từ máy này").click()
    chair.page.get_by_role("button", name="Bắt đầu họp").click()
    expect(chair.page.locator('.encryption[data-secure="yes"]')).to_contain_text("cả 2 điểm cầu", timeout=45_000)
    chair.picture("24-chair-live")
    chair.page.get_by_role("button", name="Kết thúc phiên họp").click()
    expect(chair.page.get_by_role("heading", name="Đã kết thúc")).to_be_visible(timeout=45_000)

    chair.page.goto(conference)
    chair.picture("25-conference-held")
    clerk.page.goto(conference)
    expect(clerk.page.get_by_role("link", name="Chủ trì từ máy này")).to_have_count(0)
