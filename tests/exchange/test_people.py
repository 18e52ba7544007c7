"""People as a table."""

import pytest
from builders import Place, a_person, a_unit
from sqlalchemy import text

from exchange.files import bad_cells
from roomctl.database import db
from roomctl.errors import NotAllowed
from roomctl.exchange import people, sheets
from roomctl.exchange.outcome import Done
from roomctl.organisation import directory, signin
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import user_by_username

HEADING = "Tên đăng nhập;Họ tên;Mã đơn vị;Vai trò"


@pytest.fixture
def read(place, lines_of):
    """Return the lines of rows below the usual heading; {centre} and {province} stand for codes."""
    return lambda *rows, heading=HEADING: lines_of(
        "\n".join([heading, *rows]).format(centre=place.centre.code, province=place.province.code), people.COLUMNS)


def counts(outcome) -> list[int]:
    return [outcome.count(done) for done in (Done.ADDED, Done.CHANGED, Done.UNCHANGED)]


def roles(username: str) -> set[tuple[str, int]]:
    db.session.expire_all()
    return {(grant.role, grant.unit_id) for grant in user_by_username(username).standing_grants()}


def stored() -> list[tuple]:
    db.session.rollback()
    return [tuple(row) for table in ("users", "role_grants") for row in db.session.execute(text(f"SELECT * FROM {table} ORDER BY id"))]  # noqa: S608


def test_people_come_with_their_roles_and_a_password_each(place, read):
    outcome = people.bring_in(read('An.Nguyen;Nguyễn Văn An;{centre};"văn phòng@{centre}; Approver@{province}"', "binh;Trần Bình;{province};"),
                              by=place.administrator, key="k")

    assert counts(outcome) == [2, 0, 0]
    assert roles("an.nguyen") == {("staff", place.centre.id), ("approver", place.province.id)}
    assert [one.username for one in outcome.passwords] == ["an.nguyen", "binh"]
    assert all(signin.sign_in(one.username, one.password, address="x") for one in outcome.passwords)
    assert user_by_username("binh").must_change_password


def test_the_same_file_twice_opens_nobody_twice(place, read):
    lines = read("an;An;{centre};staff@{centre}")

    first, second = (people.bring_in(lines, by=place.administrator, key=key) for key in ("one form", "another"))

    assert (counts(first), counts(second), second.passwords) == ([1, 0, 0], [0, 0, 1], [])


def test_who_sends_the_same_form_twice_still_learns_the_passwords(place, read):
    lines = read("an;An;{centre};")

    first, second = (people.bring_in(lines, by=place.administrator, key="same") for _ in range(2))

    assert first.passwords == second.passwords and len(first.passwords) == 1


@pytest.mark.parametrize("after", ["an hour", "a change"])
def test_a_password_is_not_shown_again(place, read, set_clock, after):
    lines = read("an;An;{centre};")
    people.bring_in(lines, by=place.administrator, key="same")
    if after == "an hour":
        set_clock.forward(minutes=61)
    else:
        signin.change_password(user_by_username("an").id, "Mật khẩu riêng", by=None)

    assert people.bring_in(lines, by=place.administrator, key="same").passwords == []


def test_passwords_differ_by_person_and_by_form(place, read):
    outcome = people.bring_in(read("an;An;{centre};", "binh;Bình;{centre};"), by=place.administrator, key="k")

    assert len({one.password for one in outcome.passwords}) == 2


def test_what_changed_of_a_person_is_changed_and_in_the_trail(place, read):
    person = a_person(place.province, Role.STAFF, name="Tên cũ")

    lines = read(f"{person.username};Tên mới;{{centre}};;Trưởng phòng", heading=f"{HEADING};Chức vụ")
    outcome = people.bring_in(lines, by=place.administrator, key="k")

    db.session.rollback()
    found = user_by_username(person.username)
    assert (found.name, found.title, found.unit_id, found.folded_name) == ("Tên mới", "Trưởng phòng", place.centre.id, "ten moi")
    assert counts(outcome) == [0, 1, 0]
    entry = db.session.execute(text("SELECT payload FROM trail_payloads ORDER BY seq DESC LIMIT 1")).scalar_one()
    assert bytes(entry).decode() == '{"changed":["name","title","unit"]}'


def test_what_the_file_has_no_column_for_stays_as_it_is(place, lines_of):
    directory.add_person(username="an", name="An", unit=place.centre, password="Mật khẩu thử 1", phone="0912", email="an@x")

    people.bring_in(lines_of(f"username;name;unit\nan;Ân;{place.centre.code}", people.COLUMNS), by=place.administrator, key="k")

    db.session.rollback()
    assert (user_by_username("an").phone, user_by_username("an").email) == ("0912", "an@x")


def test_roles_are_added_and_never_taken_back(place, read):
    person = a_person(place.centre, Role.STAFF, name="An")

    people.bring_in(read(f"{person.username};An;{{centre}};chair@{{centre}}"), by=place.administrator, key="k")

    assert roles(person.username) == {("staff", place.centre.id), ("chair", place.centre.id)}


