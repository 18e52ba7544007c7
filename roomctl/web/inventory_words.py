"""The words of the inventory: what is due, how a change of password ended, what SSH a device speaks, why a change of a device is refused."""

from flask_babel import lazy_gettext as _l

DUE = {"no_plan": _l("không có kế hoạch"), "later": _l("chưa đến hạn"), "now": _l("đến hạn"), "unknown": _l("không rõ")}
ONLY = {
    "warranty": _l("Bảo hành đã hết hoặc còn dưới 90 ngày"), "maintenance": _l("Đến hạn bảo dưỡng"), "inspection": _l("Quá một năm chưa kiểm kê"),
    "differing": _l("Nhãn khác với thiết bị báo"),
}
ROTATION = {
    "waiting": _l("Đang đợi"), "setting": _l("Đang đổi"), "done": _l("Đã đổi, đã đăng nhập lại được"), "failed": _l("Không đổi"),
    "unknown": _l("Không rõ thiết bị giữ mật khẩu nào"),
}
# What came of it, where a driver's error is no explanation.
ROTATION_DETAIL = {
    "kept_the_old": _l("Thiết bị vẫn giữ mật khẩu cũ. Có thể thử lại."),
    "neither_accepted": _l("Thiết bị không nhận mật khẩu nào trong hai mật khẩu. Để khỏi bị khóa tài khoản, máy không thử nữa. Hãy đặt lại mật khẩu "
                           "trên chính thiết bị rồi nhập ở trang của thiết bị."),
    "new_refused": _l("Thiết bị không nhận mật khẩu mới; mật khẩu cũ sẽ được thử một lần khi thiết bị trả lời."),
    "old_refused": _l("Thiết bị không nhận mật khẩu cũ; mật khẩu mới sẽ được thử một lần khi thiết bị trả lời."),
    "by_hand": _l("Người quản trị đã tự nhập mật khẩu, hoặc thiết bị đã được thay."),
    "password_not_changeable": _l("Dòng thiết bị này không có lệnh đổi mật khẩu đã kiểm chứng."),
}
SSH_VERDICT = {
    "modern": _l("SSH đạt yêu cầu, không cần cho phép gì thêm."),
    "needs_host_key_shim": _l("Thiết bị chỉ có khóa máy chủ ký bằng SHA-1."),
    "needs_both": _l("Thiết bị chỉ trao đổi khóa bằng SHA-1."),
    "impossible": _l("Không có cách nào kết nối được, kể cả khi cho phép SHA-1. Phải nâng cấp phần mềm của thiết bị."),
}
CHANGE = {"added": _l("+ thêm"), "removed": _l("− bỏ"), "changed": _l("± đổi")}
REASON = {
    "address_of_retired": _l("Địa chỉ này là của thiết bị %(name)s đã ngừng sử dụng, khác loại hoặc của đơn vị khác. Hãy dùng địa chỉ khác, "
                             "hoặc nhờ quản trị cấp trên."),
    "device_counted_on": _l("Còn %(count)s hội nghị chưa họp cần thiết bị này. Nếu vẫn ngừng, các phòng đó họp không có thiết bị."),
    "device_in_session": _l("%(name)s đang dùng cho một phiên họp. Hãy đợi phiên kết thúc rồi làm lại."),
    "retirement_reason_missing": _l("Hãy ghi lý do ngừng sử dụng."), "swap_reason_missing": _l("Hãy ghi lý do thay máy."),
    "serial_missing": _l("Hãy nhập số máy ghi trên nhãn của máy mới."),
    "card_changed_meanwhile": _l("Người khác vừa sửa thẻ này. Chưa lưu gì; hãy mở lại trang, xem rồi sửa lại."),
    "day_in_the_future": _l("Ngày này chưa đến."), "day_too_early": _l("Ngày phải từ năm %(year)s trở đi."),
    "warranty_before_purchase": _l("Ngày hết bảo hành không được trước ngày mua."),
    "later_one_recorded": _l("Đã có một lần ghi muộn hơn, ngày %(day)s."),
    "maintenance_done_missing": _l("Hãy ghi đã làm gì."), "inspection_result_missing": _l("Hãy ghi kết quả kiểm kê."),
    "password_not_changeable": _l("Dòng thiết bị %(family)s không có lệnh đổi mật khẩu đã kiểm chứng. Hãy đổi trên thiết bị rồi nhập mật khẩu mới."),
    "no_password_known": _l("Chưa có mật khẩu đã lưu, hoặc khóa SSH chưa được phê duyệt, nên không đổi được."),
    "password_being_changed": _l("Mật khẩu của thiết bị đang được đổi. Hãy đợi một phút rồi làm lại."),
    "no_control_account": _l("Thiết bị này chỉ được giám sát qua SNMP, không có tài khoản điều khiển."),
    "bad_private_key": _l("Khóa riêng không dùng được: phải là khóa OpenSSH nguyên vẹn, không có mật khẩu bảo vệ."),
    "legacy_reason_missing": _l("Hãy ghi lý do cho phép, ví dụ hãng không còn bản phần mềm mới."),
    "ssh_look_busy": _l("Đang có hai người thăm dò thiết bị khác. Hãy thử lại sau vài giây."),
    "upstream_in_a_circle": _l("Thiết bị được chọn lại đứng sau chính thiết bị này."),
    "model_missing": _l("Hãy nhập kiểu máy."), "firmware_missing": _l("Hãy nhập phiên bản phần mềm."),
    "device_not_known": _l("Chưa có thiết bị ở địa chỉ và cổng này. Bằng tệp chỉ thêm được thiết bị dòng %(family)s; "
                           "thiết bị có mật khẩu thì thêm ở Sổ thiết bị."),
    "device_stays": _l("Thiết bị đang là: %(now)s. Không đổi được bằng tệp."),
}
