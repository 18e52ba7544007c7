"""Booking, looking, cancelling: what the form refuses, and what it says."""

import re
import unicodedata
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from builders import a_person, a_profile, a_span
from sqlalchemy import text

from roomctl.booking import tables
from roomctl.booking.profile_versions import renew_profile
from roomctl.booking.recurrence import Recurrence
from roomctl.database import db, write_transaction
from roomctl.organisation.roles import Role
from roomctl.security_profiles.catalogue import terms_of
from roomctl.security_profiles.profile import Classification
from web.browser import BOOKING, BOOKING_FORM, Page, booking

SCRIPT = "<img src=x onerror=alert(1)>"

# What is typed, the reason, and what fills its sentence.
BAD = {
    "in the past": ({"day": "28/02/2027"}, "start_in_the_past", {}),
    "begun a minute ago": ({"day": "01/03/2027", "start": "07:59"}, "start_in_the_past", {}),
    "no length": ({"end": "08:00"}, "end_not_after_start", {}),
    "ends before it starts": ({"end": "07:00"}, "end_not_after_start", {}),
    "no such day": ({"day": "31/02/2027"}, "bad_date", {}),
    "day in words": ({"day": "hôm nay"}, "bad_date", {}),
    "day the other way round": ({"day": "2027-03-02"}, "bad_date", {}),
    "before any calendar": ({"day": "01/01/0001", "start": "00:00"}, "bad_date", {}),
    "after every calendar": ({"day": "31/12/9999"}, "bad_date", {}),
    "no day": ({"day": ""}, "bad_date", {}),
    "no such hour": ({"start": "25:00"}, "bad_time", {}),
    "hour in words": ({"end": "tám giờ"}, "bad_time", {}),
    "no hour": ({"start": ""}, "bad_time", {}),
    "no rooms": ({"rooms": [], "host_room": ""}, "no_rooms", {}),
    "host room not chosen": ({"host_room": "999"}, "host_room_not_among_rooms", {}),
    "no chair": ({"chair": ""}, "unknown_chair", {}),
    "chair nobody knows": ({"chair": "999"}, "unknown_chair", {}),
    "chair not a number": ({"chair": "1e1"}, "unknown_chair", {}),
    "no profile": ({"profile": ""}, "unknown_profile", {}),
    "no title": ({"title": "   "}, "title_missing", {}),
    "a very long title": ({"title": "ă" * 10_000}, "text_too_long", {"limit": 300}),
    "a long code name": ({"code_name": "x" * 41}, "text_too_long", {"limit": 40}),
    "control characters": ({"title": "Giao ban\x07"}, "text_control", {}),
    "a NUL": ({"title": "Giao\x00ban"}, "text_control", {}),
    "right-to-left override": ({"title": "Giao ban \u202egnp.exe"}, "text_direction", {}),
    "stacked marks": ({"title": "a" + "\u0332" * 9}, "text_marks", {}),
    "control characters in a contact": ({"contact_name": "An\x1b[31m"}, "text_control", {}),
}


@pytest.fixture
def confidential(place):
    return a_profile(Classification.CONFIDENTIAL)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("what", BAD)
def test_a_form_with_a_mistake_names_it_keeps_what_was_typed_and_stores_nothing(place, signed_in, sentence, counted, what, language):
    wrong, reason, facts = BAD[what]
    typed = booking(place, attendees="Các sở, ngành\nCác huyện", **({"contact_name": "Bà Hoa"} | wrong))

    answer = signed_in(place.clerk, language).send(BOOKING, typed, page=BOOKING_FORM)

    page = Page(answer.text)
    assert answer.status_code == 422
    assert sentence(reason, language, **facts) in page.text
    assert {name: page.value(name) for name in ("day", "start", "end", "title", "code_name", "contact_name")} == {
        name: typed[name] for name in ("day", "start", "end", "title", "code_name", "contact_name")}
    assert [box["value"] for box in page.named("input", name="rooms", checked="")] == typed["rooms"]
    assert "Các sở, ngành Các huyện" in page.text
    assert [counted(table) for table in ("conferences", "occurrences", "reservations", "notices")] == [0] * 4


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("rooms", "reason"), [(("hall", "nowhere"), "unknown_room"), (("hall", "hall"), "room_twice"),
                                               (("hall", "words"), "unknown_room")])
