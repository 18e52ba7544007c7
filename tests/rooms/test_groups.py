"""Groups of rooms that people save."""

import pytest
from builders import a_person, a_room

from roomctl.errors import InvalidInput, NotAllowed, NotVisible
from roomctl.organisation.roles import Role
from roomctl.rooms.groups import MOST_ROOMS, change_group, delete_group, groups_for, rooms_of_group, save_group


def reasons(error) -> list[str]:
    return [one.reason for one in error.value.problems]


def test_a_group_is_saved_once_however_often_the_form_is_sent(place):
    first, second = (save_group("Giao ban", [place.hall.id, place.room.id], by=place.clerk) for _ in range(2))

    assert first == second
    assert [group.name for group in groups_for(place.clerk)] == ["Giao ban"]
    assert set(rooms_of_group(first, place.clerk)) == {place.hall.id, place.room.id}


def test_a_name_that_is_taken_for_other_rooms_is_refused_and_the_group_stays(place):
    group_id = save_group("Giao ban", [place.hall.id], by=place.clerk)

    with pytest.raises(InvalidInput) as refused:
        save_group("Giao ban", [place.room.id], by=place.clerk)

    assert reasons(refused) == ["group_name_taken"]
    assert rooms_of_group(group_id, place.clerk) == [place.hall.id]


@pytest.mark.parametrize(("name", "rooms", "reason"), [
    ("", [1], "group_name_missing"), ("x" * 121, [1], "text_too_long"), ("Nhóm", [], "no_rooms"), ("Nhóm", [999], "unknown_room"),
    ("Nhóm", range(1, MOST_ROOMS + 2), "too_many_rooms"), ("a\u202eb", [1], "text_direction")])
def test_a_bad_group_is_refused_and_nothing_is_saved(place, name, rooms, reason):
    with pytest.raises(InvalidInput) as refused:
        save_group(name, rooms, by=place.clerk)

    assert reasons(refused) == [reason]
    assert groups_for(place.clerk) == []


def test_who_may_not_book_saves_no_group(place):
    with pytest.raises(NotAllowed):
        save_group("Nhóm", [place.hall.id], by=place.officer)


def test_a_group_is_ones_own_until_it_is_shared_with_the_unit(place):
    colleague = a_person(place.centre, Role.STAFF)
    group_id = save_group("Giao ban", [place.hall.id], by=place.clerk)
    assert groups_for(colleague) == rooms_of_group(group_id, colleague) == []

    change_group(group_id, name="Giao ban", shared=True, by=place.clerk)

    assert rooms_of_group(group_id, colleague) == [place.hall.id]
    assert groups_for(place.stranger) == rooms_of_group(group_id, place.stranger) == []


def test_only_its_owner_changes_or_deletes_a_shared_group(place):
    colleague = a_person(place.centre, Role.STAFF)
    group_id = save_group("Giao ban", [place.hall.id], by=place.clerk, shared=True)

    with pytest.raises(NotVisible):
        change_group(group_id, name="Khác", shared=True, by=colleague)
    with pytest.raises(NotVisible):
        delete_group(group_id, by=colleague)


def test_a_group_deleted_twice_is_deleted_once_and_its_rooms_stay(place):
    group_id = save_group("Giao ban", [place.hall.id], by=place.clerk)

    for _ in range(2):
        delete_group(group_id, by=place.clerk)

    assert groups_for(place.clerk) == []
    assert place.hall.retired_at is None


def test_a_group_renamed_to_another_ones_name_is_refused(place):
    save_group("A", [place.hall.id], by=place.clerk)
    second = save_group("B", [place.room.id], by=place.clerk)

    with pytest.raises(InvalidInput) as refused:
        change_group(second, name="A", shared=False, by=place.clerk)

    assert reasons(refused) == ["group_name_taken"]


def test_groups_stand_in_vietnamese_order(place):
    room = a_room(place.centre)
    for name in ("Đà Lạt", "Én", "Dầu Giây"):
        save_group(name, [room.id], by=place.clerk)

    assert [group.name for group in groups_for(place.clerk)] == ["Dầu Giây", "Đà Lạt", "Én"]
