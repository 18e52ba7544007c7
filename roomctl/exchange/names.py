"""What choices are called in a table, in both languages: short, since somebody types them into cells.  Pure."""

from collections.abc import Mapping

from roomctl.exchange.columns import plain

OPEN_TO = {"unit": ("đơn vị", "unit"), "above": ("cấp trên", "above"), "nobody": ("phải duyệt", "nobody")}
EQUIPMENT = {
    "projector": ("Máy chiếu", "Projector"), "display": ("Màn hình lớn", "Large display"),
    "interactive_board": ("Bảng tương tác", "Interactive board"), "recording": ("Ghi âm, ghi hình", "Recording"),
    "ceiling_microphones": ("Micro trần", "Ceiling microphones"), "interpretation": ("Phiên dịch", "Interpretation"),
    "hearing_loop": ("Vòng từ trợ thính", "Hearing loop"), "wheelchair": ("Lối đi xe lăn", "Wheelchair access"),
}
ROLES = {
    "staff": ("Văn phòng", "Office"), "approver": ("Duyệt phòng", "Approver"), "technician": ("Kỹ thuật", "Technician"),
    "chair": ("Chủ trì", "Chair"), "auditor": ("An ninh", "Security"), "administrator": ("Quản trị", "Administrator"),
}
DAYS = {
    "1": ("T2", "Mon"), "2": ("T3", "Tue"), "3": ("T4", "Wed"), "4": ("T5", "Thu"), "5": ("T6", "Fri"), "6": ("T7", "Sat"), "7": ("CN", "Sun"),
}
Names = Mapping[str, tuple[str, str]]


def said(names: Names, key: str, *, english: bool) -> str:
    """Return what a choice is called."""
    return names[key][english] if key in names else key


def meant(names: Names, text: str) -> str | None:
    """Return the choice that somebody means: by its name in either language, or as it is called in code."""
    wanted = plain(text)
    return next((key for key, both in names.items() if wanted in {plain(key), *map(plain, both)}), None)
