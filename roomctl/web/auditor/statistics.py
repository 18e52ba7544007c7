"""Statistics of a year for the security officer, as page, bars and XLSX; numbers, and no word of any conference."""

from io import BytesIO

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from roomctl import clock
from roomctl.organisation.access import reach_of
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import unit_by_id
from roomctl.organisation.units import ids_of_path, last_ids
from roomctl.schedule.workbook import Table, Value, workbook_of
from roomctl.sessions import statistics
from roomctl.sessions.statistics import Figures, Statistics
from roomctl.timespan import to_local
from roomctl.web.access import LARGEST_ID, signed_in
from roomctl.web.forms import whole
from roomctl.web.words import DEVICE_KIND, FINDING, say

bp = Blueprint("statistics", __name__, url_prefix="/statistics")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHART_HEIGHT, CHART_STEP, CHART_BAR = 160, 60, 36  # In the units of the drawing.
SHOWN = ("secure", "not_proven", "not_secure", "never_live")  # From the bottom of a bar to its top.


@bp.get("")
def show() -> ResponseReturnValue:
    found = _asked()
    most = max(figures.sessions for _, figures in found.months)
    above = [unit_by_id(step) for step in ids_of_path(found.unit.path)[:-1]]
    reach = reach_of(signed_in(), Action.SEE_EVIDENCE)
    return render_template(
        "auditor/statistics/show.html", found=found, most=most, bars=_bars(found, most), height=CHART_HEIGHT, step=CHART_STEP, bar=CHART_BAR,
        first=statistics.FIRST_YEAR, last=statistics.LAST_YEAR, now=clock.now(),
        ways=[one for one in above if one is not None and any(one.path.startswith(path) for path in reach)])


@bp.get("/sessions.xlsx")
def workbook() -> ResponseReturnValue:
    """The same numbers; the file's name says the year and nothing else."""
    found = _asked()
    head = [gettext("Phiên họp"), gettext("Bảo mật"), gettext("Chưa chứng minh"), gettext("Không bảo mật"), gettext("Không bắt đầu được"),
            gettext("Khoảng trống"), gettext("Khoảng trống dài nhất, giây"), gettext("Ngoại lệ: xin"), gettext("Ngoại lệ: chấp nhận"),
            gettext("Ngoại lệ: không chấp nhận"), gettext("Ngoại lệ: đã dùng")]
    tables = [
        Table(gettext("Theo tháng"), [gettext("Tháng"), *head], [[number, *_row(figures)] for number, figures in found.months]),
        Table(gettext("Theo đơn vị"), [gettext("Đơn vị"), *head], [[unit.name, *_row(figures)] for unit, figures in found.branches]),
        Table(gettext("Điểm cầu"), [gettext("Phòng"), gettext("Đơn vị"), gettext("Phiên họp"), gettext("Chưa chứng minh"),
                                    gettext("Thường gặp nhất")],
              [[one.room.name, one.room.unit.name, one.sessions, one.not_proven, say(FINDING, one.finding)] for one in found.sites]),
        Table(gettext("Thiết bị"), [gettext("Họ thiết bị"), gettext("Loại"), gettext("Số lượng"), gettext("Mức chứng minh được")],
              [[one.family, say(DEVICE_KIND, one.kind), one.count, one.best.value if one.can_prove else gettext("không")] for one in found.families]),
    ]
    return send_file(BytesIO(workbook_of(tables)), mimetype=XLSX, as_attachment=True, download_name=f"sessions-{found.year}.xlsx")


def _asked() -> Statistics:
    """Return what the address asks for; otherwise this year of the highest unit that the reader is an officer of."""
    user = signed_in()
    first = last_ids(sorted(reach_of(user, Action.SEE_EVIDENCE), key=len))[0]
    unit_id, year = whole(request.args.get("unit", "")) or first, whole(request.args.get("year", "")) or to_local(clock.now()).year
    return statistics.session_statistics(min(unit_id, LARGEST_ID), year, by=user)


def _bars(found: Statistics, most: int) -> list[tuple[int, int, list[tuple[str, float, float]]]]:
    """Return (month, left edge, parts) of each bar; a part is its name, its top and its height, stacked from the ground up."""
    bars = []
    for month, figures in found.months:
        top, parts = float(CHART_HEIGHT), []
        for name in SHOWN:
            height = round(CHART_HEIGHT * getattr(figures, name) / most, 1) if most else 0.0
            top -= height
            parts.append((name, round(top, 1), height))
        bars.append((month, CHART_STEP * (month - 1), parts))
    return bars


def _row(figures: Figures) -> list[Value]:
    return [figures.sessions, figures.secure, figures.not_proven, figures.not_secure, figures.never_live, figures.gaps, figures.longest_gap_s,
            figures.asked, figures.granted, figures.refused, figures.used]
