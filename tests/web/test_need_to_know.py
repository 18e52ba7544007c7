"""What a restricted conference is called is found on no page of those who need not know."""

from datetime import date, time

import pytest
from builders import a_person, a_profile

from roomctl.booking.request import request_conference
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span, from_local
from web.browser import BOOKING, BOOKING_FORM, Page, booking
from web.crawl import crawl

TITLE, ATTENDEES, LEADER = "Kiểm điểm cán bộ", "Đồng chí Bí thư", "Ông Bộ trưởng"
WEEK, DAY = "/staff/week/2027/9", "/staff/day/2027-03-02"


@pytest.fixture
def restricted(place):
    """An internal conference in the hall and the province's room, tomorrow at 08:00; returns its id."""
    profile = a_profile(Classification.INTERNAL)
    return place.book(profile_id=profile.id, title=TITLE, attendees=ATTENDEES, on_behalf_of=LEADER, contact_phone="0912 345 678")


def outsiders(place) -> dict:
    return {
        "stranger": place.stranger, "technician": place.technician, "administrator": place.administrator, "officer": place.officer,
        "approver of another unit": place.other_approver,
        "colleague": a_person(place.centre, Role.STAFF), "colleague at the site": a_person(place.province, Role.STAFF),
        "another chair": a_person(place.centre, Role.CHAIR),
    }


WHO = ["stranger", "technician", "administrator", "officer", "approver of another unit", "colleague", "colleague at the site",
       "another chair"]


def tells(html: str) -> list[str]:
    return [word for word in (TITLE, ATTENDEES, LEADER, "0912 345 678") if word in html]


@pytest.mark.parametrize("who", WHO)
def test_no_page_tells_an_outsider(place, restricted, signed_in, who):
    pages = crawl(signed_in(outsiders(place)[who]), ("/", WEEK, "/staff/notices"))

    assert {path: tells(html) for path, html in pages.items() if tells(html)} == {}


@pytest.mark.parametrize("who", ["clerk", "chair", "province_approver"])
def test_those_who_need_to_know_are_told(place, restricted, signed_in, who):
    assert tells(signed_in(getattr(place, who)).get(f"{BOOKING}/{restricted}").text) == [TITLE, ATTENDEES, LEADER, "0912 345 678"]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("path", ["", "/calendar.ics"])
def test_page_and_calendar_file_do_not_exist_for_an_outsider(place, restricted, signed_in, who, path):
    answer = signed_in(outsiders(place)[who]).get(f"{BOOKING}/{restricted}{path}")

    assert (answer.status_code, tells(answer.text)) == (404, [])


@pytest.mark.parametrize("button", ["book", "check"])
@pytest.mark.parametrize("who", ["stranger", "colleague"])
def test_a_clash_says_busy_and_when(place, restricted, signed_in, who, button):
    form = booking(place, title="Họp khác")
    form.pop("book")

    answer = signed_in(outsiders(place)[who]).send(BOOKING, {**form, button: "1"}, page=BOOKING_FORM)

    assert (answer.status_code, tells(answer.text)) == (409 if button == "book" else 200, [])
    assert "Bận 08:00–09:00" in Page(answer.text).text


@pytest.mark.parametrize(("who", "shown"), [("colleague", "08:00–09:00 Bận"), ("officer", "08:00–09:00 HN-1")])
def test_the_week_sheet_says_busy_and_to_the_officer_a_code_name(place, restricted, signed_in, who, shown):
    assert shown in signed_in(outsiders(place)[who]).page(WEEK).text


@pytest.mark.parametrize("query", ["", "?of=provinces", "?words=hoi", "?words=dak", "?words=kiem+diem"])
@pytest.mark.parametrize("who", WHO)
def test_the_day_view_does_not_tell_an_outsider_whichever_rooms_are_asked_for(place, restricted, signed_in, who, query):
    html = signed_in(outsiders(place)[who]).get(DAY + query).text

    assert tells(html) == []
    assert f"{BOOKING}/{restricted}" not in html


@pytest.mark.parametrize(("who", "shown"), [("stranger", "08:00–09:00 Bận"), ("technician", "08:00–09:00 Bận"), ("colleague", "08:00–09:00 Bận"),
                                            ("officer", "08:00–09:00 HN-1")])
@pytest.mark.parametrize("words", ["hoi", "dak"])
def test_the_day_view_says_busy_and_to_the_officer_a_code_name(place, restricted, signed_in, who, shown, words):
    row, = signed_in(outsiders(place)[who]).page(f"{DAY}?words={words}").rows[1:]

    assert shown in row


@pytest.mark.parametrize("day", ["02", "03", "04"])
def test_neither_sheet_tells_on_any_day_of_a_conference_of_several_days(place, signed_in, day):
    span = Span(from_local(date(2027, 3, 2), time(14)), from_local(date(2027, 3, 4), time(11)))
    place.book(profile_id=a_profile(Classification.INTERNAL).id, title=TITLE, attendees=ATTENDEES, on_behalf_of=LEADER, span=span)
    client = signed_in(a_person(place.centre, Role.STAFF))

    pages = [client.get(path).text for path in (f"/staff/day/2027-03-{day}", WEEK)]

    assert [tells(html) for html in pages] == [[], []]
    assert all("14:00 02/03–11:00 04/03" in html for html in pages)


def test_no_panel_tells_before_the_pin(place, restricted, paired_panel, set_clock):
    set_clock.forward(hours=23, minutes=50)

    html = "".join(paired_panel(room).get(path).text for room in (place.hall, place.room) for path in ("/panel", "/panel/state"))

    assert tells(html) == []


def test_the_question_for_the_pin_does_not_tell(place, restricted, paired_panel):
    assert tells(paired_panel(place.hall).get("/panel/occurrences/1/start").text) == []


def test_a_notice_does_not_tell_somebody_who_no_longer_decides(place, signed_in):
    request_conference(place.wish(profile_id=a_profile(Classification.INTERNAL).id, title=TITLE), by=place.clerk, key="k")
    directory.revoke_role(place.province_approver.standing_grants()[0].id, by=None)

    page = signed_in(place.province_approver).page("/staff/notices")

    assert (place.room.name in page.text, TITLE in page.text) == (True, False)


@pytest.mark.parametrize("what", ["cancellation", "pin"])
def test_an_outsider_cannot_tell_a_restricted_conference_from_none(place, restricted, signed_in, what):
    client = signed_in(place.stranger)

    there, nowhere = (client.send(f"{BOOKING}/{number}/{what}") for number in (restricted, 999))

    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert Page(there.text).text == Page(nowhere.text).text
