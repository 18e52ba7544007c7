"""Conferences as a table."""

from datetime import date, timedelta

import pytest
from booking.bridged import a_bridge, with_codecs
from builders import Place, a_person, a_profile, a_span
from sqlalchemy import text

from exchange.files import bad_cells, refusal
from roomctl.booking.cancel import cancel_conference
from roomctl.database import db
from roomctl.errors import NotAllowed
from roomctl.exchange import conferences, sheets
from roomctl.exchange.outcome import Done
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification

HEADING = "Ngày;Bắt đầu;Kết thúc;Nội dung;Hồ sơ bảo mật;Mã các phòng;Chủ trì"
MARK = "Kiểm điểm cán bộ"


@pytest.fixture
def read(place, lines_of):
    """Return the lines of rows; {hall} and {room} stand for codes, and the profile and the chair for the place's."""
    holes = {"hall": place.hall.code, "room": place.room.code, "profile": place.profile.key, "chair": "Chủ trì"}
    return lambda *rows, heading=HEADING: lines_of("\n".join([heading, *rows]).format(**holes), conferences.COLUMNS)


def counts(outcome) -> list[int]:
    return [outcome.count(done) for done in (Done.ADDED, Done.CHANGED, Done.UNCHANGED)]


def booked() -> list[tuple]:
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(text(
        "SELECT conferences.title, planned_start_at, planned_end_at FROM conferences JOIN occurrences ON conference_id = conferences.id ORDER BY 2"))]


def everything() -> str:
    db.session.rollback()
    tables = db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
    return "\n".join(str(tuple(row)) for table in tables for row in db.session.execute(text(f'SELECT * FROM "{table}"')))  # noqa: S608


GOOD = "02/03/2027;8h00;09:30;Giao ban;{profile};{hall}, {room};{chair}"
OTHER = '2027-03-03;14:00;15:00;Tập huấn;Hồ sơ;"{room}";{chair}'


def test_a_file_asks_for_all_its_conferences(place, read):
    outcome = conferences.bring_in(read(GOOD, OTHER), by=place.clerk)

    assert counts(outcome) == [2, 0, 0]
    assert booked() == [("Giao ban", "2027-03-02 01:00:00.000000", "2027-03-02 02:30:00.000000"),
                        ("Tập huấn", "2027-03-03 07:00:00.000000", "2027-03-03 08:00:00.000000")]


def test_all_that_is_told_of_a_conference_is_kept(place, read):
    heading = f"{HEADING};Mã phòng chủ trì;Thay cho;Thành phần;Đầu mối;Điện thoại đầu mối;Ngày kết thúc"
    conferences.bring_in(read("02/03/2027;20:00;06:00;Trực;{profile};{hall} {room};{chair};{room};Bộ trưởng;Các vụ;An;0912;03/03/2027",
                              heading=heading), by=place.clerk)

    row = db.session.execute(text("SELECT host_room_id, on_behalf_of, attendees, contact_name, contact_phone, organizer_id FROM conferences")).one()
    assert tuple(row) == (place.room.id, "Bộ trưởng", "Các vụ", "An", "0912", place.clerk.id)
    assert booked()[0][1:] == ("2027-03-02 13:00:00.000000", "2027-03-02 23:00:00.000000")


def test_the_same_file_twice_asks_once(place, read):
    conferences.bring_in(read(GOOD), by=place.clerk)

    outcome = conferences.bring_in(read(GOOD, OTHER), by=place.clerk)

    assert (counts(outcome), len(booked())) == ([1, 0, 1], 2)


def test_a_line_that_was_brought_in_counts_though_its_time_has_passed(place, read, set_clock):
    conferences.bring_in(read(GOOD), by=place.clerk)
    set_clock.forward(days=7)

    assert counts(conferences.bring_in(read(GOOD), by=place.clerk)) == [0, 0, 1]


def test_a_conference_that_was_cancelled_does_not_come_back(place, read):
    conferences.bring_in(read(GOOD), by=place.clerk)
    cancel_conference(1, by=place.clerk, reason="Hoãn")

    assert counts(conferences.bring_in(read(GOOD), by=place.clerk)) == [0, 0, 1]


