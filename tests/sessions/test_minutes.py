"""What the minutes take over from a session: who was in, and how secure it was."""

from datetime import timedelta

import pytest
from builders import a_profile
from studio import leg_of

from roomctl import clock
from roomctl.booking.tables import occurrence_by_id
from roomctl.errors import NotAllowed, NotVisible
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import control, minutes, plan, tables
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict


@pytest.fixture(autouse=True)
def short_limits(monkeypatch):
    """A codec that stays silent is waited for half a minute at the end; the simulated ones need tenths of a second."""
    monkeypatch.setattr(plan, "END_WITHIN", timedelta(seconds=5))


def held(studio, run, spoil=lambda session_id: None, **facts) -> int:
    """Hold a session, spoiled while it is live, and return its occurrence's id."""
    occurrence_id = studio.book_now(**facts)
    session_id = studio.start(occurrence_id)
    run.until(lambda one: one.state == SessionState.LIVE)
    spoil(session_id)
    control.end_session(session_id, lead=studio.lead)
    run.until(lambda one: one.state == SessionState.ENDED)
    return occurrence_id


def of(occurrence_id: int) -> minutes.Minutes:
    return minutes.minutes_of(occurrence_by_id(occurrence_id))


def test_after_a_good_session_all_were_in_and_all_were_secure(studio, run):
    found = of(held(studio, run))

    assert [site.room for site in found.present] == ["Hội trường", "Phòng họp Cà Mau", "Phòng họp Đắk Lắk"]
    assert (found.verdict, found.secure, found.absent, found.gaps, found.overrides, found.stranger) == (Verdict.SECURE, 3, [], 0, 0, False)
    assert found.simulated
    assert [site.is_host for site in found.sites] == [True, False, False]
    for site in found.sites:
        [stay] = site.stays
        assert found.begun_at <= stay.begun_at <= found.live_at < stay.ended_at <= clock.now()


def test_a_site_that_was_hung_up_for_what_it_was_left_earlier_and_is_named(studio, run):
    def spoil(session_id):
        studio.codecs["other"].bad.drifts_after_s = 0.0
        run.until(lambda one: leg_of(one, "other").state == LegState.HUNG_UP)

    found = of(held(studio, run, spoil))

    spoiled = next(site for site in found.sites if site.room == "Phòng họp Cà Mau")
    assert (found.verdict, found.secure, spoiled.verdict, spoiled.finding) == (Verdict.NOT_SECURE, 2, Verdict.NOT_SECURE, "call_clear")
    assert spoiled.stays[0].ended_at < min(site.stays[0].ended_at for site in found.sites if site is not spoiled)


def test_a_gap_is_counted_and_its_site_is_not_proven(studio, run):
    def spoil(session_id):
        studio.codecs["other"].bad.silent_to = ""
        run.until(lambda one: tables.gaps_of(session_id))
        studio.codecs["other"].bad.silent_to = None

    found = of(held(studio, run, spoil))

    assert (found.verdict, found.gaps) == (Verdict.NOT_PROVEN, 1)
    assert [site.verdict for site in found.sites if site.room == "Phòng họp Cà Mau"] == [Verdict.NOT_PROVEN]


def test_a_site_that_was_left_out_is_absent_with_the_reason(studio, run):
    studio.codecs["other"].bad.not_registered = True
    occurrence_id = studio.book_now()
    session_id = studio.start(occurrence_id)
    session = run.until(lambda one: leg_of(one, "other").state == LegState.HUNG_UP)
    control.go_on_without(session_id, leg_of(session, "other").id, lead=studio.lead)
    run.until(lambda one: one.state == SessionState.LIVE)

    found = of(occurrence_id)

    assert [(site.room, site.finding, site.verdict) for site in found.absent] == [("Phòng họp Cà Mau", "not_registered", None)]
    assert (found.ended_at, found.verdict) == (None, Verdict.SECURE)
    assert [stay.ended_at for site in found.present for stay in site.stays] == [None, None]


def test_before_a_session_there_are_no_minutes(studio):
    assert of(studio.book_now()) is None


def test_the_annex_is_for_organizer_and_chair(studio, run):
    place = studio.place
    occurrence_id = held(studio, run, profile_id=a_profile(Classification.INTERNAL).id)

    assert {minutes.annex_for(occurrence_id, by=person)[1].title for person in (place.clerk, place.chair)} == {"Giao ban tuần"}
    with pytest.raises(NotAllowed):
        minutes.annex_for(occurrence_id, by=place.province_approver)  # Sees it in full, and has no business with its minutes.
    with pytest.raises(NotVisible):
        minutes.annex_for(occurrence_id, by=place.technician)
    with pytest.raises(NotVisible):
        minutes.annex_for(999, by=place.chair)


def test_there_is_no_annex_before_there_was_a_session(studio):
    with pytest.raises(NotVisible):
        minutes.annex_for(studio.book_now(), by=studio.place.chair)
