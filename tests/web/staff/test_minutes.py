"""The annex of the minutes, and what the conference's page says after a session."""

from datetime import timedelta

import pytest
from builders import a_profile

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import tables
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict
from web.browser import BOOKING

SECRETS = ("Aes-128", "SHA256:", "192.0.2.", "ssh-", "@vc.example", "R1")


@pytest.fixture
def held(start, put, set_clock):
    """Hold a session of an hour in which every site was in and proven; return its occurrence's id."""

    def hold(*, verdict: Verdict = Verdict.SECURE, ended: bool = True, also: tuple[tuple[EventKind, dict], ...] = (), **facts) -> int:
        session_id = start(**facts)
        legs = tables.session_by_id(session_id).legs
        with write_transaction():
            for leg in legs:
                trail.append(EventKind.LEG_CONNECTED, subject=f"session:{session_id}", leg=leg.id, room=leg.room_id)
                trail.append(EventKind.LEG_PROVEN, subject=f"session:{session_id}", leg=leg.id, room=leg.room_id, grade="A", suite="Aes-128")
        put(session_id, live_at=clock.now(), state=SessionState.LIVE, verdict=verdict, legs={
            "state": LegState.PROVEN, "suite": "Aes-128", "verdict": "secure", "connected_at": clock.now(), "checked_at": clock.now()})
        set_clock.forward(minutes=30)
        with write_transaction():
            for kind, payload in also:
                trail.append(kind, subject=f"session:{session_id}", leg=legs[-1].id, **payload)
        set_clock.forward(minutes=30)
        if ended:
            put(session_id, state=SessionState.ENDED, ended_at=clock.now(), legs={"state": LegState.HUNG_UP})
        return tables.session_by_id(session_id).occurrence_id

    return hold


def annex(occurrence_id: int) -> str:
    return f"/staff/minutes/{occurrence_id}"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_organizer_and_chair_read_the_annex(equipped, held, signed_in, language):
    occurrence_id = held()

    statuses = {signed_in(user, language).get(annex(occurrence_id)).status_code for user in (equipped.clerk, equipped.chair)}

    assert statuses == {200}


def test_the_annex_says_who_was_in_how_long_and_how_secure(equipped, held, signed_in):
    text = signed_in(equipped.chair).page(annex(held())).text

    assert "Hội trường chủ trì Trung ương 08:00:00–09:00:00 1:00:00 Bảo mật" in text
    assert "Bảo mật: đã chứng minh" in text and "2/2 điểm cầu" in text
    assert "Giao ban tuần" in text


def test_the_annex_holds_nothing_technical(equipped, held, signed_in):
    html = signed_in(equipped.chair).get(annex(held())).text

    assert [secret for secret in SECRETS if secret in html] == []


def test_a_site_that_was_read_in_the_clear_is_named(equipped, held, signed_in):
    occurrence_id = held(verdict=Verdict.NOT_SECURE, also=((EventKind.LEG_NOT_PROVEN, {"finding": "call_clear"}),))

    text = signed_in(equipped.chair).page(annex(occurrence_id)).text

    assert "Phòng họp Đắk Lắk Đắk Lắk 08:00:00–09:00:00 1:00:00 KHÔNG bảo mật" in text
    assert "KHÔNG bảo mật" in text and "1/2 điểm cầu" in text


def test_a_site_that_left_earlier_has_its_own_time(equipped, held, signed_in):
    text = signed_in(equipped.chair).page(annex(held(also=((EventKind.LEG_HUNG_UP, {}),)))).text

    assert "Phòng họp Đắk Lắk Đắk Lắk 08:00:00–08:30:00 0:30:00" in text


def test_gap_override_and_stranger_are_told_in_words(equipped, held, signed_in):
    occurrence_id = held(verdict=Verdict.NOT_SECURE, also=((EventKind.OVERRIDE_GRANTED, {"override": 1}), (EventKind.STRANGER_SEEN, {})))

    text = signed_in(equipped.chair).page(annex(occurrence_id)).text

    assert "Số lần cho điểm cầu dự dù chưa chứng minh được: 1." in text
    assert "bên không thuộc hội nghị trên cầu truyền hình" in text


def test_while_a_session_runs_there_is_no_verdict_yet(equipped, held, signed_in):
    text = signed_in(equipped.chair).page(annex(held(ended=False))).text

    assert "Kết luận có khi phiên kết thúc" in text
    assert "đã chứng minh" not in text and "đang dự" in text


def test_the_annex_of_an_internal_conference_is_for_organizer_and_chair_alone(equipped, held, signed_in):
    occurrence_id = held(profile_id=a_profile(Classification.INTERNAL).id)

    found = {name: signed_in(getattr(equipped, name)).get(annex(occurrence_id)).status_code
             for name in ("clerk", "chair", "province_approver", "technician", "officer", "stranger")}

    assert found == {"clerk": 200, "chair": 200, "province_approver": 403, "technician": 404, "officer": 404, "stranger": 404}


def test_where_nobody_met_there_is_no_annex(place, book_soon, signed_in):
    assert signed_in(place.chair).get(annex(book_soon())).status_code == 404
    assert signed_in(place.chair).get(annex(999)).status_code == 404


def test_the_conferences_page_tells_attendance_and_security_and_leads_to_the_annex(equipped, held, signed_in):
    occurrence_id = held()

    page = signed_in(equipped.clerk).page(f"{BOOKING}/1")

    assert "08:00:00–09:00:00" in page.text and "lần nào đọc lại cũng đã mã hóa" in page.text
    assert annex(occurrence_id) in page.links
    assert not any(link.startswith("/auditor") for link in page.links)


def test_an_officer_who_may_see_the_conference_is_led_to_the_evidence(equipped, held, signed_in):
    held()

    links = signed_in(equipped.officer).page(f"{BOOKING}/1").links

    assert "/auditor/sessions/1" in links and not any(link.startswith("/staff/minutes") for link in links)


def test_an_entry_that_somebody_made_unreadable_does_not_hide_the_rest(equipped, held, signed_in):
    from sqlalchemy import text

    from roomctl.database import db

    occurrence_id = held()
    with write_transaction():
        db.session.execute(text("UPDATE trail_entries SET header = x'ff00' WHERE seq = (SELECT min(seq) FROM trail_entries "
                                "WHERE kind = 'leg_connected')"))

    assert "Phòng họp Đắk Lắk Đắk Lắk 08:00:00–09:00:00" in signed_in(equipped.chair).page(annex(occurrence_id)).text


def test_what_is_said_of_an_hour_is_an_hour_to_the_second(equipped, held, signed_in):
    from roomctl.web.language import duration

    assert [duration(timedelta(seconds=one)) for one in (0, 59, 3600, 90061)] == ["0:00:00", "0:00:59", "1:00:00", "25:01:01"]