def test_a_preview_leaves_nothing_behind(place, read):
    before = everything()

    outcome = conferences.preview(read(GOOD, OTHER), by=place.clerk)

    assert (counts(outcome), everything()) == ([2, 0, 0], before)


@pytest.mark.parametrize("carry_out", [conferences.preview, conferences.bring_in])
def test_a_line_whose_rooms_find_no_ports_of_their_bridge_is_named_and_none_is_carried_out(place, read, carry_out):
    a_bridge(place.centre, ports=2)
    with_codecs(place.hall, place.room, place.other_room)
    before = everything()

    bad = bad_cells(lambda: carry_out(read(
        GOOD, "02/03/2027;10:00;11:00;A;{profile};{hall} {room} " + place.other_room.code + ";{chair}",
        "02/03/2027;11:00;12:00;B;{profile};{hall} {room};{chair}"), by=place.clerk))

    assert (bad, everything()) == ([(3, "rooms", "line_bridge_full")], before)


def test_every_bad_line_is_named_and_none_is_carried_out(place, read):
    place.book(span=a_span("2027-03-05T01:00"), room_ids=(place.hall.id,))

    bad = bad_cells(lambda: conferences.bring_in(read(
        GOOD, "31/02/2027;8:00;9:00;A;{profile};{hall};{chair}", "02/03/2027;8;25:00;A;{profile};{hall};{chair}",
        "02/03/2027;8:00;8:00;A;{profile};{hall};{chair}", "01/02/2027;8:00;9:00;A;{profile};{hall};{chair}",
        "03/03/2027;8:00;9:00;;{profile};{hall};{chair}", "03/03/2027;8:00;9:00;A;không có;NONE1 {hall} NONE2;Ai đó",
        "05/03/2027;8:30;9:00;A;{profile};{hall} {room};{chair}", "02/03/2027;9:00;10:00;A;{profile};{hall};{chair}", GOOD,
        "04/03/2027;8:00;9:00;A;{profile};;{chair}"), by=place.clerk))

    assert bad == [(3, "day", "bad_date"), (4, "start", "bad_time"), (4, "end", "bad_time"), (5, "end", "end_not_after_start"),
                   (6, "start", "start_in_the_past"), (7, "title", "title_missing"), (8, "profile", "unknown_profile_name"),
                   (8, "chair", "unknown_chair_name"), (8, "rooms", "unknown_room_codes"), (9, "rooms", "line_rooms_taken"),
                   (10, "rooms", "line_rooms_taken"), (11, "", "line_twice"), (12, "rooms", "no_rooms")]
    assert len(booked()) == 1


@pytest.mark.parametrize(("title", "reason"), [('"a\r\nb"', "text_control"), ("a\u202eb", "text_direction"), ("x" * 301, "text_too_long")])
def test_a_title_that_no_screen_should_show_is_refused(place, title, reason):
    content = f"{HEADING}\n02/03/2027;8:00;9:00;{title};{place.profile.key};{place.hall.code};Chủ trì".encode()

    assert bad_cells(lambda: conferences.bring_in(sheets.read(content, conferences.COLUMNS), by=place.clerk)) == [(2, "title", reason)]


def test_two_chairs_of_one_name_are_told_apart_by_username(place, read):
    other = a_person(place.centre, Role.CHAIR, name="Chủ trì")

    bad = bad_cells(lambda: conferences.bring_in(read(GOOD), by=place.clerk))
    conferences.bring_in(read(GOOD.replace("{chair}", other.username)), by=place.clerk)

    assert bad == [(2, "chair", "chair_not_unique")]
    assert db.session.scalar(text("SELECT chair_id FROM conferences")) == other.id


def test_a_title_at_mat_is_refused_and_kept_nowhere(place, read):
    secret = a_profile(Classification.CONFIDENTIAL)
    line = f"02/03/2027;8:00;9:00;{MARK};{secret.key};{{hall}};{{chair}}"

    bad = bad_cells(lambda: conferences.bring_in(read(line), by=place.clerk))

    assert bad[0] == (2, "title", "title_at_classified")
    assert MARK not in everything() and "line:" not in everything()


