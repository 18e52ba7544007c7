"""Words about alerts and the rota: why something is refused."""

from flask_babel import lazy_gettext as _l

REASON = {
    "alert_over": _l("Cảnh báo này đã hết lúc %(at)s, không cần nhận nữa."), "alert_taken": _l("%(who)s đã nhận xử lý lúc %(at)s."),
    "duty_turns_overlap": _l("Đã có %(count)s ca trực đơn vị này vào lúc đó. Chưa ghi gì; hãy xem rồi quyết định."),
    "duty_turn_too_long": _l("Một ca trực không được dài quá %(limit)s ngày."), "duty_turn_over": _l("Ca trực này đã qua. Hãy chọn một lúc sắp tới."),
    "no_technician_of_unit": _l("Người này không có vai trò Kỹ thuật ở đơn vị đó. Hãy chọn người khác, hoặc nhờ người quản trị cấp vai trò."),
    "handover_missing": _l("Hãy ghi việc ca sau cần biết. Nếu không có gì, ghi: Không có việc tồn đọng."),
    "duty_turn_not_now": _l("Chỉ ghi bàn giao được trong ca trực và đến 12 giờ sau ca."),
}