def test_nobody_grants_themselves_a_role_or_moves_themselves(place, read):
    administrator = place.administrator
    bad = bad_cells(lambda: people.bring_in(read(f"{administrator.username};Quản trị;{{centre}};auditor@{{centre}}"), by=administrator, key="k"))
    moved = bad_cells(lambda: people.bring_in(read(f"{administrator.username};Quản trị;{{province}};"), by=administrator, key="k"))

    assert (bad, moved) == ([(2, "roles", "own_role")], [(2, "unit", "own_unit")])


def test_an_administrator_reaches_people_and_roles_at_and_below_their_own_units_only(place, read):
    administrator, below = a_person(place.province, Role.ADMINISTRATOR), a_unit(parent=place.province)
    beside = a_person(place.province, Role.STAFF, name="Người", on=place.centre)

    people.bring_in(read(f"an;An;{below.code};staff@{{province}}"), by=administrator, key="k")
    bad = bad_cells(lambda: people.bring_in(read(
        "b1;B;{centre};", "b2;B;{province};staff@{centre}", f"{beside.username};Khác;{{province}};", f"{place.clerk.username};Khác;{{province}};"),
        by=administrator, key="k"))

    assert bad == [(2, "unit", "unit_out_of_reach"), (3, "roles", "unit_out_of_reach"), (4, "username", "account_out_of_reach"),
                   (5, "username", "account_out_of_reach")]


def test_every_bad_line_is_named_and_none_is_carried_out(place, read):
    closed = a_person(place.centre, name="Đã đóng")
    directory.close_account(closed.id, by=place.administrator)
    before = stored()

    bad = bad_cells(lambda: people.bring_in(read(
        "tot;Tốt;{centre};", "có dấu;A;{centre};", "b1;;{centre};", "b2;B;NOWHERE;", "b3;B;{centre};trưởng@{centre}", "b4;B;{centre};staff",
        "b5;B;{centre};staff@NOWHERE", "TOT;Lại;{centre};", f"{closed.username};A;{{centre}};", "b6;B;{centre};;sai", heading=f"{HEADING};E-mail"),
        by=place.administrator, key="k"))

    assert bad == [(3, "username", "bad_username"), (4, "name", "name_missing"), (5, "unit", "unknown_unit_code"), (6, "roles", "bad_role"),
                   (7, "roles", "bad_role"), (8, "roles", "unknown_unit_code"), (9, "username", "line_twice"), (10, "username", "account_closed"),
                   (11, "email", "bad_email")]
    assert stored() == before


def test_a_preview_opens_nobody_and_shows_no_password(place, read):
    before = stored()

    outcome = people.preview(read("an;An;{centre};"), by=place.administrator)

    assert (counts(outcome), outcome.passwords, stored()) == ([1, 0, 0], [], before)


def test_a_file_opens_so_many_accounts_and_no_more(place, read, monkeypatch):
    monkeypatch.setattr(people, "MOST_NEW", 1)

    assert bad_cells(lambda: people.preview(read("an;An;{centre};", "binh;B;{centre};", "chi;C;{centre};"), by=place.administrator)) == [
        (3, "username", "too_many_new_people")]


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_was_taken_out_comes_in_and_changes_nothing(place, form, english):
    directory.add_person(username="an", name="=An", title="'+Trưởng", unit=place.centre, password="Mật khẩu thử 1", phone="+84 912", email="an@x")
    a_person(place.province, Role.STAFF, Role.APPROVER, name="Hai vai")
    before = stored()

    content = people.taken_out(by=place.administrator, form=form, english=english)
    outcome = people.bring_in(sheets.read(content, people.COLUMNS), by=place.administrator, key="k")

    assert (outcome.count(Done.ADDED), outcome.count(Done.CHANGED), stored()) == (0, 0, before)


def test_no_hash_and_no_password_is_taken_out(place):
    content = people.taken_out(by=place.administrator, form="csv").decode("utf-8-sig")

    assert "$argon2" not in content
    assert content.splitlines()[0] == "Tên đăng nhập;Họ tên;Chức vụ;Thư điện tử;Điện thoại;Mã đơn vị;Vai trò"


def test_a_lent_role_is_not_taken_out(place):
    directory.grant_role(place.clerk, Role.APPROVER, place.centre, by=None)
    with db.session.begin_nested():
        db.session.execute(text("UPDATE role_grants SET valid_until_at = '2027-04-01 00:00:00' WHERE role = 'approver' AND user_id = :id"),
                           {"id": place.clerk.id})
    db.session.commit()
    db.session.expire_all()

    content = people.taken_out(by=place.administrator, form="csv").decode("utf-8-sig")

    line = next(line for line in content.splitlines() if line.startswith(f"{place.clerk.username};"))
    assert line.endswith(f"Văn phòng@{place.centre.code}")


@pytest.mark.parametrize("who", ["clerk", "officer"])
def test_nobody_else_brings_people_in_or_takes_them_out(place, read, who):
    with pytest.raises(NotAllowed):
        people.bring_in(read("an;An;{centre};"), by=getattr(place, who), key="k")
    with pytest.raises(NotAllowed):
        people.taken_out(by=getattr(place, who), form="csv")


def test_people_come_in_on_either_engine(app_on, set_clock, lines_of):
    place = Place()
    lines = lines_of(f"{HEADING}\nan;An;{place.centre.code};staff@{place.province.code}", people.COLUMNS)

    assert [counts(people.bring_in(lines, by=place.administrator, key="k")) for _ in range(2)] == [[1, 0, 0], [0, 0, 1]]
