"""Calendar files from elsewhere: read right, or refused in time with everything that is wrong."""

import time
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calendars.ics import event, ics
from roomctl.calendars.reading import ReadConference, read_calendar
from roomctl.errors import InvalidInput
from roomctl.timespan import HANOI

HOUR = timedelta(hours=1)
LONG_ENOUGH_S = 2


def one(*events: str, head: str = "") -> ReadConference:
    conference, = read_calendar(ics(*events, head=head)).conferences
    return conference


def starts(conference: ReadConference) -> list[str]:
    """Return when the dates that stand begin, as a clock in Hà Nội shows it."""
    return [f"{found.span.start.astimezone(HANOI):%m-%d %H:%M}" for found in conference.dates if not found.cancelled]


def refused(raw: bytes) -> list[tuple[str, dict]]:
    """Return (reason, facts) of everything that is said to be wrong."""
    begun = time.process_time()
    with pytest.raises(InvalidInput) as error:
        read_calendar(raw)
    assert time.process_time() - begun < LONG_ENOUGH_S
    return [(problem.reason, dict(problem.facts)) for problem in error.value.problems]


@pytest.mark.parametrize(("until", "last"), [("20270330T010000Z", "03-30 08:00"), ("20270330T005959Z", "03-23 08:00"),
                                             ("20270330T080000", "03-30 08:00"), ("20270330T075959", "03-23 08:00"), ("20270330", "03-30 08:00")])
def test_p03_an_end_in_utc_floating_or_of_a_day_takes_the_last_date_it_means(until, last):
    found = one(event("DTSTART;TZID=Asia/Ho_Chi_Minh:20270302T080000", f"RRULE:FREQ=WEEKLY;UNTIL={until}"))

    assert starts(found)[-1] == last
    assert starts(found)[0] == "03-02 08:00"


@pytest.mark.parametrize("zone", ['TZID="SE Asia Standard Time"', "TZID=SE Asia Standard Time", "TZID=Asia/Saigon", "TZID=asia/saigon",
                                  "TZID=/vendor.example/Asia/Ho_Chi_Minh", "X-A=b;TZID=Asia/Bangkok"])
def test_p07_windows_and_old_names_of_the_zone_are_understood(zone):
    assert one(event(f"DTSTART;{zone}:20270310T140000")).dates[0].span.start == datetime(2027, 3, 10, 7, tzinfo=UTC)


def test_an_unknown_zone_is_refused_by_name_with_its_line_and_uid():
    problem, = refused(ics(event("DTSTART;TZID=Hanoi/Phố cổ:20270310T140000", uid="x@y")))

    assert problem == ("ics_unknown_zone", {"line": 4, "uid": "x@y", "zone": "Hanoi/Phố cổ"})


OWN_ZONE = """
BEGIN:VTIMEZONE
TZID:Văn phòng
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE
"""


@pytest.mark.parametrize(("wall", "utc"), [("20270327T120000", 11), ("20270328T120000", 10), ("20271030T120000", 10), ("20271031T120000", 11),
                                           ("20270102T120000", 11)])
def test_a_zone_with_a_name_of_its_own_is_read_from_the_file(wall, utc):
    found = one(event(f"DTSTART;TZID=Văn phòng:{wall}"), head=OWN_ZONE)

    assert found.dates[0].span.start.hour == utc


