"""What to do about each fault, in plain numbered steps: what it means for a conference, what to try, when to call and whom.

The words are for somebody who stands in the room and has never opened the device.  Nothing here names a menu of one maker.
"""

from dataclasses import dataclass, replace
from typing import Any

from flask_babel import lazy_gettext as _l

from roomctl.web.fault_words import kind_of


@dataclass(frozen=True, slots=True)
class Guide:
    """One fault: what it means, the steps in their order, and when to call somebody."""

    meaning: Any
    steps: tuple[Any, ...]
    call: Any


_POWER = _l("Kiểm tra nguồn điện: đèn trên thiết bị có sáng không, ổ cắm có điện không, công tắc của thiết bị đã bật chưa.")
_CABLE = _l("Kiểm tra dây mạng: cắm chặt cả hai đầu, đèn ở cổng mạng phải sáng. Nếu có dây khác thì đổi dây.")
_SWITCH = _l("Xem bộ chia mạng của phòng: đèn nguồn phải sáng, đèn của cổng nối tới thiết bị phải sáng.")
_OTHERS = _l("Xem các thiết bị khác của phòng. Nếu tất cả cùng mất thì lỗi ở điện hoặc đường truyền, không ở thiết bị này.")
_NOT_WHILE_MEETING = _l("Nếu phòng đang họp, không tắt thiết bị. Hỏi người chủ trì trước.")
_RESTART = _l("Tắt thiết bị, đợi 30 giây, bật lại, rồi đợi 5 phút cho thiết bị khởi động xong.")
_LOOK = _l("Bấm “Kiểm tra ngay”, đợi một phút, rồi xem lại tình trạng ở trang này.")
_NOTHING_TO_TOUCH = _l("Không cần làm gì tại phòng. Không tắt, không rút dây thiết bị.")
_READ_OUT = _l("Ghi lại tên phòng, tên thiết bị và đúng dòng báo lỗi, để đọc cho người trực.")
_TRY_CALL = _l("Gọi thử từ phòng này sang một phòng khác và nghe, nhìn cả hai chiều.")

_CALL = _l("Nếu đã làm hết các bước mà chưa được, hoặc còn dưới 1 giờ nữa là họp: gọi người trực ngay.")
_CALL_KEEPER = _l("Việc này do người quản lý thiết bị làm từ xa. Gọi người trực và đọc dòng báo lỗi.")
_CALL_LINE = _l("Gọi người trực. Người trực báo đơn vị vận hành đường truyền và đề nghị chuyển hội nghị sang phòng khác nếu cần.")
_CALL_REPAIR = _l("Gọi người trực để xin thay thế hoặc sửa chữa. Báo cả ngày giờ hội nghị gần nhất của phòng.")
_CALL_SECURITY = _l("Gọi người trực ngay, kể cả khi phòng không có hội nghị: có thể thiết bị đã bị thay hoặc có người chen vào giữa.")

_GONE = _l("Không điều khiển được thiết bị. Nếu là thiết bị hội nghị thì phòng không vào họp được.")
_NO_ANSWER = (_OTHERS, _POWER, _CABLE, _SWITCH, _NOT_WHILE_MEETING, _RESTART, _LOOK)
_WATCHED_LESS = _l("Thiết bị có thể vẫn chạy tốt, nhưng hệ thống không theo dõi được. Hội nghị vẫn họp được.")
_KEEPERS_WORK = (_NOTHING_TO_TOUCH, _READ_OUT)

UNKNOWN = Guide(
    _l("Chưa có số liệu mới của thiết bị này, nên không biết tốt hay hỏng. Đừng coi là tốt trước khi họp."),
    (_LOOK, _OTHERS, _POWER, _CABLE, _TRY_CALL), _CALL)
GENERAL = Guide(
    _l("Thiết bị báo một lỗi ít gặp. Hãy coi là chưa sẵn sàng cho đến khi gọi thử được."),
    (_READ_OUT, _POWER, _CABLE, _TRY_CALL, _NOT_WHILE_MEETING, _RESTART, _LOOK), _CALL)

