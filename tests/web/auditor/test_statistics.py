"""The officer's statistics as page and workbook; what is counted is proven in tests/sessions/test_statistics.py."""

import io

import pytest
from builders import a_person, a_profile
from openpyxl import load_workbook

from roomctl import clock
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict

STATISTICS = "/auditor/statistics"
TITLE = "Kiểm điểm cán bộ"


@pytest.fixture
def held(start, put) -> int:
    """A session of an internal conference that was live and not secure."""
    session_id = start(profile_id=a_profile(Classification.INTERNAL).id, title=TITLE)
    put(session_id, state=SessionState.ENDED, verdict=Verdict.NOT_SECURE, live_at=clock.now(), ended_at=clock.now(),
        legs={"state": LegState.HUNG_UP, "finding": "call_clear", "verdict": Verdict.NOT_SECURE})
    return session_id


@pytest.mark.parametrize("language", ["vi", "en"])
def test_words_numbers_and_bars_say_the_same(equipped, held, signed_in, language):
    page = signed_in(equipped.officer, language).page(STATISTICS)

    march = next(row for row in page.rows if row.startswith("3 "))
    assert march.split()[:5] == ["3", "1", "0", "0", "1"]
    assert [found["height"] for found in page.named("rect", class_="not_secure")] == ["160.0"]
    assert page.named("rect", class_="secure") == []


def test_no_word_of_any_conference_is_on_the_page_or_in_the_workbook(equipped, held, signed_in):
    client = signed_in(equipped.officer)

    book = load_workbook(io.BytesIO(client.get(f"{STATISTICS}/sessions.xlsx").data))

    cells = " ".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    assert not any(word in text for text in (client.get(STATISTICS).text, cells) for word in (TITLE, "HN-1"))
    assert equipped.room.name in cells and "cisco_roomos" in cells


def test_the_workbook_holds_the_same_numbers(equipped, held, signed_in):
    answer = signed_in(equipped.officer).get(f"{STATISTICS}/sessions.xlsx")

    sheet = load_workbook(io.BytesIO(answer.data)).worksheets[0]
    assert [cell.value for cell in sheet[4]][:6] == [3, 1, 0, 0, 1, 0]
    assert "sessions-2027.xlsx" in answer.headers["Content-Disposition"]


def test_a_site_that_was_not_proven_is_named_with_its_finding(equipped, held, signed_in):
    page = signed_in(equipped.officer).page(STATISTICS)

    assert any(equipped.room.name in row and "1 / 1" in row and "Cuộc gọi không được mã hóa" in row for row in page.rows)


def test_a_year_without_sessions_says_so(equipped, held, signed_in):
    assert "Năm này chưa có phiên họp nào" in signed_in(equipped.officer).page(f"{STATISTICS}?year=2026").text


def test_a_provincial_officer_begins_with_their_own_unit_and_goes_no_higher(equipped, held, signed_in):
    client = signed_in(a_person(equipped.province, Role.AUDITOR))

    page = client.page(STATISTICS)

    assert equipped.province.name in page.text
    assert client.get(f"{STATISTICS}?unit={equipped.centre.id}").status_code == 403


@pytest.mark.parametrize(("query", "status"), [("unit=999999999", 404), ("year=1800", 422), ("year=nonsense", 200), ("unit=-1", 200)])
def test_any_address_is_answered(equipped, signed_in, query, status):
    assert signed_in(equipped.officer).get(f"{STATISTICS}?{query}").status_code == status
