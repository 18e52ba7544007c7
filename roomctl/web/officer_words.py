"""Words about overrides, attestations, clocks and the editor of profiles."""

from flask_babel import lazy_gettext as _l

LEG = {"overridden": _l("Chấp nhận ngoại lệ")}
LEG_ICON = {"overridden": "shield-exclamation"}
FINDING = {
    "no_line_protection": _l("Chưa có xác nhận bảo vệ đường truyền còn hạn"),
    "no_wired_microphones": _l("Chưa có xác nhận dùng micro có dây còn hạn"),
    "no_room_inspection": _l("Chưa có xác nhận kiểm tra phòng còn hạn"),
    "clock_stepped": _l("Đồng hồ máy chủ bị chỉnh lùi, không rõ kéo dài bao lâu"),
}
ADVICE = {
    "no_line_protection": _l("Gọi cán bộ an ninh ghi xác nhận ở trang Xác nhận, rồi bấm Thử lại."),
    "no_wired_microphones": _l("Gọi kỹ thuật viên hoặc cán bộ an ninh ghi xác nhận ở trang Xác nhận, rồi bấm Thử lại."),
    "no_room_inspection": _l("Gọi kỹ thuật viên hoặc cán bộ an ninh ghi xác nhận ở trang Xác nhận, rồi bấm Thử lại."),
}
ATTESTATION = {
    "line_protection": _l("Bảo vệ đường truyền"), "wired_microphones": _l("Micro có dây"), "room_inspection": _l("Kiểm tra phòng"),
}
OVERRIDE = {"asked": _l("Đang chờ an ninh"), "granted": _l("Đã chấp nhận"), "refused": _l("Không chấp nhận")}
OVERRIDE_END = {
    "refused": _l("không chấp nhận"), "proven": _l("đã chứng minh được mã hóa, không cần nữa"),
    "worse": _l("điểm cầu xấu hơn mức đã chấp nhận"), "left_out": _l("điểm cầu không tham gia nữa"), "session_ended": _l("phiên họp đã kết thúc"),
}
ACCEPTS = {
    "not_proven": _l("Điểm cầu được dự họp dù chưa chứng minh được mã hóa. Nếu đọc được là không mã hóa, điểm cầu vẫn bị ngắt."),
    "not_secure": _l("Điểm cầu được dự họp dù cuộc gọi KHÔNG được mã hóa: ai nghe được đường truyền thì nghe được cuộc họp."),
}
ON_DRIFT = {
    "alarm": _l("Chỉ báo động"), "drop": _l("Ngắt điểm cầu đó"), "end": _l("Kết thúc phiên họp"),
}
TERM = {
    "name_vi": _l("Tên tiếng Việt"), "name_en": _l("Tên tiếng Anh"), "min_grade": _l("Mức bằng chứng tối thiểu"),
    "suites": _l("Bộ mã hóa được phê duyệt"), "check_interval_s": _l("Chu kỳ kiểm tra"), "on_drift": _l("Khi đang họp mà không còn đạt"),
    "overridable": _l("Cho phép chấp nhận ngoại lệ"), "attestations": _l("Xác nhận bắt buộc"),
}
CLOCK = {
    "yes": _l("Thời gian đáng tin"), "no": _l("Thời gian KHÔNG đáng tin"), "unknown": _l("Không rõ thời gian có đáng tin không"),
}
CLOCK_REASON = {
    "far_from_database": _l("đồng hồ máy chủ lệch nhiều so với đồng hồ cơ sở dữ liệu"),
    "not_synchronised": _l("không có dịch vụ nào đồng bộ đồng hồ của máy chủ"),
    "kernel_not_asked": _l("không hỏi được hệ điều hành về đồng hồ"),
}
ASK_REASON = {  # What a panel offers, where nobody has a keyboard.
    "cannot": _l("Thiết bị của điểm cầu chưa đáp ứng hồ sơ bảo mật."),
    "urgent": _l("Họp khẩn, không thể đợi sửa thiết bị."),
    "needed": _l("Điểm cầu này bắt buộc phải dự."),
    "suite": _l("Bộ mã hóa của thiết bị chưa được phê duyệt."),
}
REASON = {
    "override_not_allowed": _l("Hồ sơ bảo mật của hội nghị này không cho phép ngoại lệ. Hãy sửa điểm cầu, hoặc họp không có điểm cầu đó."),
    "override_not_possible": _l("Tình trạng này không ai được chấp nhận. Hãy sửa điểm cầu rồi bấm Thử lại, hoặc họp không có điểm cầu đó."),
    "own_override": _l("Người xin, người đăng ký, người chủ trì và người bắt đầu phiên không được tự quyết. Hãy để cán bộ an ninh khác quyết định."),
    "override_over": _l("Yêu cầu này không còn: phiên họp đã kết thúc, hoặc điểm cầu đã ổn hay không tham gia nữa."),
    "no_legs_chosen": _l("Hãy chọn ít nhất một điểm cầu."),
    "wrong_password": _l("Mật khẩu không đúng. Chưa có gì được ghi."),
    "no_line_protection": _l("Chưa bắt đầu được: thiếu xác nhận bảo vệ đường truyền còn hạn cho %(rooms)s. Gọi cán bộ an ninh ghi ở trang Xác nhận."),
    "no_wired_microphones": _l("Chưa bắt đầu được: thiếu xác nhận dùng micro có dây còn hạn cho %(rooms)s. Gọi kỹ thuật viên ghi ở trang Xác nhận."),
    "no_room_inspection": _l("Chưa bắt đầu được: thiếu xác nhận kiểm tra phòng còn hạn cho %(rooms)s. Gọi kỹ thuật viên ghi ở trang Xác nhận."),
    "serial_missing": _l("Hãy nhập số hiệu (serial) của thiết bị bảo vệ đường truyền."),
    "bad_valid_until": _l("Hãy nhập ngày hết hạn, từ hôm nay đến tối đa %(days)s ngày nữa."),
    "already_withdrawn": _l("Xác nhận này đã được rút trước đó."),
    "suites_missing": _l("Hãy ghi ít nhất một bộ mã hóa, mỗi dòng một tên."),
    "bad_suites": _l("Nhiều nhất %(most)s bộ mã hóa, mỗi tên dài nhất %(limit)s ký tự, chỉ gồm chữ không dấu, chữ số, dấu cách và - _ . : / +"),
    "profile_moved_on": _l("Hồ sơ vừa có phiên bản %(version)s. Hãy tải lại trang và xem lại."),
    "profile_unchanged": _l("Không có gì thay đổi so với phiên bản đang dùng. Chưa ghi gì."),
}