GUIDES: dict[str, Guide] = {
    # It does not answer
    "unreachable": Guide(_GONE, _NO_ANSWER, _CALL),
    "silent": Guide(_GONE, (_NOT_WHILE_MEETING, _RESTART, _LOOK, _POWER, _CABLE, _SWITCH), _CALL),
    "connection_lost": Guide(_GONE, (_LOOK, _CABLE, _SWITCH, _NOT_WHILE_MEETING, _RESTART, _LOOK), _CALL),
    "no_snmp_answer": Guide(_WATCHED_LESS, _NO_ANSWER, _CALL),
    "line_down": Guide(
        _l("Gần như mọi thiết bị của đơn vị cùng không trả lời: nhiều khả năng mất đường truyền hoặc mất điện, không phải hỏng từng phòng."),
        (_l("Hỏi trụ sở đơn vị: có mất điện không, các máy khác có vào mạng được không."),
         _l("Xem thiết bị đầu đường truyền tại trụ sở: đèn nguồn và đèn tín hiệu có sáng không."),
         _l("Không đi từng phòng, không khởi động lại từng thiết bị: khi đường truyền có lại, các phòng tự trở lại."),
         _l("Báo các đơn vị có hội nghị trong vài giờ tới để chuẩn bị phòng khác hoặc đổi giờ.")), _CALL_LINE),
    # Keys, accounts, rules
    "host_key_unknown": Guide(
        _l("Thiết bị mới hoặc vừa cài lại; chưa ai xác nhận đúng là thiết bị của mình, nên phòng chưa vào họp được."),
        (_l("Mở trang “Thiết bị”, tìm dòng “Khóa SSH chờ phê duyệt”."),
         _l("Đọc dấu vân tay trên màn hình của chính thiết bị và so từng chữ với dòng trên trang."),
         _l("Giống hệt thì phê duyệt. Khác dù chỉ một chữ thì không phê duyệt.")), _CALL_SECURITY),
    "host_key_changed": Guide(
        _l("Thiết bị đưa ra khóa khác với khóa đã phê duyệt. Không mật khẩu nào được gửi và phòng không vào họp được."),
        (_l("Hỏi xem thiết bị có vừa được thay, cài lại hoặc nâng cấp không."),
         _l("Không phê duyệt khóa mới khi chưa đứng trước thiết bị và so dấu vân tay trên màn hình của nó."),
         _READ_OUT), _CALL_SECURITY),
    "login_refused": Guide(
        _l("Thiết bị không nhận tài khoản điều khiển, nên không bắt đầu họp từ xa được."),
        (_l("Hỏi xem có ai vừa đổi mật khẩu trên thiết bị không."), *_KEEPERS_WORK), _CALL_KEEPER),
    "session_table_full": Guide(
        _l("Thiết bị đã hết chỗ cho người điều khiển, nên không nhận thêm lệnh."),
        (_l("Nếu có người đang mở trang điều khiển của thiết bị trên máy tính, nhờ họ đăng xuất."), _LOOK, _NOT_WHILE_MEETING, _RESTART, _LOOK),
        _CALL),
    "ssh_too_old": Guide(
        _l("Thiết bị vẫn chạy, nhưng cách mã hóa điều khiển quá cũ so với quy định, nên hệ thống không kết nối."), _KEEPERS_WORK, _CALL_KEEPER),
    "credentials_unreadable": Guide(
        _l("Máy chủ không đọc được mật khẩu đã lưu của thiết bị. Thiết bị không hỏng."), _KEEPERS_WORK, _CALL_KEEPER),
    "password_unsettled": Guide(
        _l("Đang đổi mật khẩu thiết bị thì bị ngắt, nên chưa biết thiết bị giữ mật khẩu nào. Thiết bị không hỏng."),
        (_LOOK, *_KEEPERS_WORK), _CALL_KEEPER),
    "snmp_login_refused": Guide(_WATCHED_LESS, _KEEPERS_WORK, _CALL_KEEPER),
    "snmp_no_access": Guide(_WATCHED_LESS, _KEEPERS_WORK, _CALL_KEEPER),
    "snmp_exception_over": Guide(
        _l("Thời gian được phép theo dõi thiết bị bằng cách cũ đã hết, nên thiết bị không được theo dõi nữa. Thiết bị không hỏng."),
        _KEEPERS_WORK, _CALL_KEEPER),
    "unexpected_reply": Guide(
        _l("Thiết bị trả lời khác thường, có thể do vừa nâng cấp phần mềm. Chưa chắc họp được."),
        (_LOOK, _TRY_CALL, _READ_OUT), _CALL),
    "command_refused": Guide(
        _l("Thiết bị từ chối một lệnh điều khiển. Chưa chắc họp được."), (_LOOK, _TRY_CALL, _READ_OUT), _CALL),
    "unsafe_value": Guide(
        _l("Địa chỉ gọi của thiết bị ghi sai trong sổ thiết bị, nên không gửi lệnh được. Thiết bị không hỏng."), _KEEPERS_WORK, _CALL_KEEPER),
    "driver_fault": Guide(
        _l("Phần mềm điều khiển gặp lỗi khi đọc thiết bị này. Thiết bị có thể vẫn tốt."), (_LOOK, _TRY_CALL, _READ_OUT), _CALL_KEEPER),
    # What a codec says of itself
    "not_registered": Guide(
        _l("Thiết bị chưa đăng ký với tổng đài: không gọi đi và không nhận cuộc gọi được."),
        (_CABLE, _SWITCH, _l("Xem màn hình của thiết bị có báo lỗi mạng hoặc lỗi đăng ký không."), _NOT_WHILE_MEETING, _RESTART, _LOOK), _CALL),
    "registration_unknown": Guide(
        _l("Thiết bị không cho biết đã đăng ký với tổng đài chưa. Đừng coi là tốt khi chưa gọi thử."), (_LOOK, _TRY_CALL), _CALL),
    "cannot_encrypt": Guide(
        _l("Thiết bị chưa có bản quyền mã hóa: phòng này không dự được hội nghị cần bảo mật."),
        (_NOTHING_TO_TOUCH, _l("Nếu phòng sắp có hội nghị bảo mật, chuẩn bị phòng khác.")), _CALL_KEEPER),
    "no_microphone": Guide(
        _l("Thiết bị không thấy micro: các phòng khác sẽ không nghe được phòng này."),
        (_l("Kiểm tra dây micro cắm chặt vào thiết bị và vào chân micro."), _l("Kiểm tra công tắc trên micro; micro không dây thì thay pin."),
         _l("Thử cắm micro sang cổng khác, hoặc thử một micro khác."), _LOOK, _TRY_CALL), _CALL),
    "no_camera": Guide(
        _l("Thiết bị không thấy camera: các phòng khác sẽ không nhìn thấy phòng này."),
        (_l("Kiểm tra nguồn của camera: đèn trên camera phải sáng."), _l("Kiểm tra dây hình và dây điều khiển giữa camera và thiết bị."),
         _NOT_WHILE_MEETING, _RESTART, _LOOK, _TRY_CALL), _CALL),
    "nothing_readable": Guide(
        _l("Thiết bị có trả lời nhưng không cho biết tình trạng, nên không biết tốt hay hỏng."), (_LOOK, _TRY_CALL, _READ_OUT), _CALL),
    "standby": Guide(
        _l("Thiết bị đang tắt và hiện không có hội nghị cần đến. Đây không phải lỗi."),
        (_l("Trước giờ họp 30 phút, bật thiết bị và xem hình có lên không."),), _CALL),
}

