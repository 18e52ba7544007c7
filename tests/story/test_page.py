"""A page read without a browser."""

import pytest

from roomctl.story.page import read

PAGE = """
<!doctype html><html><body>
<p>Một<br>hai</p><p>ba</p>
<a href="/xa">Đi <b>xa</b></a>
<form action="/tim"><button>Tìm</button></form>
<form method="post" action="/dat" id="dat">
  <input type="hidden" name="csrf_token" value="a&amp;b">
  <input name="title" value="Giao ban"><input name="plain"><input name="gone" disabled value="x">
  <textarea name="note">Ghi
  chú</textarea>
  <select name="chair"><option value="">Chọn…</option><option value="7">Nguyễn Văn Minh – Chánh Văn phòng</option></select>
  <select name="profile"><option value="1">Thường</option><option value="2" selected>Nội bộ</option></select>
  <table><tr><td><label class="room-choice big"><input type="checkbox" name="rooms" value="1" checked><span>Phòng 1</span></label>
  <tr><td><label class="room-choice"><input type="checkbox" name="rooms" value="2"><span>Phòng 2</span></label></table>
  <input type="radio" name="host_room" value="1"><input type="radio" name="host_room" value="2" checked>
  <input type="submit" name="sent" value="x">
  <button name="add" value="provinces">34 tỉnh,
     thành phố</button>
  <button formaction="/nhap" name="kind" value="draft">Lưu nháp</button>
  <button aria-label="Bắt đầu họp"><svg><use href="#play"/></svg></button>
</form>
</body></html>
"""


@pytest.fixture
def page():
    return read(PAGE)


def test_words_are_read_with_single_blanks(page):
    assert [one.text for one in page.all("p")] == ["Một hai", "ba"]


def test_a_link_is_found_by_its_words_however_they_are_marked_up(page):
    assert page.link("Đi xa") == "/xa"
    assert page.link("Đi gần") is None


def test_elements_are_found_by_one_of_their_classes(page):
    assert [one.text for one in page.all("label", kind="room-choice")] == ["Phòng 1", "Phòng 2"]
    assert page.all(kind="room") == []


def test_a_form_is_sent_as_a_browser_would_send_it_with_its_token_and_the_button_that_was_pressed(page):
    form = page.form("34 tỉnh, thành phố")

    assert form.action == "/dat"
    assert form.fields == [("csrf_token", "a&b"), ("title", "Giao ban"), ("plain", ""), ("note", "Ghi chú"), ("chair", ""), ("profile", "2"),
                           ("rooms", "1"), ("host_room", "2"), ("add", "provinces")]


def test_a_button_may_lead_elsewhere_than_its_form(page):
    assert page.form("Lưu nháp").action == "/nhap"


def test_a_button_without_words_is_found_by_its_label(page):
    assert ("kind", "draft") not in page.form("Bắt đầu họp").fields


@pytest.mark.parametrize("button", ["34 tỉnh", "Duyệt", ""])
def test_a_button_of_other_words_is_none(page, button):
    assert page.form(button) is None


def test_fields_are_filled_in_and_others_stay(page):
    form = page.form("34 tỉnh, thành phố").fill(title="Họp khác").choose("chair", "Nguyễn Văn Minh")

    assert (form.value("title"), form.value("chair"), form.value("note")) == ("Họp khác", "7", "Ghi chú")


def test_a_field_or_a_choice_that_the_form_does_not_have_is_an_error_and_not_sent(page):
    form = page.form("34 tỉnh, thành phố")

    with pytest.raises(KeyError):
        form.fill(agenda="x")
    with pytest.raises(KeyError):
        form.choose("chair", "Trần Thị Lan")
    with pytest.raises(KeyError):
        form.choose("title", "Giao ban")


def test_boxes_are_ticked_once_and_of_the_round_ones_one_stays_chosen(page):
    form = page.form("34 tỉnh, thành phố").tick("rooms", "2").tick("rooms", "1").put("host_room", "1")

    assert [value for name, value in form.fields if name == "rooms"] == ["1", "2"]
    assert [value for name, value in form.fields if name == "host_room"] == ["1"]


def test_words_can_be_read_without_what_is_emphasised(page):
    (room,) = read('<li class="leg"><span class="leg-room"><a href="/1">Phòng họp 1</a> <em>chủ trì</em></span></li>').all(kind="leg-room")

    assert room.text_without("em") == "Phòng họp 1"
    assert room.text == "Phòng họp 1 chủ trì"


def test_a_page_that_was_cut_off_is_read_as_far_as_it_goes():
    assert read("<main><p>Đang <b>kiểm").all("p")[0].text == "Đang kiểm"
