"""The approver's queue."""

import pytest
from builders import a_person, a_profile, a_room, a_span

from roomctl.booking import decide, escalate, mandatory, tables
from roomctl.database import write_transaction
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from web.browser import Page

QUEUE = "/staff/approvals"


@pytest.fixture
def waiting(place):
    """Return the reservation of the province's room, which waits for its approver."""
    place.book()
    return decide.queue_of(place.province_approver)[0].id


def state_of(reservation_id: int) -> str:
    return tables.reservation_for_update(reservation_id).state


def test_an_approver_sees_what_waits_for_their_unit(place, waiting, signed_in):
    page = signed_in(place.province_approver).page(QUEUE)

    assert "Giao ban tuần" in page.text
    assert f"{QUEUE}/{waiting}/grant" in page.actions


def test_an_approver_of_another_unit_sees_nothing_of_it(place, waiting, signed_in):
    assert "Giao ban tuần" not in signed_in(place.other_approver).page(QUEUE).text


def test_a_room_is_granted_with_one_press(place, waiting, signed_in):
    answer = signed_in(place.province_approver).send(f"{QUEUE}/{waiting}/grant", page=QUEUE)

    assert (answer.status_code, state_of(waiting)) == (303, "granted")


def test_a_room_is_refused_with_a_reason_that_the_organizer_reads(place, waiting, signed_in):
    signed_in(place.province_approver).send(f"{QUEUE}/{waiting}/refusal", {"reason": "Phòng đang sửa"}, page=QUEUE)

    assert state_of(waiting) == "refused"
    assert "Phòng đang sửa" in signed_in(place.clerk).page("/staff/notices").text


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("typed", "reason", "facts"), [("  ", "reason_missing", {}), ("x" * 301, "text_too_long", {"limit": 300}),
                                                        ("a\x07", "text_control", {})])
def test_a_reason_that_cannot_be_kept_is_asked_for_again(place, waiting, signed_in, sentence, typed, reason, facts, language):
    answer = signed_in(place.province_approver, language).send(f"{QUEUE}/{waiting}/refusal", {"reason": typed}, page=QUEUE)

    page = Page(answer.text)
    assert (answer.status_code, state_of(waiting)) == (422, "requested")
    assert sentence(reason, language, **facts) in page.text
    assert page.value("reason") == typed


@pytest.mark.parametrize("what", ["grant", "refusal"])
def test_the_room_of_another_unit_is_not_theirs_and_the_try_is_recorded(place, waiting, signed_in, counted, what):
    answer = signed_in(place.other_approver).send(f"{QUEUE}/{waiting}/{what}", {"reason": "x"}, page=QUEUE)

    assert (answer.status_code, state_of(waiting)) == (403, "requested")
    assert counted(f"trail_entries WHERE kind = 'access_refused' AND subject = 'reservation:{waiting}'") == 1


def test_an_approver_of_the_unit_above_does_not_decide_for_the_unit_below(place, waiting, signed_in):
    answer = signed_in(place.centre_approver).send(f"{QUEUE}/{waiting}/grant", page=QUEUE)

    assert (answer.status_code, state_of(waiting)) == (403, "requested")


def test_a_clerk_decides_on_nothing(place, waiting, signed_in):
    answer = signed_in(place.clerk).send(f"{QUEUE}/{waiting}/grant")

    assert (answer.status_code, state_of(waiting)) == (403, "requested")


def test_nobody_decides_on_their_own_request(place, signed_in, sentence):
    both = a_person(place.province, Role.STAFF, Role.APPROVER)
    room = a_room(place.province, open_to="nobody")
    place.book(by=both, room_ids=(room.id,), host_room_id=room.id)
    reservation = decide.queue_of(place.province_approver)[0].id

    client = signed_in(both)
    answer = client.send(f"{QUEUE}/{reservation}/grant", page=QUEUE)

    assert (answer.status_code, state_of(reservation)) == (422, "requested")
    assert sentence("own_request") in Page(answer.text).text
    assert f"{QUEUE}/{reservation}/grant" not in client.page(QUEUE).actions