@pytest.mark.parametrize(("old", "new"), [("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "RRULE:FREQ=SECONDLY"), ("TZOFFSETTO:+0200", "TZOFFSETTO:xx"),
                                          ("DTSTART:16010101T020000", "DTSTART:now"), ("BYMONTH=3", "BYMONTH=" + "9" * 5000)])
def test_a_zone_that_is_not_described_for_certain_is_unknown(old, new):
    problem, = refused(ics(event("DTSTART;TZID=Văn phòng:20270327T120000"), head=OWN_ZONE.replace(old, new)))

    assert problem[0] == "ics_unknown_zone"


def test_a_series_in_a_zone_that_changes_its_clock_keeps_each_of_its_moments():
    found = one(event("DTSTART;TZID=Europe/Paris:20270321T100000", "RRULE:FREQ=WEEKLY;COUNT=2"))

    assert (starts(found), found.rule) == (["03-21 16:00", "03-28 15:00"], "")


@pytest.mark.parametrize("start", ["DTSTART:20270302T010000Z", "DTSTART;TZID=Asia/Bangkok:20270302T080000", "DTSTART:20270302T080000"])
def test_a_rule_that_means_the_same_in_hanoi_is_kept(start):
    found = one(event(start, "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3"))

    assert (starts(found), found.rule) == (["03-02 08:00", "03-09 08:00", "03-16 08:00"], "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270316T010000Z")


def test_a_rule_that_means_another_weekday_in_hanoi_is_kept_as_its_dates():
    found = one(event("DTSTART:20270302T200000Z", "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=2"))

    assert (starts(found), found.rule) == (["03-03 03:00", "03-10 03:00"], "")


def test_p09_a_whole_day_ends_where_the_next_one_begins():
    two, single = read_calendar(ics(
        event("DTSTART;VALUE=DATE:20270430", "DTEND;VALUE=DATE:20270502", lasts=""),
        event("DTSTART;VALUE=DATE:20270505", uid="b@example", lasts=""))).conferences

    assert [found.dates[0].span for found in (two, single)] == [
        type(two.dates[0].span)(datetime(2027, 4, 29, 17, tzinfo=UTC), datetime(2027, 5, 1, 17, tzinfo=UTC)),
        type(two.dates[0].span)(datetime(2027, 5, 4, 17, tzinfo=UTC), datetime(2027, 5, 5, 17, tzinfo=UTC))]


@pytest.mark.parametrize(("lasts", "minutes"), [("DURATION:PT1H30M", 90), ("DURATION:P1DT1S", 1440 + 1 / 60), ("DURATION:P1W", 10080),
                                                ("DTEND:20270302T093000", 90), ("DTEND:20270302T023000Z", 90)])
def test_a_length_or_an_end_says_how_long_it_takes(lasts, minutes):
    assert one(event("DTSTART:20270302T080000", lasts=lasts)).dates[0].span.length == timedelta(minutes=minutes)


@pytest.mark.parametrize("lasts", ["", "DTEND:20270302T080000", "DTEND:20270302T070000", "DURATION:PT0S", "DURATION:-PT1H"])
def test_what_takes_no_time_or_ends_before_it_begins_is_refused_by_uid(lasts):
    problem, = refused(ics(event("DTSTART:20270302T080000", lasts=lasts, uid="z@y")))

    assert problem == ("end_not_after_start", {"line": 4, "uid": "z@y"})


HUGE = {
    "a billion dates": "FREQ=DAILY;COUNT=1000000000",
    "every second": "FREQ=SECONDLY;COUNT=100000",
    "every hour, minute and second of the year": "FREQ=YEARLY;COUNT=1;BYMONTH={};BYMONTHDAY={};BYHOUR={};BYMINUTE={};BYSECOND={}".format(
        *(",".join(map(str, range(least, most))) for least, most in ((1, 13), (1, 32), (0, 24), (0, 60), (0, 60)))),
    "no interval": "FREQ=DAILY;INTERVAL=0;COUNT=3",
    "30 February": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3",
    "no end": "FREQ=DAILY",
    "a far end": "FREQ=DAILY;UNTIL=99991231T235959Z",
    "no rule at all": "BYDAY=MO",
    "an end that is none": "FREQ=DAILY;UNTIL=soon",
    "an interval of many digits": "FREQ=DAILY;COUNT=2;INTERVAL=" + "9" * 400,
}


@pytest.mark.parametrize("what", HUGE)
def test_p14_a_rule_that_would_eat_the_time_of_others_is_refused_in_time(what):
    problem, = refused(ics(event("DTSTART:20270302T080000", f"RRULE:{HUGE[what]}")))

    assert problem[0].startswith(("rule_", "too_many_dates", "series_too_long"))
    assert problem[1]["uid"] == "a@example"


@pytest.mark.parametrize("what", ["a billion dates", "every second", "every hour, minute and second of the year"])
def test_p14_such_a_rule_takes_no_memory_either(what):
    tracemalloc.start()
    refused(ics(event("DTSTART:20270302T080000", f"RRULE:{HUGE[what]}")))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 50_000_000


@pytest.mark.parametrize("rule", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3", "FREQ=DAILY;BYWEEKNO=53;BYMONTH=6;COUNT=3", "FREQ=DAILY;COUNT=400",
                                  "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;COUNT=1"])
