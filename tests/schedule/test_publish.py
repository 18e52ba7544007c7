"""Publishing a week."""

import json
import threading
from datetime import UTC, datetime

import pytest
from builders import Place, a_person, a_profile, a_span
from sqlalchemy import text

from roomctl.booking import tables as booking_tables
from roomctl.booking.amend import Amendment, amend_conference
from roomctl.booking.invariants import checked
from roomctl.booking.reorganise import merge_units
from roomctl.database import db
from roomctl.errors import Conflict, InvalidInput, NotAllowed, Refused
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import user_by_id
from roomctl.schedule import tables
from roomctl.schedule.publish import digest_of, publish_week
from roomctl.security_profiles.profile import Classification

TITLE = "Giao ban tuần"


def publish(place, *, by=None, **facts) -> int:
    return publish_week(place.centre, 2027, 9, **{"by": by or place.clerk, **facts})


def published(unit) -> tables.WeekPublication:
    return tables.last_publication(unit.id, 2027, 9)


def test_each_publication_is_the_next_version(place):
    assert [publish(place), publish(place), publish(place)] == [1, 2, 3]


def test_each_week_and_each_unit_counts_its_own_versions(place):
    publish(place)
    by = a_person(place.province, Role.STAFF)

    assert publish_week(place.centre, 2027, 10, by=place.clerk) == 1
    assert publish_week(place.province, 2027, 9, by=by) == 1


def test_what_is_kept_of_a_conference_says_when_and_where_and_not_what_about(place):
    place.book(attendees="Giám đốc các sở", on_behalf_of="Ông Bộ trưởng")

    publish(place)

    line, = published(place.centre).lines
    assert line | {"digest": ""} == {
        "occurrence": 1, "start": "2027-03-02T01:00:00+00:00", "end": "2027-03-02T02:00:00+00:00", "room": place.hall.id,
        "rooms": [place.hall.id, place.room.id], "state": "requested", "sites": 2, "digest": ""}
    assert not [word for word in (TITLE, "Giám đốc", "Bộ trưởng", "Chủ trì") if word in json.dumps(line, ensure_ascii=False)]


def test_a_units_schedule_holds_what_stands_in_its_rooms_and_below(place):
    place.book(room_ids=(place.other_room.id,), host_room_id=place.other_room.id)
    here = place.book(room_ids=(place.room.id,), host_room_id=place.room.id)

    publish_week(place.province, 2027, 9, by=a_person(place.province, Role.STAFF))

    assert [line["occurrence"] for line in published(place.province).lines] == [booking_tables.conference_by_id(here).occurrences[0].id]


def test_the_digest_differs_between_occurrences_of_one_title_and_between_installations(place, app):
    for start in ("2027-03-02T01:00", "2027-03-02T03:00"):
        place.book(span=a_span(start))
    first, second = (booking_tables.conference_by_id(number).occurrences[0] for number in (1, 2))

    digests = {digest_of(first), digest_of(second)}
    (app.config["SETTINGS"].home / "secrets" / "week-digest-key").unlink()

    assert len(digests | {digest_of(first)}) == 3


def test_a_title_that_changes_changes_the_digest(place):
    conference_id = place.book()
    before = digest_of(booking_tables.conference_by_id(conference_id).occurrences[0])

    amend_conference(conference_id, Amendment(title="Giao ban tháng"), by=place.clerk)

    assert digest_of(booking_tables.conference_by_id(conference_id).occurrences[0]) != before


def test_who_publishes_when_and_with_which_note_is_kept_and_in_the_trail(place, set_clock):
    publish(place, note="  Thay lịch ngày 26/02 ")

    row = published(place.centre)
    assert (row.published_at, row.published_by, row.note) == (datetime(2027, 3, 1, 1, tzinfo=UTC), place.clerk.id, "Thay lịch ngày 26/02")
    header = json.loads(db.session.scalar(text("SELECT header FROM trail_entries WHERE kind = 'week_published'")))
    assert (header["actor"], header["subject"], header["unit"]) == (place.clerk.id, "week:2027-W09", place.centre.id)


def test_u08_the_same_form_sent_twice_publishes_once(place):
    assert [publish(place, key="k"), publish(place, key="k"), published(place.centre).version] == [1, 1, 1]
    assert [broken for broken in checked().values() if broken] == []


@pytest.mark.parametrize("who", ["stranger", "chair", "technician", "officer", "administrator", "province_approver"])
def test_only_staff_and_approvers_of_the_unit_publish_its_week(place, who):
    with pytest.raises(NotAllowed):
        publish(place, by=getattr(place, who))

    assert published(place.centre) is None


def test_staff_of_a_unit_above_do_not_publish_for_one_below(place):
    with pytest.raises(NotAllowed):
        publish_week(place.province, 2027, 9, by=place.clerk)


def test_an_approver_of_the_unit_publishes(place):
    assert publish(place, by=place.centre_approver) == 1


def test_a_week_that_is_over_is_not_published_any_more(place, set_clock):
    set_clock.forward(days=7)

    with pytest.raises(Refused, match="week_over"):
        publish(place)


def test_a_week_that_the_year_does_not_have_is_refused(place):
    with pytest.raises(InvalidInput) as caught:
        publish_week(place.centre, 2027, 53, by=place.clerk)

    assert [(one.field, one.reason) for one in caught.value.problems] == [("week", "no_such_week")]


def test_a_note_that_no_screen_should_show_is_refused_and_nothing_published(place):
    with pytest.raises(InvalidInput) as caught:
        publish(place, note="x\x07")

    assert ([one.reason for one in caught.value.problems], published(place.centre)) == (["text_control"], None)


def test_a_unit_that_was_merged_publishes_nothing(place):
    merge_units([place.other_province.id], into=place.province.id, by=place.administrator, reason="NQ")
    db.session.expire_all()

    with pytest.raises((Conflict, NotAllowed)):
        publish_week(place.other_province, 2027, 9, by=user_by_id(place.stranger.id))


def test_a_classified_conference_is_published_by_what_stands_for_its_code_name(place):
    place.book(profile_id=a_profile(Classification.CONFIDENTIAL).id, title="", code_name="SAO MAI")

    publish(place)

    assert "SAO MAI" not in json.dumps(published(place.centre).lines, ensure_ascii=False)


def test_two_who_publish_at_once_make_two_versions_in_order(app_on, set_clock):
    place = Place()
    unit_id, by_id, made = place.centre.id, place.clerk.id, []
    db.session.remove()
    barrier = threading.Barrier(4)

    def run() -> None:
        with app_on.app_context():
            by = user_by_id(by_id)
            unit = by.unit
            assert unit.id == unit_id
            barrier.wait()
            made.append(publish_week(unit, 2027, 9, by=by))
            db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(made) == [1, 2, 3, 4]