def test_deciding_twice_is_told_and_done_once(place, waiting, signed_in, sentence):
    client = signed_in(place.province_approver)
    client.send(f"{QUEUE}/{waiting}/grant", page=QUEUE)

    answer = client.send(f"{QUEUE}/{waiting}/refusal", {"reason": "Muộn"}, page=QUEUE)

    assert (answer.status_code, state_of(waiting)) == (409, "granted")
    assert sentence("already_decided") in Page(answer.text).text


def test_a_reservation_that_is_not_there_is_not_found(place, signed_in):
    assert signed_in(place.province_approver).send(f"{QUEUE}/999/grant", page=QUEUE).status_code == 404


def test_a_conference_that_is_over_is_not_decided_any_more(place, waiting, signed_in, set_clock, sentence):
    set_clock.forward(days=2)

    answer = signed_in(place.province_approver).send(f"{QUEUE}/{waiting}/grant", page=QUEUE)

    assert answer.status_code == 422
    assert sentence("conference_over") in Page(answer.text).text


# A week, a series, who waits behind, taking back


def on_day(place, day: int, **facts) -> int:
    """Ask for the province's room alone at 08:00 on a day of March; return the reservation's id."""
    conference = place.book(room_ids=(place.room.id,), host_room_id=place.room.id, span=a_span(f"2027-03-{day:02}T01:00"), **facts)
    return tables.conference_by_id(conference).occurrences[0].reservations[0].id


def behind_it(place, minutes: int = 30, **facts) -> int:
    """Ask for the province's room while it is taken from 08:00, and wait for it; return the reservation's id."""
    own = a_room(place.centre)
    span = a_span(f"2027-03-02T01:{minutes:02}")
    conference = place.book(room_ids=(own.id, place.room.id), host_room_id=own.id, wait_for=frozenset({place.room.id}), span=span, **facts)
    return next(one.id for one in tables.conference_by_id(conference).occurrences[0].reservations if one.room_id == place.room.id)


def decision(*ids: int, what: str = "grant", **facts) -> dict:
    return {"ids": [str(one) for one in ids], "decision": what, **facts}


def test_a_whole_week_is_decided_with_one_press(place, signed_in):
    this_week, next_week = [on_day(place, 2), on_day(place, 4)], on_day(place, 9)
    client = signed_in(place.province_approver)

    page = client.page(f"{QUEUE}?week=2027-9")
    ticked = [int(one["value"]) for one in page.named("input", name="ids", type="checkbox") if "checked" in one]
    answer = client.send(f"{QUEUE}/decisions", decision(*ticked), page=QUEUE)

    assert (answer.status_code, ticked) == (303, this_week)
    assert [state_of(one) for one in (*this_week, next_week)] == ["granted", "granted", "requested"]


def test_nothing_is_ticked_before_somebody_has_ticked_it_but_on_the_page_of_one_week(place, waiting, signed_in):
    page = signed_in(place.province_approver).page(QUEUE)

    assert [one for one in page.named("input", name="ids", type="checkbox") if "checked" in one] == []


def test_the_weeks_that_something_waits_in_are_named_with_how_much(place, signed_in):
    on_day(place, 2), on_day(place, 4), on_day(place, 9)

    page = signed_in(place.province_approver).page(QUEUE)

    assert "Tuần 9/2027: 2 mục" in page.text
    assert "Tuần 10/2027: 1 mục" in page.text


@pytest.mark.parametrize("week", ["", "x", "2027-99", "9-2027", "2027-9-1", "٢"])
def test_a_week_that_is_none_shows_all(place, waiting, signed_in, week):
    assert "Giao ban tuần" in signed_in(place.province_approver).page(f"{QUEUE}?week={week}").text


def test_what_cannot_be_decided_is_named_on_its_line_and_nothing_is_done(place, signed_in, sentence):
    first, second = on_day(place, 2), on_day(place, 3)
    own = on_day(place, 4, by=a_person(place.centre, Role.STAFF))
    client = signed_in(place.province_approver)
    with write_transaction():
        tables.reservation_for_update(own).occurrence.conference.organizer_id = place.province_approver.id

    answer = client.send(f"{QUEUE}/decisions", decision(first, second, own), page=QUEUE)

    assert (answer.status_code, [state_of(one) for one in (first, second)]) == (409, ["requested", "requested"])
    assert sentence("not_all_decided", count=1) in Page(answer.text).text
    assert {int(one["value"]) for one in Page(answer.text).named("input", name="ids", form="chosen") if "checked" in one} == {first, second}