def test_p14_not_even_a_file_full_of_the_worst_rules_takes_long(rule):
    raw = ics(*(event("DTSTART:20270302T080000", f"RRULE:{rule}", uid=f"{number}@x") for number in range(1900)))

    assert refused(raw)


def test_p14_thirty_megabytes_are_refused_at_once():
    assert refused(b"BEGIN:VCALENDAR\r\n" * 1_800_000) == [("ics_too_large", {"line": 1, "uid": "", "limit": "1 MB"})]


@pytest.mark.parametrize("raw", [b"BEGIN:VCALENDAR\r\n" * 50_000, b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VTODO\r\nEND:VTODO\r\n" * 40_000, b"\n" * 900_000,
                                 b" " * 900_000, b"A;" * 450_000, b"A" + b";B=," * 200_000 + b":", b'A;B="' + b"," * 900_000,
                                 ics(event("DTSTART:20270302T080000", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:" + "20270302T080000," * 60_000)),
                                 ics(event("DTSTART:20270302T080000", "RDATE:" + ",".join(["20270302T080000"] * 60_000)))])
def test_a_large_file_without_sense_is_refused_in_time(raw):
    assert refused(raw)


def test_dates_taken_off_added_and_moved_are_put_together():
    found = one(
        event("DTSTART;TZID=Asia/Ho_Chi_Minh:20270301T080000", "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE;TZID=Asia/Ho_Chi_Minh:20270308T080000",
              "EXDATE;VALUE=DATE:20270329"),
        event("DTSTART;TZID=Asia/Ho_Chi_Minh:20270316T100000", "RECURRENCE-ID:20270315T010000Z", title="Giao ban quý"),
        event("DTSTART;TZID=Asia/Ho_Chi_Minh:20270322T080000", "RECURRENCE-ID;TZID=Asia/Saigon:20270322T080000", "STATUS:CANCELLED"))

    assert starts(found) == ["03-01 08:00", "03-16 10:00"]
    assert [(one.slot_at.day, one.title, one.cancelled) for one in found.dates] == [(1, "", False), (15, "Giao ban quý", False), (22, "", True)]
    assert [at.day for at in found.taken_off] == [8, 29]
    assert found.rule


def test_dates_picked_by_hand_stand_beside_the_first():
    found = one(event("DTSTART:20270302T080000", "RDATE:20270304T080000,20270310T140000"))

    assert (starts(found), found.rule, found.is_series) == (["03-02 08:00", "03-04 08:00", "03-10 14:00"], "", True)


def test_one_date_alone_of_a_series_is_known_as_a_part_of_it():
    found = one(event("DTSTART:20270316T100000", "RECURRENCE-ID:20270315T010000Z"))

    assert (found.is_part, starts(found), found.dates[0].slot_at) == (True, ["03-16 10:00"], datetime(2027, 3, 15, 1, tzinfo=UTC))


@pytest.mark.parametrize("lines", [("RECURRENCE-ID;RANGE=THISANDFUTURE:20270309T010000Z",), ("RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=DAILY;COUNT=3"),
                                   ("EXRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=DAILY;COUNT=3"), ("SEQUENCE:-1",), ("SEQUENCE:x",)])
def test_what_would_be_guessed_at_is_refused(lines):
    assert len(refused(ics(event("DTSTART:20270302T080000", *lines)))) == 1


def test_p19_alarms_are_kept_as_minutes_before_the_start_and_a_broken_one_is_skipped():
    alarms = "\n".join(f"BEGIN:VALARM\nACTION:{action}\n{trigger}\nEND:VALARM" for action, trigger in (
        ("DISPLAY", "TRIGGER:-PT15M"), ("EMAIL", "TRIGGER:-PT15M"), ("DISPLAY", "TRIGGER;VALUE=DATE-TIME:20270310T063000Z"),
        ("DISPLAY", "TRIGGER;RELATED=END:-PT5M"), ("DISPLAY", "TRIGGER:-15M")))

    found = read_calendar(ics(event("DTSTART;TZID=Asia/Ho_Chi_Minh:20270310T140000", alarms)))

    assert found.conferences[0].reminders == (30, 15, -55)
    assert [(warned.reason, warned.line, warned.uid) for warned in found.warnings] == [("ics_alarm", 28, "a@example")]


def test_u17_p08_a_letter_that_folding_cut_in_two_survives():
    title = "Hội nghị trực tuyến toàn quốc triển khai Nghị quyết về chuyển đổi số ở các xã, phường, đặc khu"
    raw = ics(event(title=title.replace(",", "\\,")))
    place = raw.index(b"SUMMARY:")
    for cut in range(place + 9, place + 60):
        folded = raw[:cut] + b"\r\n " + raw[cut:]

        found, = read_calendar(folded).conferences
        assert found.title == title


def test_text_is_composed_whatever_form_it_came_in():
    assert one(event(title="Ho\u0323p giao ban")).title == "Họp giao ban"


@pytest.mark.parametrize("title", ["Giao ban\\nDTSTART:20270101T000000Z", "Giao\u202eban", "x" * 301, "a" + "\u0301" * 9])
def test_a_title_that_no_screen_should_show_is_refused(title):
    problem, = refused(ics(event(title=title, uid="t@y")))

    assert (problem[0].startswith("text_"), problem[1]["uid"]) == (True, "t@y")


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f"])
def test_a_control_character_is_refused_with_its_line(sign):
    problem, = refused(ics(event(title=f"Giao{sign}ban")))

    assert problem == ("ics_control", {"line": 7, "uid": ""})


def test_bytes_that_are_not_utf_8_are_refused_with_their_line():
    assert refused(ics(event(title="Giao ban")).replace(b"Giao", b"Gi\xe3o")) == [("ics_not_utf8", {"line": 7, "uid": ""})]


@pytest.mark.parametrize("change", [lambda raw: b"\xef\xbb\xbf" + raw, lambda raw: raw.replace(b"\r\n", b"\n"),
                                    lambda raw: raw.replace(b"\r\n", b"\r"), lambda raw: raw.rstrip(),
                                    lambda raw: raw.replace(b"BEGIN:VEVENT", b"begin:vevent")])
def test_what_every_calendar_program_forgives_is_forgiven(change):
    assert read_calendar(change(ics(event()))).conferences[0].title == "Giao ban"


def test_everything_that_is_wrong_is_said_at_once():
    problems = refused(ics(event("DTSTART;TZID=Nowhere:20270310T140000"), event("DTSTART:20270310T140000", lasts="", uid="b"),
                           event("DTSTART:20270310T140000", "RRULE:FREQ=SECONDLY;COUNT=3", uid="c"), event("DTSTART:tomorrow", uid="d"),
                           event("", uid="e"), "SUMMARY:x"))

    assert {(facts["uid"], reason) for reason, facts in problems} == {
        ("a@example", "ics_unknown_zone"), ("b", "end_not_after_start"), ("c", "rule_frequency"), ("d", "ics_bad_time"), ("e", "ics_no_start"),
        ("", "ics_uid_missing")}


@pytest.mark.parametrize("raw", [b"", b"   \r\n", b"PK\x03\x04", "Ngày;Giờ\n1;2".encode(), b"BEGIN:VCARD\r\nEND:VCARD\r\n", b"END:VCALENDAR",
                                 ics(event(), head="METHOD:REPLY"), ics(event()).replace(b"VERSION:2.0", b"VERSION:1.0"), b"<html>"])
def test_what_is_no_calendar_to_bring_in_is_refused(raw):
    assert refused(raw)


@pytest.mark.parametrize("head", ["METHOD:CANCEL", "METHOD:cancel"])
def test_a_cancelling_file_is_read_as_cancelling(head):
    assert one(event(), head=head).cancelled


def test_a_cancelled_conference_needs_no_time():
    assert one(event("", "STATUS:CANCELLED", lasts="")).cancelled


def test_of_two_that_say_they_are_the_same_the_newer_counts():
    found = read_calendar(ics(event("DTSTART:20270302T080000", "SEQUENCE:2", title="Mới"), event("DTSTART:20270302T080000", title="Cũ")))

    assert ([one.title for one in found.conferences], [one.reason for one in found.warnings]) == (["Mới"], ["ics_older_left_out"])


def test_two_that_are_equally_new_are_refused():
    assert refused(ics(event(), event(title="Khác")))[0][0] == "ics_uid_twice"


def test_other_components_and_attachments_are_left_out_with_a_warning():
    raw = ics(event("DTSTART:20270302T080000", "ATTACH:http://x.example/a.pdf", "LOCATION:Hà Nội"))
    raw = raw.replace(b"END:VCALENDAR", b"BEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\nEND:VCALENDAR")

    assert [one.reason for one in read_calendar(raw).warnings] == ["ics_left_out_component", "ics_left_out_attach", "ics_left_out_location"]


SAMPLE = ics(
    event("DTSTART;TZID=Văn phòng:20270301T080000", "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE;TZID=Văn phòng:20270308T080000",
          "BEGIN:VALARM", "TRIGGER:-PT15M", "END:VALARM", "ATTENDEE;CN=\"Ông A, Bà B\":mailto:a@b.example"),
    event("DTSTART;VALUE=DATE:20270505", uid="b@example", lasts="", title="Đường Lâm\\, tầng 2"), head=OWN_ZONE)


def read_or_refused(raw: bytes) -> None:
    begun = time.process_time()
    try:
        read_calendar(raw)
    except InvalidInput as error:
        assert error.problems
        assert all("line" in dict(problem.facts) for problem in error.problems)
    assert time.process_time() - begun < LONG_ENOUGH_S


@pytest.mark.parametrize("step", range(7))
def test_a_file_cut_at_any_byte_is_refused_or_read(step):
    for cut in range(step, len(SAMPLE), 7):
        read_or_refused(SAMPLE[:cut])


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_read(raw):
    read_or_refused(raw)
    read_or_refused(b"BEGIN:VCALENDAR\r\n" + raw + b"\r\nEND:VCALENDAR")


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, len(SAMPLE)), st.integers(0, 40), st.binary(max_size=20))
def test_a_file_with_anything_in_it_replaced_is_refused_or_read(place, length, other):
    read_or_refused(SAMPLE[:place] + other + SAMPLE[place + length:])


WORDS = st.sampled_from(["FREQ", "DAILY", "YEARLY", "COUNT", "UNTIL", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYSETPOS", "BYWEEKNO", "MO", "-1", "53",
                         "0", "99999999999", "20270302", "20270302T080000Z", "=", ";", ",", ":", "P", "PT", "T", "1H", "\u0664", "TZID", '"', "\\n"])


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["RRULE:FREQ=", "DTSTART", "DTEND:", "DURATION:", "EXDATE:", "RDATE;VALUE=PERIOD:", "RECURRENCE-ID", "SEQUENCE:", "UID:"]),
       st.lists(WORDS, max_size=8).map("".join))
def test_any_value_of_a_property_is_refused_or_read(name, value):
    read_or_refused(ics(event("DTSTART:20270302T080000", name + value)))
    read_or_refused(ics(event(name + value)))