def test_rooms_that_cannot_be_are_refused(place, signed_in, sentence, counted, rooms, reason, language):
    ids = {"hall": str(place.hall.id), "nowhere": "99999", "words": "1 OR 1=1"}

    answer = signed_in(place.clerk, language).send(BOOKING, booking(place, rooms=[ids[name] for name in rooms]), page=BOOKING_FORM)

    assert answer.status_code == 422
    assert sentence(reason, language) in Page(answer.text).text
    assert Page(answer.text).value("title") == "Giao ban tuần"
    assert counted("conferences") == 0


def test_somebody_who_is_no_chair_cannot_be_chosen_as_one(place, signed_in, sentence, counted):
    answer = signed_in(place.clerk).send(BOOKING, booking(place, chair=str(place.clerk.id)), page=BOOKING_FORM)

    assert (answer.status_code, counted("conferences")) == (422, 0)
    assert sentence("unknown_chair") in Page(answer.text).text


@pytest.mark.parametrize("also_wrong", [{}, {"day": "31/02/2027"}, {"end": "07:00"}, {"check": "1"}, {"title": "Kế hoạch hành quân\x07"},
                                        {"find": "1", "words": "lak"}],
                         ids=["alone", "bad date", "ends before it starts", "only asked which rooms are free", "control character",
                              "only looked for rooms"])
def test_a_title_typed_at_confidential_is_found_nowhere(place, confidential, signed_in, sentence, counted, everything_stored, also_wrong):
    secret = {"title": "Kế hoạch hành quân", "profile": str(confidential.id), "code_name": "HOA-SEN", **also_wrong}

    answer = signed_in(place.clerk).send(BOOKING, booking(place, **secret), page=BOOKING_FORM)

    assert "hành quân" not in answer.text
    assert counted("conferences") == 0
    assert "hành quân" not in everything_stored()
    assert Page(answer.text).value("code_name") == "HOA-SEN"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_title_typed_at_confidential_is_refused_in_words(place, confidential, signed_in, sentence, language):
    typed = booking(place, profile=str(confidential.id), code_name="HOA-SEN")

    answer = signed_in(place.clerk, language).send(BOOKING, typed, page=BOOKING_FORM)

    assert answer.status_code == 422
    assert sentence("title_at_classified", language) in Page(answer.text).text


def test_a_conference_at_confidential_is_booked_under_its_code_name(place, confidential, signed_in):
    typed = booking(place, profile=str(confidential.id), title="", code_name="HOA-SEN")

    page = Page(signed_in(place.clerk).send(BOOKING, typed, page=BOOKING_FORM, follow_redirects=True).text)

    assert "HOA-SEN" in page.text


def test_a_good_form_books_all_its_rooms_and_leads_to_the_conference(place, signed_in, counted):
    client = signed_in(place.clerk)

    answer = client.send(BOOKING, booking(place), page=BOOKING_FORM)

    assert (answer.status_code, re.fullmatch(r"/staff/conferences/\d+", answer.headers["Location"]) is not None) == (303, True)
    page = client.page(answer.headers["Location"])
    assert "Giao ban tuần" in page.text
    assert place.hall.name in page.text and place.room.name in page.text
    assert counted("reservations") == 2


def test_text_is_stored_composed_however_it_was_typed(place, signed_in):
    title = "Triển khai chuyển đổi số ở Đắk Lắk"

    answer = signed_in(place.clerk).send(BOOKING, booking(place, title=unicodedata.normalize("NFD", title)), page=BOOKING_FORM)

    assert answer.status_code == 303
    db.session.rollback()
    assert db.session.scalars(text("SELECT title FROM conferences")).all() == [title]


@pytest.mark.parametrize(("start", "end"), [("8h30", "9h"), ("8:30", "9:00"), ("08.30", "09.00")])
def test_hours_are_read_as_people_write_them(place, signed_in, counted, start, end):
    end = end + "00" if end.endswith("h") else end

    answer = signed_in(place.clerk).send(BOOKING, booking(place, start=start, end=end), page=BOOKING_FORM)

    assert (answer.status_code, counted("conferences")) == (303, 1)


