"""Orders to many devices on the page: choosing, seeing what would be done, placing, watching, stopping."""

import pytest
from builders import a_person
from sqlalchemy import select, text
from watched import booked

from roomctl.database import db, write_transaction
from roomctl.devices.tables import Device
from roomctl.duty import orders
from roomctl.duty.order_tables import DeviceOrder, OrderTarget
from roomctl.organisation.roles import Role
from roomctl.web import order_words
from web.browser import Page, read_in

ORDERS = "/technician/orders"
PROPOSAL = f"{ORDERS}/proposal"


def ids(kind: str = "codec") -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(Device.id).where(Device.kind == kind).order_by(Device.id)))


def placed(place, *, kind: str = "check", by=None, device_ids=None, key: str = "k", **facts) -> int:
    return orders.place(kind, orders.arguments_of(kind, **facts), device_ids or ids(), by=by or place.technician, key=key)


def put(order_id: int, **facts) -> None:
    with write_transaction() as session:
        for target in session.scalars(select(OrderTarget).where(OrderTarget.order_id == order_id)).unique():
            for name, value in facts.items():
                setattr(target, name, value)


def ticked(page: Page) -> list[str]:
    return [found["value"] for found in page.named("input", name="device", type="checkbox")]


def test_the_proposal_lists_what_would_be_done_and_what_not_and_does_nothing(equipped, signed_in, counted):
    booked(equipped, equipped.hall, equipped.room)
    with write_transaction() as session:
        session.get_one(Device, ids()[2]).family = "extron_sis"

    page = signed_in(equipped.technician).page(f"{PROPOSAL}?kind=restart&device_kind=codec")

    assert sorted(ticked(page)) == [str(device_id) for device_id in ids()[:2]]
    assert "Sẽ làm với 2 thiết bị" in page.text and "Không làm với 1 thiết bị" in page.text and "Loại thiết bị này không làm được" in page.text
    assert counted("device_orders") == 0


def test_a_conference_soon_is_in_the_way_until_it_is_forced(equipped, signed_in, book_soon):
    book_soon()
    client = signed_in(equipped.technician)

    cautious, forced = client.page(f"{PROPOSAL}?kind=restart&device_kind=codec"), client.page(f"{PROPOSAL}?kind=restart&device_kind=codec&force=1")

    assert (len(ticked(cautious)), len(ticked(forced))) == (1, 3)
    assert forced.text.count("Phòng có hội nghị trong vòng một giờ") == 2


def test_an_order_is_placed_with_what_was_left_ticked_and_sent_twice_it_is_one(equipped, signed_in, counted):
    client = signed_in(equipped.technician)
    page = client.page(f"{PROPOSAL}?kind=set_encryption&setting=On&device_kind=codec")
    form = {"kind": "set_encryption", "setting": "On", "device": ids()[:2], "key": page.value("key")}

    first, second = (client.send(ORDERS, form, page=f"{PROPOSAL}?kind=check") for _ in range(2))

    assert (first.status_code, first.headers["Location"]) == (303, second.headers["Location"])
    db.session.rollback()
    order = db.session.scalar(select(DeviceOrder))
    assert (order.kind, order.arguments, counted("order_targets")) == ("set_encryption", {"force": False, "setting": "On"}, 2)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("query", "reason", "facts"), [
    ("kind=dance", "unknown_choice", {}), ("kind=set_encryption&setting=x", "unknown_choice", {}), ("kind=assign", "nothing_to_assign", {}),
    ("kind=assign&every=abc", "bad_number", {}), ("kind=assign&every=5", "number_out_of_range", {"least": 15, "most": 3600}),
    ("kind=assign&responsible=999", "unknown_person_chosen", {}), ("kind=check&unit=none", "unknown_unit_code", {})])
def test_what_makes_no_sense_is_said_beside_the_field(equipped, signed_in, sentence, query, reason, facts, language):
    answer = signed_in(equipped.technician, language).get(f"{PROPOSAL}?{query}")

    assert answer.status_code == 422
    assert sentence(reason, language, **facts) in Page(answer.text).text


def test_an_order_without_a_device_is_not_placed(equipped, signed_in, sentence, counted):
    answer = signed_in(equipped.technician).send(ORDERS, {"kind": "check", "key": "k"}, page=f"{ORDERS}/new")

    assert (answer.status_code, counted("device_orders")) == (422, 0)
    assert sentence("nothing_chosen") in Page(answer.text).text


def test_a_technician_orders_only_devices_of_their_units(equipped, signed_in):
    province = a_person(equipped.province, Role.TECHNICIAN)
    client = signed_in(province)

    listed = ticked(client.page(f"{PROPOSAL}?kind=check"))
    answer = client.send(ORDERS, {"kind": "check", "device": ids(), "key": "k"}, page=f"{ORDERS}/new")

    assert (listed, answer.status_code) == ([str(ids()[1])], 403)


