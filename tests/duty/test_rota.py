"""The rota: who is on duty, and what one turn tells the next."""

import threading
from datetime import timedelta

import pytest
from builders import NOW, a_person, fresh
from sqlalchemy import select, text

from roomctl.booking.reorganise import merge_units
from roomctl.database import db
from roomctl.duty import alerts, on_call, rota
from roomctl.duty.rota_tables import DutyTurn
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import User
from roomctl.timespan import Span

SHIFT = Span(NOW, NOW + timedelta(hours=8))


def plan(place, person, span: Span = SHIFT, *, unit=None, by=None, **facts) -> int:
    return rota.plan_turn((unit or place.province).id, person.id, span, phone=facts.pop("phone", ""), by=by or place.technician, **facts)


def turns() -> list[DutyTurn]:
    db.session.rollback()
    return list(db.session.scalars(select(DutyTurn).order_by(DutyTurn.id)).unique())


def trail_kinds() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(text("SELECT kind FROM trail_entries WHERE kind LIKE 'duty%' ORDER BY seq")))


def names(called: tuple[on_call.OnCall, ...]) -> list[str]:
    return [one.name for one in called]


def test_a_technician_is_put_on_duty_with_an_entry_in_the_trail(place, province_technician):
    plan(place, province_technician, phone="0912 345 678")

    one, = turns()
    assert (one.user_id, one.span, one.phone, one.made_by, trail_kinds()) == (
        province_technician.id, SHIFT, "0912 345 678", place.technician.id, ["duty_turn_planned"])


def test_the_same_turn_again_is_the_one_that_is_there(place, province_technician):
    assert plan(place, province_technician) == plan(place, province_technician)
    assert trail_kinds() == ["duty_turn_planned"]


def test_a_turn_that_meets_another_is_planned_only_by_who_knows_of_it(place, province_technician):
    plan(place, province_technician)

    with pytest.raises(rota.TurnMeetsTurns) as refused:
        plan(place, place.technician, Span(NOW + timedelta(hours=7), NOW + timedelta(hours=12)))
    plan(place, place.technician, Span(NOW + timedelta(hours=7), NOW + timedelta(hours=12)), known=1)

    assert [turn.user_id for turn in refused.value.met] == [province_technician.id]
    assert len(turns()) == 2


def test_one_turn_ends_where_the_next_begins(place, province_technician):
    plan(place, province_technician)
    plan(place, place.technician, Span(SHIFT.end, SHIFT.end + timedelta(hours=8)))

    assert len(turns()) == 2


@pytest.mark.parametrize(("span", "reason"), [
    (Span(NOW, NOW), "end_not_after_start"), (Span(NOW, NOW + timedelta(days=8)), "duty_turn_too_long"),
    (Span(NOW - timedelta(hours=9), NOW - timedelta(hours=1)), "duty_turn_over")])
def test_a_turn_that_cannot_be_is_refused(place, province_technician, span, reason):
    with pytest.raises(InvalidInput) as refused:
        plan(place, province_technician, span)

    assert [problem.reason for problem in refused.value.problems] == [reason]


def test_only_a_technician_of_the_unit_or_above_it_is_put_on_duty(place):
    others = [place.clerk, a_person(place.other_province, Role.TECHNICIAN)]

    for person in others:
        with pytest.raises(InvalidInput) as refused:
            plan(place, person)
        assert [problem.reason for problem in refused.value.problems] == ["no_technician_of_unit"]
    plan(place, place.technician)


def test_a_technician_of_another_province_plans_nothing_here(place, province_technician):
    with pytest.raises(NotAllowed):
        plan(place, province_technician, by=a_person(place.other_province, Role.TECHNICIAN))


def test_a_cancelled_turn_is_cancelled_once(place, province_technician):
    turn_id = plan(place, province_technician)

    for _ in range(2):
        rota.cancel_turn(turn_id, by=place.technician)

    assert trail_kinds() == ["duty_turn_planned", "duty_turn_cancelled"]
    assert names(on_call.nearest([place.province.path], NOW)[place.province.path]) == [province_technician.name]
    assert on_call.nearest([place.province.path], NOW)[place.province.path][0].until is None


# Handing over