def test_u08_the_same_form_sent_twice_makes_one_conference_and_leads_to_it_twice(place, signed_in, csrf, counted):
    client = signed_in(place.clerk)
    page = client.page(BOOKING_FORM)
    form = booking(place, key=page.value("key"), csrf_token=page.csrf)

    first, second = client.post(BOOKING, data=form), client.post(BOOKING, data=form)

    assert (first.status_code, second.status_code, counted("conferences")) == (303, 303, 1)
    assert first.headers["Location"] == second.headers["Location"]


def test_two_forms_do_not_share_a_key(place, signed_in):
    client = signed_in(place.clerk)

    assert client.page(BOOKING_FORM).value("key") != client.page(BOOKING_FORM).value("key")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_second_of_two_people_is_told_what_is_in_the_way_and_when_all_rooms_are_free(place, signed_in, sentence, counted, language):
    signed_in(place.clerk).send(BOOKING, booking(place, title="Giao ban của người trước"), page=BOOKING_FORM)
    colleague = a_person(place.centre, Role.STAFF)

    answer = signed_in(colleague, language).send(BOOKING, booking(place, title="Họp khác", start="08:30", end="09:30"), page=BOOKING_FORM)

    page = Page(answer.text)
    assert (answer.status_code, counted("conferences")) == (409, 1)
    assert sentence("rooms_not_free", language) in page.text
    assert "Giao ban của người trước 08:00–09:00" in page.text
    assert "02/03/2027, 09:00–10:00" in page.text
    assert page.value("title") == "Họp khác"


def test_the_next_conference_may_begin_when_the_last_one_ends(place, signed_in, counted):
    client = signed_in(place.clerk)
    client.send(BOOKING, booking(place), page=BOOKING_FORM)

    answer = client.send(BOOKING, booking(place, start="09:00", end="10:00"), page=BOOKING_FORM)

    assert (answer.status_code, counted("conferences")) == (303, 2)


def test_asking_which_rooms_are_free_reserves_nothing(place, signed_in, counted):
    place.book()

    answer = signed_in(place.clerk).send(BOOKING, booking(place, check="1", title="Họp khác"), page=BOOKING_FORM)

    rows = {row["data-search"]: row.get("data-free") for row in Page(answer.text).named("tr") if "data-search" in row}
    assert answer.status_code == 200
    assert (rows[f"{place.hall.name} {place.centre.name}"], rows[f"{place.other_room.name} {place.other_province.name}"]) == ("no", None)
    assert counted("conferences") == 1


@pytest.mark.parametrize("button", [
    {"find": "1", "words": "dak lak"}, {"add": "provinces"}, {"add": "communes", "province": "2"}, {"show": "1", "province": "2"},
    {"clear": "1"}, {"add": "x", "province": "x", "words": "%_\x00"}], ids=str)
def test_choosing_rooms_reserves_nothing_and_keeps_what_was_typed(place, signed_in, counted, button):
    typed = {name: value for name, value in booking(place, title="Họp khác", day="hôm nay").items() if name != "book"}

    answer = signed_in(place.clerk).send(BOOKING, {**typed, **button}, page=BOOKING_FORM)

    page = Page(answer.text)
    assert (answer.status_code, page.value("title"), page.value("day"), counted("conferences")) == (200, "Họp khác", "hôm nay", 0)
    assert page.named("p", role="alert") == []


@pytest.mark.parametrize("where", ["conflict", "conference", "week", "queue", "notices"])
def test_p20_a_title_with_markup_is_shown_as_text(place, signed_in, where):
    conference_id = place.book(title=SCRIPT)
    colleague = a_person(place.centre, Role.STAFF)
    if where == "conflict":
        html = signed_in(colleague).send(BOOKING, booking(place), page=BOOKING_FORM).text
    else:
        path = {"conference": f"{BOOKING}/{conference_id}", "week": "/staff/week/2027/9", "queue": "/staff/approvals",
                "notices": "/staff/notices"}[where]
        html = signed_in(colleague if where in ("conference", "week") else place.province_approver).get(path).text

    assert SCRIPT in Page(html).text
    assert "<img" not in html


