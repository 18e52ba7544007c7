"""Numbers of sessions for the officer, and no word of any conference."""

import io

import pytest
from builders import a_profile
from openpyxl import load_workbook

from roomctl import clock
from roomctl.database import write_transaction
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import evidence
from roomctl.sessions import tables as sessions
from roomctl.sessions.states import LegState, SessionState

STATISTICS = "/auditor/statistics"
TITLE = "Kiểm điểm cán bộ"


@pytest.fixture
def ended(start, put):
    session_id = start(profile_id=a_profile(Classification.INTERNAL).id, title=TITLE)
    put(session_id, state=SessionState.ENDED, live_at=clock.now(), ended_at=clock.now(), legs={"state": LegState.HUNG_UP})
    with write_transaction():
        evidence.seal(sessions.session_for_update(session_id), clock.now())


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_year_is_shown_without_any_title(equipped, ended, signed_in, language):
    page = signed_in(equipped.officer, language).page(STATISTICS)

    assert "2027" in page.text and TITLE not in page.text


def test_the_workbook_counts_the_session_and_tells_nothing_else(equipped, ended, signed_in):
    answer = signed_in(equipped.officer).get(f"{STATISTICS}/sessions.xlsx?year=2027")

    book = load_workbook(io.BytesIO(answer.data))
    cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    march = list(book.worksheets[0].iter_rows(values_only=True))[3]
    assert march[:2] == (3, 1)
    assert not any(TITLE in str(cell) for cell in cells)


def test_a_unit_outside_ones_reach_is_not_shown(equipped, signed_in):
    assert signed_in(equipped.stranger).get(STATISTICS).status_code in (403, 404)


@pytest.mark.parametrize("asked", ["unit=99999999999999999999", "year=abc", "year=0", "unit=-1"])
def test_nonsense_in_the_address_is_answered_and_never_an_error(equipped, signed_in, asked):
    assert signed_in(equipped.officer).get(f"{STATISTICS}?{asked}").status_code in (200, 404)