def test_the_page_shows_progress_and_each_devices_outcome(equipped, signed_in):
    order_id = placed(equipped, kind="restart")
    put(order_id, state="failed", outcome="did_not_come_back")
    client = signed_in(equipped.technician)

    page = client.page(f"{ORDERS}/{order_id}")

    assert page.text.count("không lên lại trong 5 phút") == 3
    assert [(found["value"], found["max"]) for found in page.named("progress")] == [("3", "3")]
    assert page.named("div", id="state")[0]["data-source"] == f"{ORDERS}/{order_id}/state"


def test_the_fragment_answers_304_while_nothing_changes_and_says_when_it_is_over(equipped, signed_in):
    order_id = placed(equipped)
    client = signed_in(equipped.technician)

    first = client.get(f"{ORDERS}/{order_id}/state")
    again = client.get(f"{ORDERS}/{order_id}/state", headers={"If-None-Match": first.headers["ETag"]})
    put(order_id, state="done", outcome="found_ok")
    over = client.get(f"{ORDERS}/{order_id}/state", headers={"If-None-Match": first.headers["ETag"]})

    assert [(one.status_code, one.headers["X-Panel-State"]) for one in (first, again, over)] == [(200, "open"), (304, "open"), (200, "over")]


def test_stopping_is_a_button_while_something_is_left(equipped, signed_in):
    order_id = placed(equipped)
    client = signed_in(equipped.technician)
    before = f"{ORDERS}/{order_id}/stop" in client.page(f"{ORDERS}/{order_id}").actions

    answer = client.send(f"{ORDERS}/{order_id}/stop", page=f"{ORDERS}/{order_id}")
    page = client.page(f"{ORDERS}/{order_id}")

    assert (before, answer.status_code, f"{ORDERS}/{order_id}/stop" in page.actions) == (True, 303, False)
    assert page.text.count("Người dùng dừng lệnh") == 3


def test_whoever_sees_some_of_its_devices_sees_those_and_may_not_stop_it(equipped, signed_in):
    order_id = placed(equipped)
    client = signed_in(a_person(equipped.province, Role.TECHNICIAN))

    page = client.page(f"{ORDERS}/{order_id}")
    answer = client.send(f"{ORDERS}/{order_id}/stop", page=ORDERS)

    assert (page.text.count("codec R"), f"{ORDERS}/{order_id}/stop" in page.actions, answer.status_code) == (1, False, 403)


def test_an_order_of_other_units_is_not_found(equipped, signed_in):
    order_id = placed(equipped, device_ids=ids()[1:2])

    assert signed_in(a_person(equipped.other_province, Role.TECHNICIAN)).get(f"{ORDERS}/{order_id}").status_code == 404


def test_an_administrator_reads_orders_and_places_none(equipped, signed_in):
    placed(equipped)
    client = signed_in(equipped.administrator)

    assert (client.get(ORDERS).status_code, client.get(f"{ORDERS}/new").status_code) == (200, 403)
    assert f"{ORDERS}/new" not in client.page(ORDERS).links


def test_assigning_names_the_person(equipped, signed_in):
    page = signed_in(equipped.technician).page(f"{PROPOSAL}?kind=assign&responsible={equipped.technician.id}&every=120")

    assert "phụ trách: Kỹ thuật" in page.text and "kiểm tra mỗi 120 giây" in page.text


def test_devices_may_be_named_in_the_address(equipped, signed_in):
    page = signed_in(equipped.technician).page(f"{PROPOSAL}?kind=check&device={ids()[0]}")

    assert ticked(page) == [str(ids()[0])]


@pytest.mark.parametrize("kind", orders.KINDS)
def test_every_kind_of_order_has_its_words(app, kind):
    assert kind in order_words.KIND


@pytest.mark.parametrize("dictionary", ["KIND", "SETTING", "STATE", "OUTCOME", "TRIAL_STEP", "TRIAL_DETAIL", "ANSWER", "CHECK", "CHECK_FAILED",
                                        "CHECK_DETAIL", "READY", "FINDING", "ADVICE", "REASON"])
def test_the_words_are_others_in_english(app, dictionary):
    vietnamese, english = (read_in(app, language, lambda: {name: str(word) for name, word in getattr(order_words, dictionary).items()})
                           for language in ("vi", "en"))

    # What is the same word in both languages.
    same = {"microphone", "camera"} if dictionary == "CHECK" else set()
    assert {name for name, word in english.items() if word == vietnamese[name]} <= same


def test_nothing_of_an_order_is_lost_when_its_person_is_gone(equipped, signed_in):
    order_id = placed(equipped, kind="assign", responsible_id=equipped.clerk.id)
    db.session.execute(text("UPDATE users SET active = 0 WHERE id = :id"), {"id": equipped.clerk.id})
    db.session.commit()

    assert "phụ trách: Văn thư" in signed_in(equipped.technician).page(f"{ORDERS}/{order_id}").text