def test_markup_typed_into_any_field_comes_back_as_text(place, signed_in):
    fields = ("day", "start", "end", "title", "code_name", "on_behalf_of", "attendees", "contact_name", "contact_phone", "key", "chair",
              "profile")

    html = signed_in(place.clerk).send(BOOKING, booking(place, **dict.fromkeys(fields, f'"></textarea>{SCRIPT}')), page=BOOKING_FORM).text

    assert "<img" not in html
    assert Page(html).unclosed == []


# Whose conference it is


@pytest.mark.parametrize("path", ["", "/calendar.ics"])
def test_a_conference_of_other_units_does_not_exist_for_a_stranger(place, signed_in, path):
    conference_id = place.book()

    answer = signed_in(place.stranger).get(f"{BOOKING}/{conference_id}{path}")

    assert answer.status_code == 404
    assert "Giao ban" not in answer.text


@pytest.mark.parametrize("what", ["cancellation", "pin"])
def test_a_stranger_can_do_nothing_to_a_conference(place, signed_in, counted, what):
    conference_id = place.book()

    answer = signed_in(place.stranger).send(f"{BOOKING}/{conference_id}/{what}")

    assert answer.status_code == 404
    assert tables.conference_by_id(conference_id).cancelled_at is None
    assert counted("session_pins") == 0


@pytest.mark.parametrize("what", ["cancellation", "pin"])
def test_somebody_who_may_look_may_not_act(place, signed_in, counted, what):
    conference_id = place.book()
    colleague = a_person(place.province, Role.STAFF)

    client = signed_in(colleague)
    answers = client.get(f"{BOOKING}/{conference_id}").status_code, client.send(f"{BOOKING}/{conference_id}/{what}").status_code

    assert answers == (200, 403)
    assert counted("trail_entries WHERE kind = 'access_refused'") == 1
    assert (counted("session_pins"), counted("conferences WHERE cancelled_at IS NOT NULL")) == (0, 0)


@pytest.mark.parametrize("who", ["clerk", "chair"])
def test_organizer_and_chair_may_cancel_and_the_rooms_are_free_at_once(place, signed_in, counted, who):
    conference_id = place.book()

    answer = signed_in(getattr(place, who)).send(f"{BOOKING}/{conference_id}/cancellation", {"reason": "Hoãn"})

    assert answer.status_code == 303
    assert counted("reservations WHERE state = 'released'") == 2


def test_cancelling_twice_is_told_and_done_once(place, signed_in, sentence):
    conference_id, client = place.book(), signed_in(place.clerk)
    client.send(f"{BOOKING}/{conference_id}/cancellation")

    answer = client.send(f"{BOOKING}/{conference_id}/cancellation")

    assert answer.status_code == 409
    assert sentence("already_cancelled") in Page(answer.text).text


def test_the_buttons_are_only_there_for_whom_they_work(place, signed_in):
    conference_id = place.book()

    colleague = signed_in(a_person(place.province, Role.STAFF)).page(f"{BOOKING}/{conference_id}").actions
    organizer = signed_in(place.clerk).page(f"{BOOKING}/{conference_id}").actions

    paths = {urlsplit(action).path for action in organizer - colleague}
    assert paths == {f"{BOOKING}/{conference_id}/pin", f"{BOOKING}/{conference_id}/cancellation"}


def test_a_pin_is_shown_once_and_kept_as_a_hash_only(place, signed_in, everything_stored):
    conference_id, client = place.book(), signed_in(place.clerk)

    page = Page(client.send(f"{BOOKING}/{conference_id}/pin").text)

    pin = "".join(re.search(r"(\d{3}) (\d{3})", page.text).groups())
    assert re.search(r"\d{3} \d{3}", client.page(f"{BOOKING}/{conference_id}").text) is None
    assert f"'{pin}'" not in everything_stored()


