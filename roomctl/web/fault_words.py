"""What a device's fault is called on screen and in notices.

A fault is a word of its own ("unreachable"), or the name of the reading that is bad ("battery_charge"); readings are many, and are
called here by what of the room they are about.
"""

import re

from flask import Flask
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from roomctl.duty.standing import LINE_DOWN
from roomctl.organisation.units import short_name
from roomctl.web.reading_words import reading_name
from roomctl.web.words import FINDING, say

# What a reading is about, by its name; the first that fits.
KINDS: tuple[tuple[str, str], ...] = (
    ("ups", r"battery|^ups|runtime|^output_(source|load|current|power|voltage|frequency)|bypass|self_test|alarms_present|^input_(voltage|frequency)"),
    ("sensor", r"sensor_(contact|status)|input_alarm|water|leak|smoke|door"),
    ("heat", r"temperature|fan|humidity|thermal"),
    ("outlets", r"outlet|load_state|meter_state|power_supply|surge|phase_|clock_state|^pdu"),
    ("projector", r"lamp|projector|light_source|^power_state"),
    ("microphone", r"microphone|audio_input"),
    ("camera", r"camera|video_input"),
    ("computer", r"storage|disk|memory|processor|cpu|load_average"),
    ("printer", r"printer|toner|supply|paper|tray|waste"),
    ("registration", r"^sip_|^h323_|registration|gatekeeper"),
    ("line", r"loss|jitter|latency"),
    ("port", r"port_|network_card|interface"),
    ("clock", r"clock|ntp"),
)
KIND = {
    "ups": _l("Bộ lưu điện báo lỗi"), "sensor": _l("Cảm biến phòng máy báo động"), "heat": _l("Quá nóng, hoặc quạt hỏng"),
    "outlets": _l("Thanh ổ cắm báo lỗi"), "projector": _l("Máy chiếu hoặc màn hình báo lỗi"), "microphone": _l("Micro báo lỗi"),
    "camera": _l("Camera báo lỗi"), "computer": _l("Máy tính của phòng sắp hết chỗ hoặc quá tải"),
    "printer": _l("Máy in cần thêm giấy, mực hoặc sửa"), "registration": _l("Lỗi đăng ký với tổng đài"),
    "line": _l("Đường truyền kém: mất gói, trễ"), "port": _l("Cổng mạng báo lỗi"),
    "clock": _l("Đồng hồ của thiết bị sai"),
}


def kind_of(fault: str) -> str:
    """Return which kind of thing a reading is about ("ups"); an empty string when its name does not say."""
    return next((kind for kind, pattern in KINDS if re.search(pattern, fault)), "")


def fault_name(fault: str) -> str:
    """Return what a fault is called: a reading by what it is about and its own name; an empty string for none."""
    if not fault:
        return ""
    if fault == LINE_DOWN:
        return gettext("Mất đường truyền")
    if fault in FINDING:
        return say(FINDING, fault)
    kind, name = say(KIND, kind_of(fault)), reading_name(fault)
    return f"{kind}: {name}" if kind and name != fault else kind or name


def register(app: Flask) -> None:
    """Give templates the words, and units' names without their kind, as tiles have place for."""
    app.jinja_env.filters.update(fault=fault_name, unit_short=short_name)