@pytest.mark.parametrize(("form", "reason"), [({"decision": "grant"}, "nothing_chosen"), ({"decision": "refuse", "reason": ""}, "reason_missing"),
                                              ({}, "bad_form")])
def test_nothing_chosen_and_no_reason_are_asked_for_again(place, waiting, signed_in, sentence, form, reason):
    chosen = {} if reason == "nothing_chosen" else {"ids": [str(waiting)]}

    answer = signed_in(place.province_approver).send(f"{QUEUE}/decisions", {**chosen, **form}, page=QUEUE)

    assert (answer.status_code, state_of(waiting)) == (422, "requested")
    assert sentence(reason) in Page(answer.text).text


def test_several_are_refused_for_one_reason(place, signed_in):
    ids = [on_day(place, 2), on_day(place, 3)]

    signed_in(place.province_approver).send(f"{QUEUE}/decisions", decision(*ids, what="refuse", reason_for_all="Sửa phòng"), page=QUEUE)

    assert [state_of(one) for one in ids] == ["refused", "refused"]


def test_the_rooms_of_a_series_are_one_line_with_its_dates(place, signed_in):
    ids = [on_day(place, 2), on_day(place, 9), on_day(place, 16)]
    with write_transaction():
        first = tables.reservation_for_update(ids[0]).occurrence.conference_id
        for one in ids:
            tables.reservation_for_update(one).occurrence.conference_id = first

    page = signed_in(place.province_approver).page(QUEUE)

    assert len(page.named("article")) == 1
    assert [one["value"] for one in page.named("input", name="ids", form="chosen")] == [str(one) for one in ids]
    assert "Duyệt cả 3 ngày" in page.text


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("change", "words"), [("new", "mới"), ("time", "đổi giờ"), ("longer", "dài hơn"), ("room", "đổi phòng"),
                                               ("profile", "đổi hồ sơ bảo mật")])
def test_p12_an_approver_sees_what_is_new_and_what_was_changed(place, waiting, signed_in, change, words, language):
    with write_transaction():
        tables.reservation_for_update(waiting).change = change

    page = signed_in(place.province_approver, language).page(QUEUE)

    if language == "vi":
        assert words in page.text
    assert len(page.named("span", class_="change")) == 1


def test_u12_the_page_names_who_waits_behind_and_what_becomes_of_them_either_way(place, signed_in):
    holder, waits = on_day(place, 2), behind_it(place, title="Họp tổ bầu cử")

    page = signed_in(place.province_approver).page(f"{QUEUE}/{holder}")

    assert "“Họp tổ bầu cử”" in page.text
    assert "các yêu cầu này bị từ chối" in page.text
    assert "Nếu từ chối, “Họp tổ bầu cử” sẽ giữ chỗ." in page.text
    assert [one["value"] for one in page.named("input", name="know")] == [str(waits)]
    assert "checked" not in page.named("input", name="know")[0]


def test_u12_granting_needs_the_tick_and_the_loser_reads_why_and_what_is_free(place, signed_in, sentence):
    free = a_room(place.province, "Phòng họp số 2")
    holder, waits = on_day(place, 2), behind_it(place, title="Họp tổ bầu cử")
    client = signed_in(place.province_approver)

    without = client.send(f"{QUEUE}/decisions", decision(holder, opened=str(holder)), page=QUEUE)
    ticked = client.send(f"{QUEUE}/decisions", decision(holder, opened=str(holder), know=str(waits)), page=QUEUE)

    assert (without.status_code, ticked.status_code) == (422, 303)
    assert sentence("others_wait", count=1) in Page(without.text).text
    assert (state_of(holder), state_of(waits)) == ("granted", "refused")
    assert free.name in signed_in(place.clerk).page("/staff/notices").text


def test_u12_with_others_behind_there_is_no_button_that_grants_unseen(place, signed_in):
    holder = on_day(place, 2)
    behind_it(place)

    page = signed_in(place.province_approver).page(QUEUE)

    assert f"{QUEUE}/{holder}/grant" not in page.actions
    assert page.named("input", name="ids", form="chosen") == []
    assert f"{QUEUE}/{holder}" in page.links