def test_the_calendar_file_says_what_and_when(place, signed_in):
    answer = signed_in(place.clerk).get(f"{BOOKING}/{place.book()}/calendar.ics")

    assert answer.mimetype == "text/calendar"
    assert {"SUMMARY:Giao ban tuần", "DTSTART:20270302T010000Z", "DTEND:20270302T020000Z"} <= set(answer.text.splitlines())
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_title_cannot_add_lines_to_the_calendar_file(place, signed_in):
    conference_id = place.book(title="A;B,C\\nATTACH:http://evil.example", chair_id=place.chair.id)

    lines = signed_in(place.clerk).get(f"{BOOKING}/{conference_id}/calendar.ics").text.splitlines()

    assert not any(line.startswith("ATTACH") for line in lines)


def test_the_empty_form_is_filled_in_for_the_next_hour(place, signed_in):
    page = signed_in(place.clerk).page(BOOKING_FORM)

    assert (page.value("day"), page.value("start"), page.value("end")) == ("01/03/2027", "08:10", "09:10")


def test_choosing_the_other_language_keeps_the_address_of_the_form(place, signed_in):
    page = signed_in(place.clerk).page(f"{BOOKING_FORM}?day=02/03/2027&title=Họp")

    back = urlsplit(page.value("back"))
    assert (back.path, parse_qs(back.query)) == (BOOKING_FORM, {"day": ["02/03/2027"], "title": ["Họp"]})


# Series

WEEKLY = {"repeat": "week", "until": "30/03/2027"}


def taken_dates(page: Page) -> list[str]:
    return [found["data-state"] for found in page.named("li") if found.get("class") == "date"]


def test_a_series_is_listed_by_date_before_it_is_booked(place, signed_in, counted):
    client = signed_in(place.clerk)

    first = client.send(BOOKING, booking(place, **WEEKLY), page=BOOKING_FORM)
    page = Page(first.text)
    second = client.send(BOOKING, booking(place, seen=page.value("seen"), key=page.value("key"), **WEEKLY), page=BOOKING_FORM)

    assert (first.status_code, taken_dates(page)) == (200, ["free"] * 5)
    assert (second.status_code, counted("conferences"), counted("occurrences")) == (303, 1, 5)


def test_u10_the_list_names_the_dates_that_are_taken_and_by_what_and_the_free_ones_can_be_booked(place, signed_in, counted):
    place.book(span=a_span("2027-03-09T01:30"), title="Họp trước")
    client = signed_in(place.clerk)

    page = Page(client.send(BOOKING, booking(place, **WEEKLY), page=BOOKING_FORM).text)
    refused = client.send(BOOKING, booking(place, seen=page.value("seen"), **WEEKLY), page=BOOKING_FORM)
    booked = client.send(BOOKING, booking(place, seen=page.value("seen"), take="free", **WEEKLY), page=BOOKING_FORM)

    assert taken_dates(page) == ["free", "taken", "free", "free", "free"]
    assert "Họp trước" in page.text and "1 trong 5 ngày có phòng không trống" in page.text
    assert (refused.status_code, booked.status_code) == (409, 303)
    shown = client.page(booked.location)
    assert "Bổ sung ngày 09/03/2027" in shown.text


def test_a_restricted_conference_in_the_way_of_a_series_is_only_busy(place, signed_in):
    hidden = a_profile(Classification.INTERNAL)
    place.book(span=a_span("2027-03-09T01:30"), title="Việc nội bộ", profile_id=hidden.id, by=a_person(place.centre, Role.STAFF))

    page = Page(signed_in(place.clerk).send(BOOKING, booking(place, **WEEKLY), page=BOOKING_FORM).text)

    assert taken_dates(page)[1] == "taken"
    assert "Việc nội bộ" not in page.text


def test_what_changed_since_the_list_was_seen_is_listed_again(place, signed_in, counted):
    client = signed_in(place.clerk)
    page = Page(client.send(BOOKING, booking(place, **WEEKLY), page=BOOKING_FORM).text)
    place.book(span=a_span("2027-03-09T01:30"))

    answer = client.send(BOOKING, booking(place, seen=page.value("seen"), take="free", **WEEKLY), page=BOOKING_FORM)

    assert (answer.status_code, counted("conferences")) == (200, 1)
    assert taken_dates(Page(answer.text)) == ["free", "taken", "free", "free", "free"]


