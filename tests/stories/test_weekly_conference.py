"""A clerk who never saw the program books the weekly conference with 34 provinces, from the week sheet, in five steps."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from roomctl import clock
from roomctl.timespan import iso_week, to_local

pytestmark = pytest.mark.browser
STEPS = 5


class Counted:
    """A page whose every press, choice and typed field is counted."""

    def __init__(self, page) -> None:
        self.page, self.steps = page, 0

    def press(self, role: str, name: str | re.Pattern) -> None:
        self.steps += 1
        self.page.get_by_role(role, name=name).first.click()

    def type(self, label: str, words: str) -> None:
        self.steps += 1
        self.page.get_by_label(label).fill(words)

    def choose(self, label: str, words: str) -> None:
        self.steps += 1
        self.page.get_by_label(label).select_option(label=words)


def test_the_weekly_conference_with_34_provinces_is_five_steps_from_the_week_sheet(demo, person):
    clerk = person("vanthu")
    today = to_local(clock.now()).date()
    tuesday = today + timedelta(days=(1 - today.weekday()) % 7 + 7)
    year, week = iso_week(tuesday)
    clerk.page.goto(f"{demo.address}/staff/week/{year}/{week}")  # Where the sheet of next week is: reading it is no step.
    steps = Counted(clerk.page)

    steps.press("link", f"Đăng ký họp {tuesday:%d/%m/%Y}")
    steps.type("Nội dung", "Giao ban hằng tuần")
    steps.choose("Lặp lại", "Hằng tuần")
    steps.press("button", re.compile("34 tỉnh"))
    clerk.picture("30-weekly-dates")
    expect(clerk.page.locator("#dates li")).to_have_count(13)
    steps.press("button", "Đăng ký các ngày này")

    expect(clerk.page.get_by_role("heading", level=1)).to_have_text("Giao ban hằng tuần")
    assert steps.steps == STEPS
    expect(clerk.page.locator(".dates .date")).to_have_count(13)
    expect(clerk.page.locator("table.plain").first.get_by_role("row")).to_have_count(36)  # The head, the centre's room and 34 provinces.
    clerk.picture("31-weekly-conference")
