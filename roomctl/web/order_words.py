"""Words about orders to devices, trial calls and the checks before conferences: what is done, what came of it, what stands in the way."""

from flask_babel import lazy_gettext as _l

KIND = {
    "check": _l("Kiểm tra ngay"), "restart": _l("Khởi động lại"), "set_encryption": _l("Đặt chế độ mã hóa"),
    "assign": _l("Giao người phụ trách, đặt chu kỳ kiểm tra"),
}
SETTING = {"On": _l("Bắt buộc mã hóa"), "BestEffort": _l("Mã hóa khi có thể"), "Off": _l("Không mã hóa")}
STATE = {
    "waiting": _l("Đang đợi"), "under_way": _l("Đang làm"), "done": _l("Xong"), "failed": _l("Không được"), "skipped": _l("Đã bỏ qua"),
    "unknown": _l("Không rõ"),
}
STATE_ICON = {
    "waiting": "hourglass-split", "under_way": "arrow-repeat", "done": "check-circle-fill", "failed": "x-circle-fill", "skipped": "slash-circle",
    "unknown": "question-circle-fill",
}
STATE_STATUS = {"done": "ok", "failed": "critical", "unknown": "unknown"}  # The colour that repeats it.
OUTCOME = {
    "asked": _l("Đã gửi lệnh, đang đợi thiết bị lên lại"), "restarted": _l("Đã tắt và lên lại, thời gian chạy đếm lại từ đầu"),
    "did_not_restart": _l("Thiết bị nhận lệnh nhưng không khởi động lại. Thử rút nguồn 10 giây rồi cắm lại."),
    "did_not_come_back": _l("Thiết bị đã tắt mà không lên lại trong 5 phút. Cần người đến xem nguồn và dây mạng."),
    "back_without_uptime": _l("Thiết bị trả lời lại, nhưng không cho biết đã chạy bao lâu nên không chắc đã khởi động lại."),
    "worker_stopped": _l("Chương trình máy chủ dừng giữa chừng, không biết thiết bị đã nhận lệnh chưa. Xem tình trạng thiết bị rồi hãy ra lệnh lại."),
    "session_took_over": _l("Phiên họp cần dùng thiết bị nên ngừng theo dõi."), "set": _l("Đã đặt, đọc lại thấy đúng"),
    "assigned": _l("Đã ghi"), "found_ok": _l("Đã kiểm tra: tốt"), "found_unknown": _l("Đã kiểm tra: không rõ tình trạng"),
    "found_warning": _l("Đã kiểm tra: cần xem"), "found_critical": _l("Đã kiểm tra: hỏng"),
    "not_looked_at": _l("Chưa kiểm tra được sau 3 phút. Mở trang thiết bị để xem."),
    "too_slow": _l("Thiết bị trả lời quá chậm nên chưa làm gì."), "stopped": _l("Người dùng dừng lệnh"),
    "expired": _l("Lệnh để quá 12 giờ nên không làm nữa"), "in_session": _l("Đang dùng cho phiên họp"), "in_call": _l("Đang có cuộc gọi"),
    "conference_soon": _l("Phòng có hội nghị trong vòng một giờ"), "not_supported": _l("Loại thiết bị này không làm được"),
    "not_asked": _l("Chưa khai cách hỏi thiết bị (SNMP)"), "not_yours": _l("Không thuộc đơn vị bạn quản lý"), "retired": _l("Đã ngừng dùng"),
}
TRIAL_STEP = {
    "ready": _l("Thiết bị sẵn sàng gọi"), "connected": _l("Bên kia trả lời"), "media": _l("Có tiếng cả hai chiều"),
    "encryption": _l("Cuộc gọi được mã hóa"), "hung_up": _l("Đã ngắt, thiết bị không còn cuộc gọi"),
}
TRIAL_DETAIL = {
    "no_proof": _l("loại thiết bị này không cho biết"), "session_took_over": _l("nhường cho phiên họp"),
    "trial_expired": _l("đợi quá 2 phút nên không gọi nữa"), "retired": _l("thiết bị đã ngừng dùng"),
    "trial_in_session": _l("thiết bị đang dùng cho phiên họp"), "trial_ordered": _l("thiết bị đang được khởi động lại hoặc đặt cấu hình"),
    "trial_conference_soon": _l("phòng sắp có hội nghị"), "trial_address_in_session": _l("địa chỉ đang dùng cho phiên họp"),
}
ANSWER = {"yes": _l("Có"), "no": _l("Không"), "unknown": _l("Không rõ")}
CHECK = {
    "reachable": _l("kết nối"), "host_key": _l("khóa SSH"), "ssh_allowed": _l("SSH đúng quy định"), "bridge": _l("cầu truyền hình"),
    "registered": _l("đăng ký tổng đài"), "encryption": _l("mã hóa"), "no_call": _l("không có cuộc gọi"), "microphone": _l("micro"),
    "camera": _l("camera"), "firmware": _l("phiên bản phần mềm"), "clock": _l("đồng hồ"),
}
# What is wrong when a check says no, and when it must be known and is not.
CHECK_FAILED = {
    "reachable": _l("không kết nối được"), "host_key": _l("khóa SSH chưa được phê duyệt"), "ssh_allowed": _l("SSH quá cũ cho mức Mật"),
    "bridge": _l("không có cầu truyền hình phục vụ được"), "registered": _l("chưa đăng ký tổng đài"), "encryption": _l("không họp mã hóa được"),
    "no_call": _l("đang có cuộc gọi khác"), "microphone": _l("không thấy micro"), "camera": _l("không thấy camera"),
    "firmware": _l("phiên bản phần mềm chưa được phê duyệt"), "clock": _l("đồng hồ sai quá một phút"),
}
CHECK_DETAIL = {
    "not_looked_at": _l("chưa kiểm tra được"), "in_session": _l("đang dùng cho phiên họp khác"),
    "grade_too_low": _l("mức chứng minh thấp hơn hồ sơ yêu cầu"), "no_proof": _l("loại thiết bị này không chứng minh được mã hóa"),
    "cannot_require": _l("loại thiết bị này không bắt buộc mã hóa được"),
    "none_approved": _l("kiểu máy này chưa có phiên bản nào được phê duyệt"), "no_bridge": _l("không có cầu đủ cổng"),
}
READY = {"yes": _l("Sẵn sàng"), "no": _l("Chưa sẵn sàng"), "unknown": _l("Chưa biết"), "asked": _l("Đang kiểm tra")}
READY_STATUS = {"yes": "ok", "no": "critical", "unknown": "unknown", "asked": "none"}
FINDING = {"ssh_legacy_barred": _l("SSH của thiết bị quá cũ, không được họp từ mức Mật")}
ADVICE = {"ssh_legacy_barred": _l("Họp tiếp không có phòng này, hoặc đổi phòng khác. Kỹ thuật viên phải nâng cấp thiết bị.")}
REASON = {
    "ssh_legacy_barred": _l("SSH của thiết bị ở %(rooms)s quá cũ, không được họp từ mức Mật, nên còn lại chưa đủ hai phòng. "
                            "Đổi phòng khác hoặc gọi kỹ thuật viên."),
    "device_ordered": _l("Kỹ thuật viên đang thao tác trên %(devices)s. Đợi một phút rồi bấm lại."),
    "unknown_person_chosen": _l("Người này không còn tài khoản. Hãy chọn người khác."),
    "nothing_to_assign": _l("Hãy chọn người phụ trách, hoặc nhập chu kỳ kiểm tra."),
    "trial_no_codec": _l("Phòng này chưa có thiết bị hội nghị (codec) nên không gọi thử được."),
    "trial_not_supported": _l("Loại thiết bị này không ra lệnh gọi được. Hãy gọi thử từ điều khiển của phòng."),
    "trial_under_way": _l("Thiết bị đang có một cuộc gọi thử. Đợi cuộc đó xong rồi gọi lại."),
    "trial_in_session": _l("%(device)s đang dùng cho phiên họp. Gọi thử sau khi phiên kết thúc."),
    "trial_ordered": _l("%(device)s đang được khởi động lại hoặc đặt cấu hình. Đợi một phút rồi gọi lại."),
    "trial_conference_soon": _l("Phòng của %(device)s có hội nghị lúc %(at)s. Chỉ gọi thử khi còn hơn 15 phút."),
    "trial_address_in_session": _l("Địa chỉ này đang dùng cho một phiên họp. Hãy chọn địa chỉ khác."),
    "trial_room_without_codec": _l("Phòng đó không có thiết bị hội nghị khác để gọi đến. Hãy chọn phòng khác."),
}
