"""The report on the use of rooms, as page and as workbook."""

import io
from datetime import timedelta

import pytest
from builders import a_person, a_room, a_span
from openpyxl import load_workbook

from roomctl.booking import tables
from roomctl.database import write_transaction
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.timespan import Span
from web.browser import Page

REPORTS = "/staff/reports"
TITLE = "Giao ban tuần"


def held(place, *, minutes: int = 40, **facts) -> int:
    """Book two hours that are granted at once, and end its session after some minutes; return the conference's id."""
    span = Span(a_span().start, a_span().start + timedelta(hours=2))
    conference_id = place.book(span=span, room_ids=(place.hall.id,), **facts)
    with write_transaction():
        occurrence = tables.conference_by_id(conference_id).occurrences[0]
        occurrence.actual_start_at, occurrence.actual_end_at = span.start, span.start + timedelta(minutes=minutes)
    return conference_id


def sheets(answer) -> dict[str, list[tuple]]:
    book = load_workbook(io.BytesIO(answer.data))
    return {sheet.title: [tuple(cell.value for cell in row) for row in sheet.iter_rows()] for sheet in book}


def test_u03_a_conference_that_ended_early_counts_what_it_used_of_what_was_booked(place, signed_in):
    held(place)

    page = signed_in(place.clerk).page(f"{REPORTS}?year=2027&month=3")

    assert any(row.startswith("Trung ương (phòng của chính đơn vị) 1 1 2,0 1 0,7 33%") for row in page.rows)


def test_the_page_has_numbers_by_month_unit_and_level_and_no_title(place, signed_in):
    held(place)
    place.book(span=a_span("2027-04-06T01:00"))

    page = signed_in(place.clerk).page(f"{REPORTS}?year=2027")

    assert [row[:8] for row in page.rows if row.startswith(("3 ", "4 "))] == ["3 3 1 2,", "4 3 1 1,"]
    assert {"Trung ương", "Đắk Lắk", "Cà Mau"} <= {row.split(" 1 ")[0].removesuffix(" (phòng của chính đơn vị)") for row in page.rows}
    assert any(row.startswith("Tỉnh, thành phố 2") for row in page.rows)
    assert TITLE not in page.text


def test_the_chart_is_drawn_without_style_or_script_and_says_where_its_numbers_are(place, signed_in):
    held(place)

    html = signed_in(place.clerk).get(f"{REPORTS}?year=2027").text

    page = Page(html)
    assert [len(page.named("rect", _class=kind)) for kind in ("booked", "used")] == [12, 12]
    assert [(bar["height"], bar["y"]) for bar in page.named("rect") if float(bar["height"])] == [("160.0", "0.0"), ("53.3", "106.7")]
    assert page.named("svg", role="img", aria_label="Biểu đồ; các con số có ở bảng dưới đây")
    assert ("style=" in html, page.inline_scripts) == (False, [])


def test_the_workbook_has_the_same_numbers_as_numbers(place, signed_in):
    held(place)

    answer = signed_in(place.clerk).get(f"{REPORTS}/usage.xlsx?year=2027&month=3")
    found = sheets(answer)

    assert answer.headers["Content-Disposition"] == "attachment; filename=usage-2027.xlsx"
    assert list(found) == ["Theo tháng", "Theo đơn vị", "Theo cấp", "Từng đơn vị, từng tháng"]
    assert found["Theo tháng"][3][:8] == (3, 3, 1, 2, 1, 0.67, 0.3333, 0.0036)
    assert found["Theo đơn vị"][1][:6] == ("Trung ương", 1, 1, 2, 1, 0.67)
    assert found["Từng đơn vị, từng tháng"][1][:4] == ("Trung ương", 3, 1, 1)


def test_p15_a_unit_called_like_a_formula_is_text_in_the_workbook(place, signed_in):
    directory.rename_unit(place.province.id, "=1+1", by=place.administrator)

    book = load_workbook(io.BytesIO(signed_in(place.clerk).get(f"{REPORTS}/usage.xlsx?year=2027").data))

    cells = [cell for row in book["Theo đơn vị"].iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]


def test_the_workbook_tells_no_title(place, signed_in):
    held(place, title="TÊN KÍN")

    found = sheets(signed_in(place.clerk).get(f"{REPORTS}/usage.xlsx?year=2027"))

    assert "TÊN KÍN" not in str(found)


def test_a_report_goes_down_to_a_unit_below_and_back_up(place, signed_in):
    client = signed_in(place.clerk)

    below = client.page(f"{REPORTS}?year=2027&unit={place.province.id}")

    assert f"{REPORTS}?unit={place.province.id}&year=2027" in client.page(f"{REPORTS}?year=2027").links
    assert any(row.startswith("Đắk Lắk (phòng của chính đơn vị)") for row in below.rows)
    assert f"{REPORTS}?unit={place.centre.id}&year=2027" in below.links


@pytest.mark.parametrize("path", ["", "/usage.xlsx"])
def test_a_province_sees_its_own_report_and_not_that_of_the_centre_or_another(place, signed_in, path):
    client = signed_in(a_person(place.province, Role.STAFF))

    answers = [client.get(f"{REPORTS}{path}{query}").status_code
               for query in ("", f"?unit={place.province.id}", f"?unit={place.centre.id}", f"?unit={place.other_province.id}")]

    assert answers == [200, 200, 403, 403]


@pytest.mark.parametrize("who", ["clerk", "centre_approver", "administrator", "province_approver"])
def test_staff_approvers_and_administrators_see_reports(place, signed_in, who):
    assert signed_in(getattr(place, who)).get(REPORTS).status_code == 200


@pytest.mark.parametrize("who", ["technician", "chair", "officer"])
def test_others_do_not(place, signed_in, who):
    assert signed_in(getattr(place, who)).get(REPORTS).status_code == 403


def test_somebody_with_a_role_elsewhere_sees_the_report_of_where_it_is(place, signed_in):
    client = signed_in(a_person(place.province, Role.STAFF, on=place.other_province))

    assert "Cà Mau" in client.page(REPORTS).text


@pytest.mark.parametrize(("query", "status"), [("unit=999", 404), ("year=1", 422), ("year=99999", 422), ("year=x", 200), ("month=99", 200),
                                               ("month=x", 200), ("unit=x", 200), ("unit=999999999", 404)])
def test_an_address_with_nonsense_is_answered(place, signed_in, query, status):
    assert signed_in(place.clerk).get(f"{REPORTS}?{query}").status_code == status


def test_the_report_is_read_in_english_with_a_point_in_its_numbers(place, signed_in):
    held(place)

    page = signed_in(place.clerk, "en").page(f"{REPORTS}?year=2027")

    assert any(row.startswith("3 3 1 2.0 1 0.7") for row in page.rows)


def test_a_year_without_any_conference_is_a_page_of_noughts(place, signed_in):
    a_room(place.centre)

    page = signed_in(place.clerk).page(f"{REPORTS}?year=2030")

    assert any(row.startswith("Cộng 4 0 0,0 0 0,0 – 0%") for row in page.rows)