def test_of_a_restricted_conference_that_waits_only_busy_is_shown_to_who_need_not_know(place, signed_in):
    secret = a_profile(Classification.INTERNAL)
    holder = on_day(place, 2)
    waits = behind_it(place, profile_id=secret.id, title="Kiểm điểm cán bộ")
    with write_transaction():
        tables.reservation_for_update(waits).deciding_unit_id = place.centre.id

    text = signed_in(place.province_approver).page(f"{QUEUE}/{holder}").text

    assert ("Kiểm điểm" in text, "“Bận”" in text) == (False, True)


def test_a_decision_is_taken_back_with_one_press(place, waiting, signed_in):
    client = signed_in(place.province_approver)
    client.send(f"{QUEUE}/{waiting}/grant", page=QUEUE)
    page = client.page(QUEUE)

    answer = client.send(f"{QUEUE}/undoing", {"ids": str(waiting)}, page=QUEUE)

    assert "Rút lại (đến 08:10)" in page.text
    assert (answer.status_code, state_of(waiting)) == (303, "requested")


def test_after_the_time_there_is_no_button_and_the_press_is_refused(place, waiting, signed_in, set_clock, sentence):
    client = signed_in(place.province_approver)
    client.send(f"{QUEUE}/{waiting}/grant", page=QUEUE)
    set_clock.forward(minutes=10)

    assert f"{QUEUE}/undoing" not in client.page(QUEUE).actions
    answer = client.send(f"{QUEUE}/undoing", {"ids": str(waiting)}, page=QUEUE)

    assert (answer.status_code, state_of(waiting)) == (422, "granted")
    assert sentence("undo_too_late", minutes=10) in Page(answer.text).text


def test_what_went_up_is_shown_as_gone_up_and_not_to_be_decided(place, waiting, signed_in, set_clock):
    set_clock.at = tables.reservation_for_update(waiting).deadline_at
    escalate.escalate_overdue()

    page = signed_in(place.province_approver).page(QUEUE)

    assert f"đã chuyển lên {place.centre.name}" in page.text
    assert f"{QUEUE}/{waiting}/grant" not in page.actions
    assert f"{QUEUE}/{waiting}/grant" in signed_in(place.centre_approver).page(QUEUE).actions


def test_p13_the_room_of_another_unit_is_not_decided_by_who_books_it_and_the_try_is_recorded(place, signed_in, counted):
    both = a_person(place.province, Role.STAFF, Role.APPROVER)
    conference = tables.conference_by_id(place.book(by=both, room_ids=(place.room.id, place.other_room.id), host_room_id=place.room.id))
    ours, theirs = sorted((one.id, one.room_id) for one in conference.occurrences[0].reservations)

    answer = signed_in(both).send(f"{QUEUE}/{theirs[0]}/grant", page=QUEUE)

    assert (answer.status_code, state_of(ours[0]), state_of(theirs[0])) == (403, "granted", "requested")
    assert counted(f"trail_entries WHERE kind = 'access_refused' AND subject = 'reservation:{theirs[0]}'") == 1


@pytest.mark.parametrize("who", ["other_approver", "centre_approver"])
def test_the_page_of_a_request_is_for_who_decides_it(place, waiting, signed_in, who):
    assert signed_in(getattr(place, who)).get(f"{QUEUE}/{waiting}").status_code == 404


def test_a_room_that_a_mandatory_conference_has_can_only_not_serve(place, waiting, signed_in):
    mandatory.make_mandatory(tables.reservation_for_update(waiting).occurrence.conference_id, by=place.centre_approver)
    client = signed_in(place.province_approver)
    page = client.page(QUEUE)

    without = client.send(f"{QUEUE}/{waiting}/cannot-serve", {"reason": " "}, page=QUEUE)
    said = client.send(f"{QUEUE}/{waiting}/cannot-serve", {"reason": "Mất điện"}, page=QUEUE)

    assert {f"{QUEUE}/{waiting}/cannot-serve", f"{QUEUE}/{waiting}/grant"} & page.actions == {f"{QUEUE}/{waiting}/cannot-serve"}
    assert (without.status_code, said.status_code, state_of(waiting)) == (422, 303, "refused")
    assert "Mất điện" in signed_in(place.clerk).page("/staff/notices").text
