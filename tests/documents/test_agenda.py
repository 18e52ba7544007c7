"""The agenda of a conference."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import Place, a_profile
from sqlalchemy import text

from roomctl.database import db, write_transaction
from roomctl.documents import agenda
from roomctl.documents.agenda import ItemFacts
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.security_profiles.profile import Classification


def titles(conference_id: int, by) -> list[str]:
    return [item.title for item in agenda.agenda_of(conference_id, by=by)]


@pytest.fixture
def conference(place) -> int:
    return place.book()


@pytest.fixture
def three(place, conference) -> list[int]:
    """The ids of three items, A, B and C."""
    for number, title in enumerate("ABC"):
        agenda.add_item(conference, ItemFacts(title=title, minutes=10), by=place.clerk, key=f"k{number}")
    return [item.id for item in agenda.agenda_of(conference, by=place.clerk)]


def raise_to_internal(conference_id: int) -> None:
    with write_transaction() as session:
        session.execute(text("UPDATE conferences SET classification = 'internal' WHERE id = :id"), {"id": conference_id})


def test_an_item_begins_when_those_before_it_are_over(place, conference, three):
    assert [item.starts_at.strftime("%H:%M") for item in agenda.agenda_of(conference, by=place.clerk)] == ["01:00", "01:10", "01:20"]


def test_behind_an_item_without_a_length_no_beginning_is_known(place, conference, three):
    agenda.change_item(conference, three[0], ItemFacts(title="A"), by=place.clerk)

    assert [item.starts_at is None for item in agenda.agenda_of(conference, by=place.clerk)] == [False, True, True]


def test_the_units_speak_in_the_order_that_was_kept(place, conference, three):
    order = (place.province.id, place.centre.id)
    agenda.change_item(conference, three[0], ItemFacts(title="A", unit_ids=order), by=place.clerk)
    agenda.change_item(conference, three[0], ItemFacts(title="A", unit_ids=order[::-1]), by=place.chair)

    assert [one.name for one in agenda.agenda_of(conference, by=place.clerk)[0].speakers] == ["Trung ương", "Đắk Lắk"]


def test_a_unit_without_a_room_in_the_conference_does_not_speak(place, conference, three):
    with pytest.raises(InvalidInput) as refused:
        agenda.change_item(conference, three[0], ItemFacts(title="A", unit_ids=(place.other_province.id,)), by=place.clerk)

    assert [problem.reason for problem in refused.value.problems] == ["speaker_takes_no_part"]


def test_a_speaker_whose_room_has_left_is_marked(place, conference, three):
    agenda.change_item(conference, three[0], ItemFacts(title="A", unit_ids=(place.province.id,)), by=place.clerk)
    with write_transaction() as session:
        session.execute(text("UPDATE reservations SET state = 'refused' WHERE room_id = :room"), {"room": place.room.id})

    assert [one.takes_part for one in agenda.agenda_of(conference, by=place.clerk)[0].speakers] == [False]


@pytest.mark.parametrize(("which", "to", "order"), [(0, 2, "BAC"), (2, 1, "CAB"), (1, 1, "BAC"), (0, 99, "BCA"), (2, 0, "CAB"), (1, 2, "ABC")])
def test_an_item_moves_to_a_place(place, conference, three, which, to, order):
    for _ in range(2):  # The form sent twice.
        agenda.move_item(conference, three[which], to=to, by=place.clerk)

    assert "".join(titles(conference, place.clerk)) == order


def test_the_same_form_twice_adds_one_item(place, conference):
    for _ in range(2):
        agenda.add_item(conference, ItemFacts(title="Khai mạc"), by=place.clerk, key="same")

    assert titles(conference, place.clerk) == ["Khai mạc"]


def test_an_item_removed_twice_is_gone_once(place, conference, three):
    for _ in range(2):
        agenda.remove_item(conference, three[1], by=place.clerk)

    assert [(item.place, item.title) for item in agenda.agenda_of(conference, by=place.clerk)] == [(1, "A"), (2, "C")]


@pytest.mark.parametrize(("facts", "reason"), [
    (ItemFacts(title=" "), "agenda_title_missing"), (ItemFacts(title="a\r\nb"), "text_control"), (ItemFacts(title="x" * 301), "text_too_long"),
    (ItemFacts(title="a", minutes=1441), "number_out_of_range")])
def test_what_is_wrong_with_an_item_is_said(place, conference, facts, reason):
    with pytest.raises(InvalidInput) as refused:
        agenda.add_item(conference, facts, by=place.clerk, key="k")

    assert [problem.reason for problem in refused.value.problems] == [reason]


def test_text_is_kept_in_nfc(place, conference):
    agenda.add_item(conference, ItemFacts(title="Bao\u0301 cáo"), by=place.clerk, key="k")

    assert titles(conference, place.clerk) == ["Baó cáo"]


def test_an_agenda_has_an_end(place, conference, monkeypatch):
    monkeypatch.setattr(agenda, "MOST_ITEMS", 1)
    agenda.add_item(conference, ItemFacts(title="A"), by=place.clerk, key="a")

    with pytest.raises(InvalidInput):
        agenda.add_item(conference, ItemFacts(title="B"), by=place.clerk, key="b")


@pytest.mark.parametrize("who", ["stranger", "administrator", "technician", "officer", "other_approver"])
def test_who_does_not_see_the_conference_sees_no_agenda(place, who):
    conference = place.book(room_ids=(place.room.id,), host_room_id=place.room.id, profile_id=a_profile(Classification.INTERNAL).id)

    with pytest.raises(NotVisible):
        agenda.agenda_of(conference, by=getattr(place, who))


def test_who_sees_it_but_neither_asked_for_nor_chairs_it_keeps_nothing(place, conference, three):
    assert titles(conference, place.province_approver) == ["A", "B", "C"]
    with pytest.raises(NotAllowed):
        agenda.remove_item(conference, three[0], by=place.province_approver)


def test_a_restricted_conference_has_no_agenda(place):
    conference = place.book(profile_id=a_profile(Classification.INTERNAL).id)

    with pytest.raises(Refused) as refused:
        agenda.add_item(conference, ItemFacts(title="A"), by=place.clerk, key="k")
    with pytest.raises(NotVisible):
        agenda.agenda_of(conference, by=place.clerk)

    assert refused.value.reason == "no_documents_when_restricted"


def test_an_agenda_is_out_of_reach_once_its_conference_is_restricted_and_can_be_removed(place, conference, three):
    raise_to_internal(conference)

    with pytest.raises(NotVisible):
        agenda.agenda_of(conference, by=place.clerk)
    agenda.remove_item(conference, three[0], by=place.clerk)

    assert db.session.scalar(text("SELECT count(*) FROM agenda_items")) == 2


def test_a_cancelled_conference_is_given_no_more_items(place, conference):
    with write_transaction() as session:
        session.execute(text("UPDATE conferences SET cancelled_at = created_at"))

    with pytest.raises(Conflict) as refused:
        agenda.add_item(conference, ItemFacts(title="A"), by=place.clerk, key="k")

    assert refused.value.reason == "cancelled"


def test_the_trail_says_that_an_agenda_was_changed_and_nothing_of_what_it_says(place, conference, three):
    entries = db.session.execute(text("SELECT payload FROM trail_payloads JOIN trail_entries USING (epoch, seq) WHERE kind = 'agenda_changed'")).all()

    assert [bytes(entry.payload).decode() for entry in entries] == [f'{{"change":"added","item":{one}}}' for one in three]


def test_two_who_add_at_once_number_their_items_one_after_the_other(app_on, set_clock):
    place = Place()
    conference = place.book()

    def add(number: int) -> None:
        with app_on.app_context():
            agenda.add_item(conference, ItemFacts(title=f"{number}"), by=db.session.merge(place.clerk, load=True), key=f"k{number}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(8)))

    db.session.rollback()
    assert db.session.scalars(text("SELECT place FROM agenda_items ORDER BY place")).all() == list(range(1, 9))
