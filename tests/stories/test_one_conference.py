"""The centre and 34 provinces, from the clerk's sign-in to the officer's verified evidence, in a real browser over real connections."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOMS = ("Phòng họp trực tuyến Trung ương", "Phòng họp Đắk Lắk")


def verify(demo, evidence: Path, *, folder: Path) -> subprocess.CompletedProcess:
    """Run the verify.py that the evidence itself carries, alone in a folder."""
    with zipfile.ZipFile(evidence) as archive:
        (folder / "verify.py").write_bytes(archive.read("verify.py"))
    return subprocess.run([sys.executable, "-I", str(folder / "verify.py"), str(evidence), "--key", demo.key, "--anchor", str(demo.anchor)],
                          capture_output=True, text=True)


def test_a_conference_is_booked_decided_started_securely_ended_and_proven(demo, person, tmp_path):
    # The clerk books the centre's room and those of all provinces.
    clerk = person("vanthu")
    clerk.picture("01-week-empty")
    clerk.page.get_by_role("link", name="Đăng ký họp").first.click()
    clerk.page.get_by_label("Nội dung").fill("Giao ban công tác tuần và triển khai chuyển đổi số")
    clerk.page.get_by_label("Người chủ trì").select_option(label="Nguyễn Văn Minh – Chánh Văn phòng")
    clerk.page.get_by_label("Tìm phòng").fill("dak lak")
    expect(clerk.page.get_by_role("row", name=re.compile("Lào Cai"))).to_be_hidden()
    clerk.page.get_by_label("Tìm phòng").fill("")
    clerk.page.get_by_role("checkbox", name=re.compile(ROOMS[0])).check()
    clerk.page.get_by_role("button", name="34 tỉnh, thành phố").click()
    expect(clerk.page.locator("#chosen")).to_have_text("35")
    expect(clerk.page.get_by_label("Nội dung")).to_have_value("Giao ban công tác tuần và triển khai chuyển đổi số")
    clerk.page.get_by_role("button", name="Xem phòng và ngày nào trống").click()
    expect(clerk.page.locator(".free")).to_have_count(35)
    clerk.picture("02-booking-all-free")
    clerk.page.get_by_role("button", name="Đăng ký các phòng đã chọn").click()
    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Giao ban công tác tuần và triển khai chuyển đổi số")
    conference = clerk.page.url
    clerk.page.get_by_role("button", name="Tạo mã PIN").click()
    pin = clerk.page.locator(".pin").inner_text().replace(" ", "")
    clerk.picture("03-conference-with-pin")

    # The same rooms at the same time are refused, with the reason.
    clerk.page.goto(f"{demo.address}/staff/conferences/new")
    clerk.page.get_by_label("Nội dung").fill("Họp khác")
    clerk.page.get_by_label("Người chủ trì").select_option(index=1)
    for room in ROOMS:
        clerk.page.get_by_role("checkbox", name=re.compile(room)).check()
    clerk.page.get_by_role("button", name="Đăng ký các phòng đã chọn").click()
    expect(clerk.page.get_by_role("alert")).to_contain_text("Có phòng không trống")
    expect(clerk.page.locator(".taken").first).to_contain_text("Giao ban công tác tuần")
    expect(clerk.page.get_by_label("Nội dung")).to_have_value("Họp khác")
    clerk.picture("04-booking-refused")

    # A room that is only asked for says so at its door.
    waiting = person.panel_of("Phòng họp Lào Cai")
    expect(waiting.page.locator(".badge")).to_contain_text("CHỜ DUYỆT")
    waiting.picture("27-panel-requested")

    # Each unit decides on its own room.
    for username in ("duyet.daklak", "duyet.laocai", "duyet.camau"):
        approver = person(username)
        expect(approver.page.locator(".request")).to_have_count(1)
        if username == "duyet.daklak":
            approver.picture("05-approval-queue")
        approver.page.get_by_role("button", name="Duyệt", exact=True).click()
        expect(approver.page.get_by_text("Không có yêu cầu nào đang chờ")).to_be_visible()
    clerk.page.goto(conference)
    expect(clerk.page.get_by_text("Đã duyệt")).to_have_count(36)
    clerk.page.goto(demo.address)
    clerk.picture("06-week-sheet")

    # The panel: paired, upcoming, PIN, checking, decision, live, ended.
    panel = person(width=1280, height=800)
    panel.page.goto(f"{demo.address}/panel")
    panel.picture("07-panel-pairing")
    panel.page.get_by_label("Mã ghép").fill(demo.pairing_code)
    panel.page.get_by_role("button", name="Ghép bảng này").click()
    panel.picture("08-panel-upcoming")
    panel.page.get_by_role("link", name="Bắt đầu họp").click()
    panel.page.get_by_label("Mã PIN").fill("000000" if pin != "000000" else "111111")
    panel.page.get_by_role("button", name="Bắt đầu họp").click()
    expect(panel.page.get_by_role("alert")).to_contain_text("Mã PIN không đúng")
    for digit in pin:
        panel.page.locator(f"[data-digit='{digit}']").click()
    panel.picture("09-panel-pin")
    panel.page.get_by_role("button", name="Bắt đầu họp").click()
    expect(panel.page.locator(".badge")).to_contain_text("ĐANG KIỂM TRA")
    expect(panel.page.locator('[data-secure="yes"]')).to_have_count(0)
    panel.picture("10-panel-checking")
    liar = panel.page.locator(".leg", has_text="Phòng họp Cà Mau")
    expect(liar).to_have_attribute("data-state", "hung_up", timeout=30_000)
    expect(liar).to_contain_text("Cuộc gọi không được mã hóa")
    expect(panel.page.locator(".badge")).to_contain_text("ĐANG KIỂM TRA")
    go_on = panel.page.get_by_role("button", name="Họp tiếp không có 3 điểm cầu này")
    expect(go_on).to_be_visible(timeout=60_000)
    assert go_on.bounding_box()["height"] >= 72
    panel.picture("11-panel-liar-named")
    go_on.click()
    expect(panel.page.locator(".badge")).to_contain_text("ĐANG HỌP", timeout=30_000)
    expect(panel.page.locator('.encryption[data-secure="yes"]')).to_contain_text("cả 32 điểm cầu")
    expect(liar).to_have_attribute("data-state", "left_out")
    panel.picture("12-panel-live")
    phone = person("vanthu", width=390, height=844)
    phone.page.goto(conference)
    phone.picture("13-phone-conference-live")
    phone.page.goto(demo.address)
    phone.picture("14-phone-week")
    panel.page.get_by_role("button", name="Kết thúc phiên họp").click()
    panel.picture("15-panel-sure")
    panel.page.locator("[data-confirm]").click()
    expect(panel.page.locator(".badge")).to_contain_text("TRỐNG", timeout=45_000)
    panel.picture("16-panel-free")

    # The officer sees the evidence, takes it away and checks it alone.
    officer = person("anninh")
    officer.page.get_by_role("link", name="Xem bằng chứng").first.click()
    expect(officer.page.get_by_text("NGUYÊN VẸN")).to_be_visible()
    expect(officer.page.locator(".leg", has_text="Phòng họp Cà Mau")).not_to_have_attribute("data-state", "proven")
    expect(officer.page.locator(".checks tr", has_text="Phòng họp Cà Mau").first).to_contain_text("KHÔNG")
    officer.picture("17-officer-evidence")
    with officer.page.expect_download() as download:
        officer.page.get_by_role("link", name="Tải bằng chứng").click()
    evidence = tmp_path / "session.zip"
    download.value.save_as(evidence)
    officer.page.get_by_role("link", name="Nhật ký").click()
    officer.picture("18-officer-trail")

    whole = verify(demo, evidence, folder=tmp_path)
    assert whole.returncode == 0, whole.stdout
    assert "Phòng họp Cà Mau: left_out, verdict not_secure" in whole.stdout

    spoiled = tmp_path / "spoiled.zip"
    with zipfile.ZipFile(evidence) as archive, zipfile.ZipFile(spoiled, "w") as other:
        other.writestr("bundle.json", archive.read("bundle.json").replace(b"session_live", b"session_love"))
        other.writestr("verify.py", archive.read("verify.py"))
    assert verify(demo, spoiled, folder=tmp_path).returncode == 1

    # The others' screens, in both languages.
    technician = person("kythuat")
    expect(technician.page.get_by_role("heading", name="Việc hôm nay")).to_be_visible()
    technician.page.goto(f"{demo.address}/technician/devices")
    expect(technician.page.locator(".devices tr")).to_have_count(49)  # The head, 43 codecs, the bridge and four pieces of equipment.
    technician.picture("19-technician-devices")
    administrator = person("quantri")
    administrator.picture("20-admin-panels")
    clerk.page.goto(demo.address)
    clerk.page.get_by_role("button", name="English").click()
    expect(clerk.page.get_by_role("link", name="Week schedule")).to_be_visible()
    clerk.picture("21-week-english")
    clerk.page.goto(conference)
    clerk.picture("22-conference-english")
    clerk.page.emulate_media(media="print")
    clerk.page.goto(demo.address)
    clerk.picture("23-week-print")
