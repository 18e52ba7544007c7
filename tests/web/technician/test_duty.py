"""The rota."""

from datetime import timedelta

import pytest
from builders import a_person
from sqlalchemy import text

from roomctl.database import db
from roomctl.duty import rota
from roomctl.organisation.roles import Role
from roomctl.timespan import Span
from web.browser import Page

ROTA = "/technician/duty"


@pytest.fixture
def technician(place, signed_in):
    return signed_in(place.technician)


def a_form(place, **typed) -> dict:
    return {"unit": str(place.province.id), "person": str(place.technician.id), "day": "02/03/2027", "start": "07:30", "last_day": "",
            "end": "17:00", "phone": "024 3000 0009", "known": "0", **typed}


def turns() -> int:
    db.session.rollback()
    return db.session.scalar(text("SELECT count(*) FROM duty_turns WHERE cancelled_at IS NULL"))


def test_a_turn_is_planned_once_however_often_the_form_is_sent(place, technician):
    answers = [technician.send(ROTA, a_form(place), page=ROTA) for _ in range(2)]

    assert ([one.status_code for one in answers], turns()) == ([303, 303], 1)
    page = technician.page(answers[0].headers["Location"])
    assert "Kỹ thuật" in page.text and "07:30–17:00" in page.text and "024 3000 0009" in page.text and "Đắk Lắk" in page.text


def test_a_turn_over_midnight_stands_on_both_days(place, technician):
    technician.send(ROTA, a_form(place, start="17:00", last_day="03/03/2027", end="07:30"), page=ROTA)

    page = technician.page(ROTA).text
    assert "17:00–24:00" in page and "00:00–07:30" in page


def test_an_overlap_is_shown_before_and_may_be_meant(place, technician):
    technician.send(ROTA, a_form(place), page=ROTA)
    second = a_person(place.province, Role.TECHNICIAN, name="Người thứ hai")

    asked = technician.send(ROTA, a_form(place, person=str(second.id)), page=ROTA)
    page = Page(asked.text)
    answer = technician.send(ROTA, a_form(place, person=str(second.id), known=page.value("known")), page=ROTA)

    assert (asked.status_code, answer.status_code, turns()) == (409, 303, 2)
    assert "Đã có người trực đơn vị này vào lúc đó" in page.text and "07:30 02/03/2027 – 17:00 02/03/2027" in page.text


def test_a_turn_is_cancelled_and_twice_is_once(place, technician):
    technician.send(ROTA, a_form(place), page=ROTA)
    cancellation = next(action for action in technician.page(ROTA).actions if action.endswith("/cancellation"))

    answers = [technician.send(cancellation, page=ROTA).status_code for _ in range(2)]

    assert (answers, turns()) == ([303, 303], 0)


@pytest.mark.parametrize(("typed", "reason", "facts"), [
    ({"day": "x"}, "bad_date", {}), ({"start": "25:00"}, "bad_time", {}), ({"end": "06:00"}, "end_not_after_start", {}),
    ({"last_day": "02/04/2027"}, "duty_turn_too_long", {"limit": 7}), ({"day": "01/02/2027"}, "duty_turn_over", {}),
    ({"phone": "x" * 41}, "text_too_long", {"limit": 40})])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_bad_turn_gets_its_sentence_and_keeps_what_was_typed(place, signed_in, sentence, typed, reason, facts, language):
    answer = signed_in(place.technician, language).send(ROTA, a_form(place, **typed), page=ROTA)

    page = Page(answer.text)
    assert (answer.status_code, turns()) == (422, 0)
    assert sentence(reason, language, **facts) in page.text and page.value("end") == a_form(place, **typed)["end"]


def test_somebody_without_the_role_is_not_put_on_duty(place, technician, sentence):
    answer = technician.send(ROTA, a_form(place, person=str(place.clerk.id)), page=ROTA)

    assert answer.status_code == 422 and sentence("no_technician_of_unit") in Page(answer.text).text


def test_a_technician_of_a_province_plans_nothing_for_another(place, signed_in):
    client = signed_in(a_person(place.other_province, Role.TECHNICIAN))

    assert client.send(ROTA, a_form(place), page=ROTA).status_code == 403
    assert client.send(ROTA, a_form(place, unit="999"), page=ROTA).status_code == 404


def test_an_administrator_reads_the_rota_and_does_not_keep_it(place, signed_in, technician):
    technician.send(ROTA, a_form(place), page=ROTA)
    client = signed_in(place.administrator)

    page = client.page(ROTA)
    assert "07:30–17:00" in page.text and ROTA not in page.actions
    assert client.send(ROTA, a_form(place), page=ROTA).status_code == 403


def test_whoever_is_on_duty_hands_over_and_the_next_reads_it(place, technician, signed_in, set_clock):
    second = a_person(place.centre, Role.TECHNICIAN)
    rota.plan_turn(place.centre.id, place.technician.id, Span(set_clock.at, set_clock.at + timedelta(hours=8)), phone="", by=place.technician)
    action = next(one for one in technician.page(ROTA).actions if one.endswith("/handover"))

    answer = technician.send(action, {"handover": "Cà Mau mất đường truyền\nđã báo"}, page=ROTA)

    assert answer.status_code == 303
    assert "Cà Mau mất đường truyền" in signed_in(second).page(ROTA).text


def test_an_empty_handover_gets_its_sentence(place, technician, sentence, set_clock):
    turn = rota.plan_turn(place.centre.id, place.technician.id, Span(set_clock.at, set_clock.at + timedelta(hours=8)), phone="", by=place.technician)

    answer = technician.send(f"{ROTA}/{turn}/handover", {"handover": " "}, page=ROTA)

    assert answer.status_code == 422 and sentence("handover_missing") in Page(answer.text).text


@pytest.mark.parametrize(("path", "status"), [("/2026/53", 200), ("/2027/53", 404), ("/0/1", 404), ("/2027/0", 404)])
def test_a_week_that_is_not_there_is_not_found(technician, path, status):
    assert technician.get(f"{ROTA}{path}").status_code == status


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_element_is_closed(place, signed_in, language, technician):
    technician.send(ROTA, a_form(place), page=ROTA)

    assert signed_in(place.technician, language).page(ROTA).unclosed == []