@pytest.mark.parametrize(("typed", "reason", "facts"), [
    ({"repeat": "hourly"}, "unknown_choice", {}),
    ({"repeat": "day", "count": "401"}, "too_many_dates", {"limit": 400}),
    ({"repeat": "day", "until": "hôm nào đó"}, "bad_date", {}),
    ({"repeat": "week", "interval": "không"}, "bad_number", {}),
    ({"repeat": "week", "until": "01/01/2040"}, "series_too_long", {"limit": 400}),
    ({"repeat": "dates", "dates": "09/03/2027 32/03/2027"}, "bad_day_among_others", {"day": "32/03/2027"}),
])
def test_a_bad_recurrence_is_named_beside_its_field_and_nothing_is_lost(place, signed_in, sentence, counted, typed, reason, facts):
    answer = signed_in(place.clerk).send(BOOKING, booking(place, **typed), page=BOOKING_FORM)

    page = Page(answer.text)
    assert (answer.status_code, counted("conferences"), page.value("title")) == (422, 0, "Giao ban tuần")
    assert sentence(reason, **facts) in page.text


def test_days_picked_by_hand_are_a_series(place, signed_in):
    client, typed = signed_in(place.clerk), {"repeat": "dates", "dates": "09/03/2027, 24.03.2027"}
    page = Page(client.send(BOOKING, booking(place, **typed), page=BOOKING_FORM).text)

    answer = client.send(BOOKING, booking(place, seen=page.value("seen"), **typed), page=BOOKING_FORM)

    assert len([part for part in client.page(answer.location).links if "occurrence=" in part and "/conferences/" in part]) == 3