# Where a device reports a fault by the name of what it measures: by what that is about.
OF_KIND: dict[str, Guide] = {
    "ups": Guide(
        _l("Bộ lưu điện đang chạy bằng ắc quy, sắp hết hoặc ắc quy yếu: mất điện thì phòng sẽ tắt giữa hội nghị."),
        (_l("Hỏi xem khu vực có mất điện không. Nếu có, tính thời gian còn lại so với giờ họp."),
         _l("Kiểm tra dây nguồn vào của bộ lưu điện và cầu dao."),
         _l("Tắt bớt thiết bị không cần cho hội nghị đang cắm vào bộ lưu điện."),
         _l("Nếu điện vẫn có mà bộ lưu điện báo lỗi: đừng tắt nó khi đang họp, đề nghị thay ắc quy.")), _CALL_REPAIR),
    "sensor": Guide(
        _l("Cảm biến của phòng máy báo động: nước, khói, cửa mở hoặc cảm biến hỏng."),
        (_l("Đến xem ngay tại chỗ. Có khói hoặc nước thì ngắt cầu dao nếu an toàn, và báo bảo vệ."),
         _l("Đóng cửa tủ hoặc cửa phòng máy."), _LOOK), _CALL),
    "heat": Guide(
        _l("Phòng máy hoặc thiết bị quá nóng: thiết bị có thể tự tắt giữa hội nghị."),
        (_l("Xem khe thông gió có bị che hoặc bám bụi không."), _l("Bật điều hòa hoặc quạt, mở cửa tủ thiết bị."),
         _l("Nghe xem quạt của thiết bị có quay không."), _LOOK), _CALL_REPAIR),
    "outlets": Guide(
        _l("Thanh ổ cắm của phòng báo lỗi hoặc quá tải: thiết bị cắm vào đó có thể mất điện."),
        (_l("Xem ổ cắm nào tắt và thiết bị nào cắm vào đó."), _l("Rút bớt thiết bị không cần cho hội nghị."),
         _l("Kiểm tra cầu dao và công tắc của thanh ổ cắm."), _LOOK), _CALL),
    "projector": Guide(
        _l("Máy chiếu hoặc màn hình báo lỗi: phòng có thể không có hình."),
        (_l("Tắt máy chiếu đúng cách, đợi quạt dừng hẳn, rồi bật lại."), _l("Kiểm tra tấm lọc bụi và khe thông gió, không để vật che."),
         _l("Nếu vẫn không có hình, dùng màn hình khác cho hội nghị.")), _CALL_REPAIR),
    "microphone": Guide(
        _l("Thiết bị báo lỗi micro: các phòng khác có thể không nghe được phòng này."), GUIDES["no_microphone"].steps, _CALL),
    "camera": Guide(
        _l("Thiết bị báo lỗi camera: các phòng khác có thể không nhìn thấy phòng này."), GUIDES["no_camera"].steps, _CALL),
    "computer": Guide(
        _l("Máy tính của phòng sắp đầy ổ đĩa, thiếu bộ nhớ hoặc quá tải: có thể chạy chậm hoặc dừng."),
        (_NOT_WHILE_MEETING, _l("Đóng các chương trình không dùng trên máy tính của phòng."), _RESTART, _LOOK), _CALL_KEEPER),
    "printer": Guide(
        _l("Máy in cần thêm giấy, thay mực hoặc sửa. Không ảnh hưởng cuộc gọi."), (_l("Thêm giấy hoặc thay hộp mực."), _LOOK), _CALL_REPAIR),
    "registration": Guide(GUIDES["not_registered"].meaning, GUIDES["not_registered"].steps, _CALL),
    "line": Guide(
        _l("Đường truyền của phòng kém: hình và tiếng có thể giật, đứt quãng."),
        (_CABLE, _l("Tạm dừng việc tải tệp lớn và xem video trên cùng đường truyền."), _SWITCH, _TRY_CALL), _CALL_LINE),
    "port": Guide(
        _l("Một cổng mạng báo không có tín hiệu: thiết bị cắm vào cổng đó có thể mất mạng."), (_CABLE, _SWITCH, _OTHERS, _LOOK), _CALL),
    "clock": Guide(
        _l("Đồng hồ của thiết bị sai: giờ ghi trong bằng chứng và cuộc gọi bảo mật có thể bị ảnh hưởng."),
        (_READ_OUT, _NOT_WHILE_MEETING, _RESTART, _LOOK), _CALL_KEEPER),
}
# On paper, in this order.
USUAL = ("unreachable", "silent", "not_registered", "no_microphone", "no_camera", "projector", "ups", "line_down")
_ASK = _l("Gọi người trực nhờ kiểm tra lại từ xa.")


def guide_for(fault: str) -> Guide:
    """Return what to do about a fault; for one without words of its own, what is done about any."""
    if not fault:
        return UNKNOWN
    return GUIDES.get(fault) or OF_KIND.get(kind_of(fault), GENERAL)


def on_paper(guide: Guide) -> Guide:
    """Return a guide for somebody without this page at hand: the button becomes a call."""
    return replace(guide, steps=tuple(_ASK if step is _LOOK else step for step in guide.steps))
