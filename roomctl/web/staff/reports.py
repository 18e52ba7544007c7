"""Reports: how the rooms of a unit and of all below it were used, as page, chart and XLSX; numbers, and no word of any conference."""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from roomctl import clock
from roomctl.organisation.access import can, reach_of
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User, unit_by_id
from roomctl.organisation.unit_tables import Unit, children_of
from roomctl.organisation.units import last_ids
from roomctl.schedule.report import FIRST_YEAR, LAST_YEAR, Report, usage_report
from roomctl.schedule.usage import Cell, Figures, Place, by_branch, by_level, by_month, total
from roomctl.schedule.workbook import Table, Value, workbook_of
from roomctl.timespan import to_local
from roomctl.web.access import LARGEST_ID, signed_in
from roomctl.web.forms import whole
from roomctl.web.words import LEVEL, say

bp = Blueprint("reports", __name__, url_prefix="/reports")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHART_HEIGHT, CHART_STEP, CHART_BAR = 160, 60, 20  # In the units of the drawing.


@dataclass(frozen=True, slots=True)
class Bars:
    """One month of the chart: where it stands, and how high its two bars are."""

    month: int
    left: int
    booked: float
    used: float


@bp.get("")
def show() -> ResponseReturnValue:
    report, month = _asked()
    cells = _of_month(report.cells, month)
    months = by_month(report.cells)
    most = max(max(figures.booked_s, figures.used_s) for _, figures in months)
    return render_template(
        "staff/reports/show.html", report=report, month=month, months=months, total=total(cells), levels=by_level(cells),
        branches=_branches(report.unit, cells), ways=_ways(report.unit), bars=_bars(months, most), most_h=most / 3600, now=clock.now(),
        height=CHART_HEIGHT, step=CHART_STEP, bar=CHART_BAR, first=FIRST_YEAR, last=LAST_YEAR)


@bp.get("/usage.xlsx")
def workbook() -> ResponseReturnValue:
    """The same numbers and each unit's months besides; the file's name says the year and nothing else."""
    report, month = _asked()
    cells = _of_month(report.cells, month)
    names = {unit.id: unit.name for unit, _ in _branches(report.unit, cells)}
    head = [gettext("Số phòng"), gettext("Lượt đã duyệt"), gettext("Giờ đã đặt"), gettext("Lượt đã họp"), gettext("Giờ họp thật"),
            gettext("Họp thật / đã đặt"), gettext("Đã đặt / giờ làm việc"), gettext("Vắng không họp"), gettext("Bị từ chối"), gettext("Bị thay thế"),
            gettext("Hết hạn duyệt"), gettext("Đã hủy")]
    tables = [
        Table(gettext("Theo tháng"), [gettext("Tháng"), *head], [[number, *_row(figures)] for number, figures in by_month(report.cells)]),
        Table(gettext("Theo đơn vị"), [gettext("Đơn vị"), *head],
              [[names[unit.id], *_row(figures)] for unit, figures in _branches(report.unit, cells)]),
        Table(gettext("Theo cấp"), [gettext("Cấp"), *head], [[say(LEVEL, level), *_row(figures)] for level, figures in by_level(cells)]),
        Table(gettext("Từng đơn vị, từng tháng"), [gettext("Đơn vị"), gettext("Tháng"), *head], _each(cells)),
    ]
    return send_file(BytesIO(workbook_of(tables)), mimetype=XLSX, as_attachment=True, download_name=f"usage-{report.year}.xlsx")


def _asked() -> tuple[Report, int]:
    """Return the report that the address asks for, and the month, 0 for the whole year; otherwise this year of the reader's own unit."""
    user, now = signed_in(), clock.now()
    unit_id = whole(request.args.get("unit", "")) or _first_unit(user)
    year, month = whole(request.args.get("year", "")) or to_local(now).year, whole(request.args.get("month", ""))
    return usage_report(min(unit_id, LARGEST_ID), year, by=user, now=now), month if month <= 12 else 0


def _first_unit(user: User) -> int:
    return user.unit_id if can(user, Action.SEE_REPORTS, user.unit) else last_ids(reach_of(user, Action.SEE_REPORTS))[0]


def _of_month(cells: list[Cell], month: int) -> list[Cell]:
    return [cell for cell in cells if cell.month == month] if month else cells


def _branches(unit: Unit, cells: list[Cell]) -> list[tuple[Unit, Figures]]:
    """Return a unit's own rooms, then the units right below it with all under them, in Vietnamese order."""
    units = {one.id: one for one in (unit, *children_of(unit.id))}
    own, *below = (Place(one.id, one.path, one.level) for one in units.values())
    return [(units[place.unit_id], figures) for place, figures in by_branch(cells, own, below)]


def _ways(unit: Unit) -> list[Unit]:
    """Return the units above one whose report the reader may see too, the highest first."""
    above = [unit_by_id(int(step)) for step in unit.path.strip("/").split("/")[:-1]]
    return [one for one in above if one is not None and can(signed_in(), Action.SEE_REPORTS, one)]


def _bars(months: list[tuple[int, Figures]], most: int) -> list[Bars]:
    def high(seconds: int) -> float:
        return round(CHART_HEIGHT * seconds / most, 1) if most else 0

    return [Bars(month, CHART_STEP * (month - 1), high(figures.booked_s), high(figures.used_s)) for month, figures in months]


def _each(cells: Iterable[Cell]) -> list[list[Value]]:
    """Return a line for each unit and month in which anything was counted."""
    counted = [cell for cell in cells if any((cell.figures.granted, cell.figures.refused, cell.figures.displaced, cell.figures.lapsed,
                                              cell.figures.cancelled))]
    names = {unit_id: unit.name for unit_id in {cell.place.unit_id for cell in counted} if (unit := unit_by_id(unit_id)) is not None}
    return [[names[cell.place.unit_id], cell.month, *_row(cell.figures)] for cell in counted]


def _row(figures: Figures) -> list[Value]:
    return [figures.rooms, figures.granted, round(figures.booked_s / 3600, 2), figures.held, round(figures.used_s / 3600, 2),
            _share(figures.used_of_booked), _share(figures.booked_of_offered), figures.no_shows, figures.refused, figures.displaced, figures.lapsed,
            figures.cancelled]


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
