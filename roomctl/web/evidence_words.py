"""Words about the record of a session and the seal on it."""

from flask_babel import lazy_gettext as _l

REASON = {
    "evidence_unreadable": _l("Bằng chứng đã niêm phong của phiên này không đọc được, nên không lập được biên bản. "
                              "Hãy tải tệp .zip và chạy verify.py."),
    "seal_not_available": _l("Máy chủ chưa cài pyHanko, nên không đóng dấu số được. Người quản trị máy chủ cài bằng lệnh: pip install "
                             "\"pyhanko[pkcs11]\". Tệp bằng chứng .zip vẫn tải được."),
    "seal_file_unreadable": _l("Không đọc được tệp chứng thư, mật khẩu hoặc mã PIN của dấu số. Người quản trị máy chủ xem các biến ROOMCTL_SEAL_*. "
                               "Tệp bằng chứng .zip vẫn tải được."),
    "seal_password_wrong": _l("Mật khẩu hoặc mã PIN của dấu số không đúng. Đừng thử nhiều lần: thẻ có thể tự khóa. Báo người quản trị máy chủ. "
                              "Tệp bằng chứng .zip vẫn tải được."),
    "seal_token_unreachable": _l("Không dùng được thẻ hoặc thiết bị giữ dấu số. Kiểm tra thẻ đã cắm chưa, rồi thử lại. "
                                 "Tệp bằng chứng .zip vẫn tải được."),
    "seal_expired": _l("Chứng thư của dấu số không còn hoặc chưa có hiệu lực (đến %(until)s). Người quản trị máy chủ thay chứng thư. "
                       "Tệp bằng chứng .zip vẫn tải được."),
}
