"""The page on which administrators bring rooms and people in, and take them along."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from builders import a_person

from roomctl.database import db
from roomctl.devices.tables import device_at
from roomctl.exchange import names, people, rooms, sheets
from roomctl.organisation import signin
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import user_by_username
from roomctl.rooms.tables import room_by_code
from roomctl.web import words
from web.browser import Page, read_in

ROOMS, PEOPLE = "/admin/exchange/rooms", "/admin/exchange/people"


@pytest.fixture
def administrator(place, signed_in):
    return signed_in(place.administrator)


def send(client, path: str, content: bytes | str, name: str = "bang.csv"):
    content = content.encode() if isinstance(content, str) else content
    return client.send(path, {"file": (BytesIO(content), name)}, content_type="multipart/form-data")


def confirm(client, path: str, answer):
    page = Page(answer.text)
    return client.send(f"{path}/confirmation", {"content": page.value("content"), **({"key": page.value("key")} if "key" in answer.text else {})})


def known(code: str) -> bool:
    db.session.rollback()
    return room_by_code(code) is not None


def test_rooms_are_looked_at_first_and_brought_in_when_confirmed(place, administrator):
    looked = send(administrator, ROOMS, f"Mã phòng;Tên phòng;Mã đơn vị\nN1;Mới;{place.centre.code}\n{place.hall.code};Khác;{place.centre.code}")
    before = known("N1")

    done = confirm(administrator, ROOMS, looked)

    assert (looked.status_code, before, done.status_code) == (200, False, 200)
    assert "Sẽ thêm 1 Sẽ sửa 1 Giữ nguyên 0" in Page(looked.text).text and "Đã thêm 1 Đã sửa 1 Giữ nguyên 0" in Page(done.text).text
    assert known("N1")


def test_a_file_that_changes_nothing_asks_for_no_confirmation(place, administrator):
    answer = send(administrator, ROOMS, rooms.taken_out(by=place.administrator, form="xlsx"), "phong.xlsx")

    assert "mọi dòng đều đã có" in Page(answer.text).text and 'name="content"' not in answer.text


def test_every_bad_line_stands_on_the_page_with_its_number_and_column(place, administrator, sentence):
    answer = send(administrator, ROOMS, f"Mã phòng;Tên phòng;Mã đơn vị;Số chỗ\nN1;;{place.centre.code};x\nN2;A;NOWHERE;1")

    assert answer.status_code == 422
    assert Page(answer.text).rows[1:4] == [f"2 Số chỗ {sentence('bad_number')}", f"2 Tên phòng {sentence('name_missing')}",
                                           f"3 Mã đơn vị {sentence('unknown_unit_code')}"]


@pytest.mark.parametrize(("content", "reason", "facts"), [
    (b"", "sheet_empty", {}), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "sheet_old_xls", {}),
    (b"Ten phong\nA", "sheet_columns_missing", {"names": "Mã phòng, Mã đơn vị"}), (b"a\n\xff", "sheet_encoding", {"line": 2})])
def test_what_is_wrong_with_a_file_stands_beside_its_field(administrator, sentence, content, reason, facts):
    answer = send(administrator, ROOMS, content)

    assert (answer.status_code, sentence(reason, **facts) in Page(answer.text).text) == (422, True)


def test_no_file_at_all_is_said(administrator, sentence):
    assert sentence("sheet_missing") in Page(administrator.send(ROOMS).text).text


def test_a_file_of_more_than_5_mb_is_refused_in_words(administrator):
    answer = send(administrator, ROOMS, b"x" * (6 * 1024**2))

    assert (answer.status_code, "không quá 5 MB" in Page(answer.text).text) == (413, True)


def test_a_file_of_5_mb_fits_into_the_confirmation(place, administrator):
    lines = [f"N{number};Mới{' ' * 100_000};{place.centre.code}" for number in range(52)]
    looked = send(administrator, ROOMS, "\n".join(["Mã phòng;Tên phòng;Mã đơn vị", *lines]))

    assert looked.status_code == 200 and len(looked.data) > 6_900_000
    assert confirm(administrator, ROOMS, looked).status_code == 200
    assert known("N51")


def test_a_confirmation_that_did_not_arrive_whole_does_nothing(administrator, sentence):
    answer = administrator.send(f"{ROOMS}/confirmation", {"content": "không phải tệp"})

    assert (answer.status_code, sentence("bad_form") in Page(answer.text).text) == (422, True)


def test_people_get_passwords_that_are_shown_once(place, administrator):
    looked = send(administrator, PEOPLE, f"username;name;unit;roles\nan;An;{place.centre.code};staff@{place.centre.code}")

    done = confirm(administrator, PEOPLE, looked)

    password = re.search(r"<code>(\w{4}-\w{4}-\w{4})</code>", done.text)[1]
    assert password not in looked.text
    assert signin.sign_in("an", password, address="x")
    assert {grant.role for grant in user_by_username("an").standing_grants()} == {Role.STAFF}


def test_sent_twice_the_confirmation_shows_the_same_passwords(place, administrator):
    looked = send(administrator, PEOPLE, f"username;name;unit\nan;An;{place.centre.code}")

    first, second = (re.findall(r"<code>(\w{4}-\w{4}-\w{4})</code>", confirm(administrator, PEOPLE, looked).text) for _ in range(2))

    assert first == second and len(first) == 1


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("table", [rooms, people], ids=["rooms", "people"])
def test_a_table_is_taken_along_under_a_name_with_its_day(place, administrator, table, form):
    kind = table.__name__.rpartition(".")[2]

    answer = administrator.get(f"/admin/exchange/{kind}/{form}")

    assert (answer.status_code, answer.mimetype) == (200, sheets.FORMATS[form])
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{kind}-2027-03-01.{form}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len(sheets.read(answer.data, table.COLUMNS)) >= 3


def test_in_english_the_headings_are_english(place, signed_in):
    content = signed_in(place.administrator, "en").get("/admin/exchange/rooms/csv").data.decode("utf-8-sig")

    assert content.startswith("Room code;Room name;Unit code;Seats;")


@pytest.mark.parametrize("path", ["/admin/exchange/sessions/xlsx", "/admin/exchange/rooms/pdf"])
def test_other_tables_and_forms_do_not_exist(administrator, path):
    assert administrator.get(path).status_code == 404


def test_an_administrator_of_a_province_gets_no_further(place, signed_in):
    client = signed_in(a_person(place.province, Role.ADMINISTRATOR))

    answer = send(client, ROOMS, f"code;name;unit\nN1;Mới;{place.centre.code}")

    assert (answer.status_code, "ngoài phạm vi" in Page(answer.text).text) == (422, True)


def test_what_somebody_put_into_a_file_is_text_on_the_page(place, administrator):
    answers = [send(administrator, ROOMS, f"code;name;unit\n{code};<img src=x>;{place.centre.code}") for code in ("N1", "<img src=x>")]
    answers.append(send(administrator, ROOMS, "<img src=x>;name\na;b"))

    assert [("<img" in answer.text) for answer in answers] == [False, False, False]


def test_devices_are_looked_at_first_and_brought_in_when_confirmed(place, administrator):
    file = f"host;port;name;family;room;asset_number\n10.1.0.9;161;UPS;snmp;{place.room.code};TS-9"
    looked = send(administrator, "/admin/exchange/devices", file)
    before = device_at("10.1.0.9", 161)

    done = confirm(administrator, "/admin/exchange/devices", looked)

    db.session.rollback()
    assert (looked.status_code, before, done.status_code) == (200, None, 200)
    assert "Thiết bị và thẻ tài sản" in Page(done.text).text
    assert device_at("10.1.0.9", 161).name == "UPS"
    assert "TS-9" in administrator.get("/admin/exchange/devices/csv").data.decode("utf-8-sig")


# Words


@pytest.mark.parametrize(("short", "long"), [(names.ROLES, words.ROLE), (names.EQUIPMENT, words.EQUIPMENT)])
def test_tables_and_pages_call_things_alike(app, short, long):
    shown = {language: read_in(app, language, lambda: {key: str(word) for key, word in long.items()}) for language in ("vi", "en")}

    assert {key: both[0] for key, both in short.items()} == shown["vi"]
    assert {key: both[1].casefold() for key, both in short.items()} == {key: word.casefold() for key, word in shown["en"].items()}


def test_every_reason_why_a_file_is_refused_has_its_sentence():
    source = "".join(path.read_text() for path in (Path(sheets.__file__).parent).glob("*.py"))

    reasons = set(re.findall(r'refused\("(\w+)"', source)) | set(re.findall(r'else "(sheet_\w+)"', source))
    assert "sheet_damaged" in reasons and reasons - set(words.REASON) == set()
