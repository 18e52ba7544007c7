"""The words about devices: what is wrong with them, what to do, how they are reached, why a change of theirs is refused."""

from flask_babel import lazy_gettext as _l

FINDING = {
    "no_snmp_answer": _l("Không trả lời giám sát (SNMP)"), "snmp_login_refused": _l("Từ chối tài khoản giám sát (SNMP)"),
    "snmp_no_access": _l("Không cho đọc số liệu giám sát (SNMP)"), "snmp_exception_over": _l("Hết hạn cho phép giám sát kiểu cũ (SNMP v1, v2c)"),
    "credentials_unreadable": _l("Không đọc được mật khẩu đã lưu của thiết bị"),
    "password_unsettled": _l("Chưa rõ thiết bị đang giữ mật khẩu cũ hay mới"),
    "registration_unknown": _l("Không rõ đã đăng ký với tổng đài chưa"), "no_microphone": _l("Không thấy micro"),
    "no_camera": _l("Không thấy camera"), "nothing_readable": _l("Trả lời nhưng không cho biết tình trạng"), "standby": _l("Đang tắt, chưa cần dùng"),
}
ADVICE = {
    "no_snmp_answer": _l("Kiểm tra nguồn điện và dây mạng của thiết bị. Nếu thiết bị vẫn chạy, kiểm tra SNMP đã bật và mật khẩu SNMP còn đúng."),
    "snmp_login_refused": _l("Thiết bị vẫn chạy. Nhờ người quản trị nhập lại tài khoản SNMP ở Sổ thiết bị."),
    "snmp_no_access": _l("Thiết bị vẫn chạy. Trên thiết bị, hãy cho tài khoản SNMP quyền xem toàn bộ."),
    "snmp_exception_over": _l("Thiết bị không còn được hỏi. Nhờ người quản trị chuyển sang SNMPv3, hoặc gia hạn có lý do."),
    "credentials_unreadable": _l("Nhờ người quản trị nhập lại mật khẩu của thiết bị ở Sổ thiết bị."),
    "password_unsettled": _l("Đừng thử đăng nhập. Máy tự thử lại; nếu sau 10 phút vẫn vậy, nhờ người quản trị xem trang Mật khẩu thiết bị."),
    "registration_unknown": _l("Mở màn hình của thiết bị xem đã đăng ký chưa."), "no_microphone": _l("Kiểm tra dây và nguồn của micro."),
    "no_camera": _l("Kiểm tra dây và nguồn của camera."),
    "nothing_readable": _l("Thiết bị có trả lời. Xem trực tiếp trên màn hình hoặc đèn báo của thiết bị."),
    "standby": _l("Không phải làm gì. Thiết bị sẽ được kiểm tra khi phòng có hội nghị."),
    "connection_lost": _l("Kiểm tra dây mạng của thiết bị."),
    "ssh_too_old": _l("Cập nhật phần mềm của thiết bị; nếu không được, nhờ người quản trị xem mục SSH ở Sổ thiết bị."),
    "cannot_encrypt": _l("Nạp khóa bản quyền tính năng mã hóa cho thiết bị."),
    "unexpected_reply": _l("Ghi lại phiên bản phần mềm của thiết bị và báo người quản trị."),
    "command_refused": _l("Tài khoản điều khiển có thể thiếu quyền. Nhờ người quản trị kiểm tra."),
    "driver_fault": _l("Báo người quản trị; nhật ký của máy chủ có chi tiết."),
}
DEVICE_KIND = {"hardware": _l("Thiết bị phòng (điều khiển bằng lệnh)"), "equipment": _l("Thiết bị giám sát (SNMP)")}
# What an old device needs, by the first word of what its probe left.
SSH_HELP = {
    "hostkey": _l("Thiết bị chỉ có khóa máy chủ ký bằng SHA-1. Cách tốt nhất là cập nhật phần mềm. Nếu không có bản mới, người quản trị "
                  "có thể cho phép riêng thiết bị này dùng khóa cũ; khi đó phòng không họp từ mức Mật trở lên."),
    "hostkey_kex": _l("Thiết bị chỉ trao đổi khóa bằng SHA-1. Cách tốt nhất là cập nhật phần mềm. Nếu không có bản mới, người quản trị "
                      "có thể cho phép riêng thiết bị này dùng cách cũ; khi đó phòng không họp từ mức Mật trở lên."),
    "nothing": _l("Không có cách nào cho phép được: thiết bị phải được cập nhật phần mềm hoặc đổi cấu hình SSH."),
}
SSH_LEGACY = {
    "hostkey": _l("Được phép dùng khóa máy chủ ký bằng SHA-1"), "hostkey_kex": _l("Được phép dùng khóa và trao đổi khóa bằng SHA-1"),
    "hostkey+kex": _l("Được phép dùng khóa và trao đổi khóa bằng SHA-1"),
}
HOST_KEY = {"waiting": _l("Chờ phê duyệt"), "pinned": _l("Đã phê duyệt"), "rejected": _l("Đã từ chối")}
REASON = {
    "host_key_in_use": _l("Đây là khóa đang được phê duyệt. Muốn thay, hãy phê duyệt khóa khác."),
    "bad_snmp_username": _l("Tên người dùng SNMPv3 có 1 đến 32 ký tự không dấu, không có dấu cách."),
    "bad_snmp_password": _l("Mật khẩu SNMPv3 phải có từ %(least)s đến %(most)s ký tự."),
    "bad_snmp_community": _l("Hãy nhập chuỗi community mà thiết bị đang dùng."),
    "bad_exception_end": _l("Hãy chọn ngày kết thúc sau hôm nay và không quá một năm."),
    "exception_reason_missing": _l("Hãy ghi lý do thiết bị này không dùng được SNMPv3."),
}
