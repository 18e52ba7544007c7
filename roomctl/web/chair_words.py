"""Words about what a chair does in a session: microphones, the lock, messages, the roll, who may be added."""

from flask_babel import lazy_gettext as _l

DRAWN_A_SECOND = 600  # Legs that one screen draws without being a burden (3,390 took 0.7 s of a processor).
ASKING_A_SECOND = 240  # Panels beside that ask at once; as many as bench.panels has of idle ones.

FINDING = {"dropped_by_chair": _l("Chủ trì đã ngắt điểm cầu này")}
ADVICE = {"dropped_by_chair": _l("Muốn mời vào lại thì bấm Thử lại.")}
MICROPHONES = {
    "muted": _l("mic tắt"), "open": _l("mic bật"), "still_open": _l("mic BẬT – chưa tuân theo"), "still_muted": _l("mic vẫn tắt – chưa bật lại"),
    "unknown": _l("không rõ mic"),
}
MICROPHONES_ICON = {
    "muted": "mic-mute-fill", "open": "mic-fill", "still_open": "exclamation-triangle-fill", "still_muted": "mic-mute-fill",
    "unknown": "question-circle-fill",
}
DELIVERY = {
    "waiting": _l("đang gửi"), "taken": _l("thiết bị đã nhận (không rõ ai đã đọc)"), "refused": _l("thiết bị từ chối"),
    "unknown": _l("không rõ đã nhận chưa"),
}
ANSWER = {"present": _l("Có mặt"), "absent": _l("Vắng"), "": _l("Chưa ghi")}
PHRASE = {  # On the buttons; the rooms read them in Vietnamese.
    "soon": _l("Chuẩn bị: đơn vị đồng chí phát biểu tiếp theo."), "short": _l("Đề nghị kết thúc phát biểu."),
    "mute": _l("Đề nghị tắt micro khi không phát biểu."), "break": _l("Hội nghị tạm nghỉ, xin giữ nguyên kết nối."),
    "resume": _l("Hội nghị tiếp tục, mời các đơn vị vào vị trí."), "sound": _l("Âm thanh của đơn vị đang có lỗi, đề nghị kiểm tra micro."),
}
REASON = {
    "session_not_running": _l("Phiên họp đang kết thúc hoặc đã kết thúc, nên không điều khiển được nữa."),
    "no_microphones": _l("Chỉ tắt, bật được micro của phòng trong hệ thống; đây không phải là phòng."),
    "nobody_waits_to_speak": _l("Không còn ai trong thứ tự phát biểu đang có mặt. Hãy lập lại thứ tự, hoặc mời từng điểm cầu."),
    "lock_not_possible": _l("Phiên này không khóa được: không có cầu truyền hình nào khóa được cửa vào."),
    "host_not_dropped": _l("Không ngắt phòng chủ trì. Muốn dừng họp thì bấm Kết thúc phiên họp."),
    "link_not_dropped": _l("Đây là đường nối giữa hai cầu truyền hình; ngắt đi thì mất nhiều điểm cầu cùng lúc. Hãy ngắt từng điểm cầu."),
    "message_missing": _l("Hãy gõ lời nhắn, hoặc bấm một câu có sẵn."),
    "message_only_phrases": _l("Từ mức Mật trở lên chỉ gửi được câu có sẵn, không gửi chữ tự gõ. Lời vừa gõ không được lưu và không được gửi."),
    "message_nobody_can_show": _l("Không điểm cầu nào đang dự hiện được tin nhắn. Hãy gọi điện cho đầu mối của điểm cầu."),
    "note_at_classified": _l("Từ mức Mật trở lên không ghi chú khi điểm danh. Lời vừa gõ đã bị xóa, không được lưu."),
    "session_locked": _l("Phiên họp đang khóa, không ai vào thêm được. Hãy mở khóa trước, rồi thêm."),
    "room_not_granted": _l("%(room)s có trong đăng ký nhưng chưa được duyệt, nên chưa thêm được. Gọi người duyệt phòng."),
    "room_needs_approver": _l("%(room)s phải có người duyệt, không thêm ngay được. Hãy đăng ký phòng này ở trang của hội nghị."),
    "room_not_free_now": _l("%(room)s đang được giữ cho hội nghị khác trong khoảng thời gian này, hoặc đang đóng cửa."),
    "room_has_no_codec": _l("%(room)s không có thiết bị hội nghị, hoặc chưa có địa chỉ gọi. Gọi kỹ thuật viên."),
    "no_room_for_more": _l("Phiên này các phòng gọi thẳng tới thiết bị của phòng chủ trì, không qua cầu truyền hình, nên không thêm được ai. "
                           "Muốn thêm thì kết thúc phiên, sửa đăng ký rồi bắt đầu lại."),
    "bridge_cannot_call": _l("Cầu truyền hình của phiên này không tự gọi ra ngoài được, nên không mời được khách."),
    "guest_at_classified": _l("Từ mức Mật trở lên không mời khách từ ngoài: không ai đọc được thiết bị của khách để chứng minh mã hóa."),
    "guest_is_ours": _l("Địa chỉ này là của một phòng hoặc một cầu truyền hình trong hệ thống. Hãy thêm phòng đó ở phần Thêm phòng."),
}


def seconds_between_looks(legs: int, *, leads: bool = True) -> int:
    """Return how often a screen asks for a session: each second, but less often where it draws thousands, or thousands ask."""
    return 1 + legs // (DRAWN_A_SECOND if leads else ASKING_A_SECOND)