def test_what_a_turn_hands_over_is_read_by_whoever_looks_after_the_unit_next(place, province_technician):
    turn_id = plan(place, province_technician)
    rota.hand_over(turn_id, "Cà Mau mất đường truyền\r\nđã báo nhà mạng", by=province_technician)

    next_one = a_person(place.province, Role.TECHNICIAN)
    assert [turn.handover for turn in rota.handed_over(next_one)] == ["Cà Mau mất đường truyền\nđã báo nhà mạng"]
    assert rota.handed_over(province_technician) == []
    assert rota.handed_over(a_person(place.other_province, Role.TECHNICIAN)) == []


def test_a_handover_is_forgotten_after_three_days(place, province_technician, set_clock):
    rota.hand_over(plan(place, province_technician), "Không có việc tồn đọng", by=province_technician)
    set_clock.forward(days=3, minutes=1)

    assert rota.handed_over(a_person(place.province, Role.TECHNICIAN)) == []


def test_nobody_writes_another_persons_handover(place, province_technician):
    with pytest.raises(NotAllowed):
        rota.hand_over(plan(place, province_technician), "x", by=place.technician)


def test_the_trail_says_that_was_handed_over_and_not_what(place, province_technician):
    rota.hand_over(plan(place, province_technician), "Chuyện riêng của ca", by=province_technician)

    payloads = db.session.scalars(text("SELECT payload FROM trail_payloads")).all()
    assert trail_kinds()[-1] == "duty_handed_over"
    assert not [one for one in payloads if "Chuyện riêng".encode() in bytes(one)]


@pytest.mark.parametrize(("length", "is_late"), [(timedelta(hours=19), False), (timedelta(hours=21), True)])
def test_a_handover_may_be_written_until_twelve_hours_after_the_turn(place, province_technician, set_clock, length, is_late):
    turn_id = plan(place, province_technician)
    set_clock.at = NOW + length

    if is_late:
        with pytest.raises(Conflict, match="duty_turn_not_now"):
            rota.hand_over(turn_id, "x", by=province_technician)
    else:
        rota.hand_over(turn_id, "x", by=province_technician)
    assert bool(turns()[0].handover) is not is_late


@pytest.mark.parametrize("note", ["", "  \n ", "a\x00", "x" * 2001])
def test_a_handover_that_says_nothing_or_too_much_is_refused(place, province_technician, note):
    turn_id = plan(place, province_technician)

    with pytest.raises(InvalidInput):
        rota.hand_over(turn_id, note, by=province_technician)


def test_a_turn_of_another_unit_does_not_exist(place, province_technician):
    with pytest.raises(NotVisible):
        rota.cancel_turn(plan(place, province_technician), by=a_person(place.other_province, Role.TECHNICIAN))


# Who is called


def test_those_on_duty_come_before_the_other_technicians_and_the_upper_unit_after(place, province_technician):
    second = a_person(place.province, Role.TECHNICIAN)
    plan(place, second, phone="0900 000 001")

    tiers = on_call.upward(place.province.path, NOW)

    assert [names(tier) for tier in tiers] == [[second.name], ["Kỹ thuật"]]
    assert (tiers[0][0].phone, tiers[0][0].until) == ("0900 000 001", SHIFT.end)


def test_whoever_lost_the_role_is_on_duty_no_more(place, province_technician):
    plan(place, province_technician)
    directory.revoke_role(province_technician.standing_grants()[0].id, by=None)

    assert [names(tier) for tier in on_call.upward(place.province.path, NOW)] == [["Kỹ thuật"]]


def test_the_turns_of_a_merged_unit_go_to_its_successor(place_on):
    person = a_person(place_on.province, Role.TECHNICIAN)
    turn = db.session.get_one(DutyTurn, plan(place_on, person))
    merge_units([place_on.province.id], into=place_on.other_province.id, by=place_on.administrator, reason="Nghị quyết 1")

    alerts.tick()

    assert fresh(turn).unit_id == place_on.other_province.id
    assert names(on_call.nearest([place_on.other_province.path], NOW)[place_on.other_province.path]) == [person.name]


def test_a_turn_sent_twice_at_the_same_moment_is_planned_once(place_on, app_on):
    person, keeper = a_person(place_on.province, Role.TECHNICIAN).id, place_on.technician.id
    unit_id, barrier, failed = place_on.province.id, threading.Barrier(3), []

    def send() -> None:
        with app_on.app_context():
            by = db.session.get_one(User, keeper)
            barrier.wait()
            try:
                rota.plan_turn(unit_id, person, SHIFT, phone="", by=by)
            except Exception as error:
                failed.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (failed, len(turns())) == ([], 1)