def test_one_date_of_a_series_is_cancelled_and_added_again(place, signed_in):
    client = signed_in(place.clerk)
    series = place.book(recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=3"))
    dates = [one.id for one in db.session.get_one(tables.Conference, series).occurrences]

    client.send(f"{BOOKING}/{series}/cancellation", {"scope": "this", "occurrence": str(dates[1]), "reason": "Nghỉ"})

    db.session.rollback()
    db.session.expire_all()
    assert [one.cancelled_at is None for one in db.session.get_one(tables.Conference, series).occurrences] == [True, False, True]
    page = client.page(f"{BOOKING}/{series}?occurrence={dates[1]}")
    assert "Nghỉ" in page.text


def test_a_date_of_another_conference_is_not_found_under_this_one(place, signed_in):
    one, other = place.book(), place.book(span=a_span("2027-03-05T01:00"))
    foreign = db.session.get_one(tables.Conference, other).occurrences[0].id

    assert signed_in(place.clerk).get(f"{BOOKING}/{one}?occurrence={foreign}").status_code == 404


def test_a_copy_has_all_but_the_day(place, signed_in):
    page = signed_in(place.clerk).page(f"{BOOKING_FORM}?copy={place.book(title='Để chép', attendees='Các sở')}")

    assert (page.value("title"), page.value("start"), page.value("day")) == ("Để chép", "08:00", "01/03/2027")
    assert {found["value"] for found in page.named("input", name="rooms") if "checked" in found} == {str(place.hall.id), str(place.room.id)}


def test_the_empty_form_has_ones_own_room_as_host(place, signed_in):
    page = signed_in(place.clerk).page(BOOKING_FORM)

    assert [found["value"] for found in page.named("input", name="rooms") if "checked" in found] == [str(place.hall.id)]
    assert [found["value"] for found in page.named("input", name="host_room") if "checked" in found] == [str(place.hall.id)]


def test_a_room_that_is_taken_can_be_waited_for(place, signed_in, counted):
    place.book(span=a_span("2027-03-02T01:30"))
    client = signed_in(place.clerk)

    page = Page(client.send(BOOKING, booking(place), page=BOOKING_FORM).text)
    answer = client.send(BOOKING, booking(place, wait=[str(place.hall.id), str(place.room.id)]), page=BOOKING_FORM)

    assert {found["value"] for found in page.named("input", name="wait")} == {str(place.hall.id), str(place.room.id)}
    assert answer.status_code == 303
    assert "Đợi phòng trống" in client.page(answer.location).text


@pytest.fixture
def renewed(place) -> int:
    """A conference whose profile has got a newer version since it was booked."""
    profile = a_profile(Classification.INTERNAL)
    conference_id = place.book(profile_id=profile.id)
    renew_profile(profile.key, replace(terms_of(profile), check_interval_s=60), seen_version=1, by=place.officer)
    return conference_id


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_newer_version_of_the_profile_is_offered_and_counts_when_the_organizer_switches(place, renewed, signed_in, language):
    client, address = signed_in(place.clerk, language), f"{BOOKING}/{renewed}"
    offered = f"{address}/profile" in client.page(address).actions

    answer = client.send(f"{address}/profile", {"version": "2"}, page=address)

    db.session.rollback()
    assert (offered, answer.status_code, tables.conference_by_id(renewed).profile.version) == (True, 303, 2)
    assert f"{address}/profile" not in client.page(address).actions


def test_who_may_not_change_the_conference_is_told_of_a_newer_version_and_offered_nothing(place, renewed, signed_in):
    page = signed_in(place.province_approver).page(f"{BOOKING}/{renewed}")

    assert "Đã có phiên bản 2" in page.text and f"{BOOKING}/{renewed}/profile" not in page.actions


def test_a_version_that_was_not_shown_is_not_switched_to(place, renewed, signed_in):
    answer = signed_in(place.clerk).send(f"{BOOKING}/{renewed}/profile", {"version": "3"}, page=f"{BOOKING}/{renewed}")

    assert (answer.status_code, tables.conference_by_id(renewed).profile.version) == (409, 1)


@pytest.mark.parametrize("path", ["", "/calendar.ics"])
def test_who_opens_the_page_or_the_file_of_a_classified_conference_is_in_the_trail(place, signed_in, path):
    coded = place.book(profile_id=a_profile(Classification.CONFIDENTIAL).id, title="", code_name="HN7")
    client = signed_in(place.chair)

    shown = [client.get(f"{BOOKING}/{coded}{path}") for _ in range(2)]

    db.session.rollback()
    entries = db.session.execute(text("SELECT actor, subject FROM trail_entries WHERE kind = 'conference_viewed'")).all()
    assert ([answer.status_code for answer in shown], [tuple(one) for one in entries]) == ([200, 200], [(place.chair.id, f"conference:{coded}")])
    assert all("HN7" in answer.text for answer in shown)


def test_how_the_rooms_will_be_connected_is_said_in_words_before_the_start(equipped, signed_in):
    conference_id = equipped.book(room_ids=(equipped.hall.id, equipped.room.id, equipped.other_room.id))

    page = signed_in(equipped.clerk).page(f"{BOOKING}/{conference_id}")

    assert "Cách kết nối Qua cầu bridge, địa chỉ 7001@bridge.example, 3 cổng đã giữ." in page.text


def test_a_room_that_will_not_be_connected_is_named(place, signed_in):
    page = signed_in(place.clerk).page(f"{BOOKING}/{place.book()}")

    assert "Chưa đủ hai phòng có thiết bị hội nghị" in page.text
    assert f"nên không được kết nối: {place.room.name}, {place.hall.name}." in page.text


def test_who_sees_a_restricted_conference_as_busy_learns_nothing_of_its_bridge(equipped, signed_in):
    restricted = equipped.book(profile_id=a_profile(Classification.INTERNAL).id, room_ids=(equipped.hall.id, equipped.room.id))

    answer = signed_in(equipped.stranger).get(f"{BOOKING}/{restricted}")

    assert (answer.status_code, "7001@bridge.example" in answer.text) == (404, False)


def test_whoever_books_when_the_bridge_is_full_reads_how_much_is_free_and_what_to_do(equipped, signed_in):
    rooms = (equipped.hall.id, equipped.room.id, equipped.other_room.id)
    with write_transaction():
        db.session.execute(text("UPDATE devices SET ports = 2 WHERE kind = 'bridge'"))
    client = signed_in(equipped.clerk)

    answer = client.send(BOOKING, booking(equipped, rooms=[str(room_id) for room_id in rooms]), page=BOOKING_FORM)

    assert answer.status_code == 409
    assert "cần 3, còn trống 2. Chưa có gì được ghi. Hãy chọn giờ khác hoặc bớt phòng." in Page(answer.text).text