def test_a_file_asks_for_so_many_and_no_more(place, read, monkeypatch):
    monkeypatch.setattr(conferences, "MOST_LINES", 1)

    assert refusal(lambda: conferences.preview(read(GOOD, OTHER), by=place.clerk)) == ("too_many_conferences", {"limit": 1})


@pytest.mark.parametrize("who", ["chair", "administrator", "officer"])
def test_who_may_not_ask_for_a_conference_brings_none_in(place, read, who):
    with pytest.raises(NotAllowed):
        conferences.bring_in(read(GOOD), by=getattr(place, who))


def test_conferences_come_in_on_either_engine(app_on, set_clock, lines_of):
    place = Place()
    lines = lines_of(f"{HEADING}\n02/03/2027;8:00;9:00;A;{place.profile.key};{place.hall.code} {place.room.code};Chủ trì", conferences.COLUMNS)

    assert [counts(conferences.bring_in(lines, by=place.clerk)) for _ in range(2)] == [[1, 0, 0], [0, 0, 1]]


# Taking them out


def taken(place, by, first=date(2027, 3, 1), last=date(2027, 3, 7)) -> list[list[str]]:
    content = conferences.taken_out(first, last, by=by, form="csv").decode("utf-8-sig")
    return [line.split(";") for line in content.splitlines()[1:]]


def test_p15_conferences_are_exported_with_accents_and_without_formulas(place):
    place.book(title="Đường Lâm – tầng 2")
    place.book(title="=1+1", span=a_span("2027-03-03T01:00"))

    content = conferences.taken_out(date(2027, 3, 1), date(2027, 3, 7), by=place.clerk, form="csv")

    assert content.startswith(b"\xef\xbb\xbf") and "Đường Lâm – tầng 2".encode() in content and b";'=1+1;" in content


def test_who_may_know_gets_everything(place):
    place.book(attendees="Các vụ", contact_phone="0912")

    assert taken(place, place.clerk) == [["02/03/2027", "08:00", "02/03/2027", "09:00", "Giao ban tuần", "Chủ trì", "",
                                          '"Hội trường', ' Phòng họp Đắk Lắk"', "Các vụ", "0912", "Văn thư"]]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_who_need_not_know_gets_the_time_and_their_own_rooms(place, form):
    place.book(profile_id=a_profile(Classification.INTERNAL).id, title=MARK, attendees=MARK, on_behalf_of=MARK, contact_name=MARK)
    colleague = a_person(place.province, Role.STAFF)

    content = conferences.taken_out(date(2027, 3, 1), date(2027, 3, 7), by=colleague, form=form)
    (line,) = taken(place, colleague)

    assert line == ["02/03/2027", "08:00", "02/03/2027", "09:00", "Bận", "", "", "Phòng họp Đắk Lắk", "", "", ""]
    assert MARK.encode() not in content


def test_a_busy_time_in_other_units_rooms_is_not_exported(place):
    place.book(profile_id=a_profile(Classification.INTERNAL).id, room_ids=(place.room.id,), host_room_id=place.room.id)

    assert taken(place, a_person(place.centre, Role.STAFF)) == []


def test_an_officer_gets_the_code_name(place):
    place.book(profile_id=a_profile(Classification.INTERNAL).id, title=MARK)

    assert taken(place, place.officer)[0][4:8] == ["HN-1", "", "", "Hội trường"]


def test_cancelled_conferences_and_other_days_are_left_out(place):
    place.book()
    cancel_conference(1, by=place.clerk, reason="Hoãn")
    place.book(span=a_span("2027-03-09T01:00"))

    assert taken(place, place.clerk) == []


@pytest.mark.parametrize(("days", "reason"), [(-1, "end_not_after_start"), (31, "longer_than_a_month")])
def test_a_span_has_an_order_and_a_length(place, days, reason):
    first = date(2027, 3, 1)

    assert refusal(lambda: conferences.taken_out(first, first + timedelta(days=days), by=place.clerk, form="csv"))[0] == reason
