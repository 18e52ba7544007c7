"""What a person was told."""

import pytest
from builders import a_profile

from roomctl.booking import tables
from roomctl.booking.recurrence import Recurrence
from roomctl.config import project_files
from roomctl.database import write_transaction
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.security_profiles.profile import Classification
from web.browser import BOOKING, Page

NOTICES = "/staff/notices"


def unread(page: Page) -> int:
    return len(page.named("li", class_="unread"))


def test_an_approver_is_told_what_waits(place, signed_in):
    place.book()

    page = signed_in(place.province_approver).page(NOTICES)

    assert (unread(page), "Giao ban tuần" in page.text, place.room.name in page.text) == (1, True, True)


def test_a_person_reads_only_their_own_notices(place, signed_in):
    place.book()

    assert "Giao ban" not in signed_in(place.other_approver).page(NOTICES).text


def test_marking_as_read_marks_ones_own(place, signed_in):
    place.book()
    approver = signed_in(place.province_approver)

    signed_in(place.other_approver).send(f"{NOTICES}/read")
    before = unread(approver.page(NOTICES))
    approver.send(f"{NOTICES}/read", page=NOTICES)

    assert (before, unread(approver.page(NOTICES))) == (1, 0)


def test_all_others_whom_it_concerns_read_that_a_conference_was_cancelled_and_why(place, signed_in):
    signed_in(place.clerk).send(f"{BOOKING}/{place.book()}/cancellation", {"reason": "Hoãn vì bão"})

    assert all("Hoãn vì bão" in signed_in(user).page(NOTICES).text for user in (place.chair, place.province_approver))


def test_a_reason_is_not_read_by_somebody_who_no_longer_needs_to_know(place, signed_in):
    occurrence_id = tables.conference_by_id(place.book(profile_id=a_profile(Classification.INTERNAL).id)).occurrences[0].id
    with write_transaction():
        outbox.enqueue(NoticeKind.CONFERENCE_CANCELLED, to=[place.stranger.id], occurrence_id=occurrence_id, room_id=place.room.id,
                       reason="Hoãn vì kiểm điểm")

    page = signed_in(place.stranger).page(NOTICES)

    assert (unread(page), "kiểm điểm" in page.text) == (1, False)


def test_a_notice_of_a_series_says_how_many_dates_it_is_about(place, signed_in):
    place.book(recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=5"), invited_ids=frozenset({place.stranger.id}))

    assert "“Giao ban tuần” ngày 02/03/2027 và 4 ngày khác" in signed_in(place.stranger).page(NOTICES).text


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_of_notice_has_its_sentence(place, signed_in, kind):
    assert (project_files("templates") / "notices" / f"{kind}.html").exists()


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", NoticeKind)
def test_a_notice_of_each_kind_can_be_read_even_when_what_it_is_about_is_gone(place, signed_in, kind, language):
    with write_transaction():
        outbox.enqueue(kind, to=[place.clerk.id], occurrence_id=999, room_id=999, reason="<b>vì sao</b>")

    answer = signed_in(place.clerk, language).get(NOTICES)

    assert answer.status_code == 200
    assert unread(Page(answer.text)) == 1
    assert "<b>" not in answer.text
