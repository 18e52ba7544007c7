"""The words for what the product knows by stable names: states, roles, findings, faults, reasons.

Each says what happened and, where somebody can do something, what to do next.
"""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from roomctl.security_profiles.profile import Classification
from roomctl.web import chair_words, device_words, duty_words, evidence_words, file_words, inventory_words, officer_words, order_words
from roomctl.web.assets import asset_url
from roomctl.web.calendar_words import CALENDAR_REASON, FILE_DONE, FILE_WARNING
from roomctl.web.language import day_name, ddmmyyyy, is_english, moment

OCCURRENCE = {
    "requested": _l("Chờ duyệt"), "granted": _l("Đã duyệt"), "needs_attention": _l("Cần xử lý"), "cancelled": _l("Đã hủy"),
    "running": _l("Đang họp"), "held": _l("Đã họp"), "past": _l("Đã qua"), "released": _l("Không ai đến, đã trả phòng"),
}
OCCURRENCE_ICON = {
    "requested": "hourglass-split", "granted": "check-circle-fill", "needs_attention": "exclamation-triangle-fill",
    "cancelled": "slash-circle", "running": "play-circle-fill", "held": "check-circle-fill", "past": "circle", "released": "slash-circle",
}
HALF = {"morning": _l("Sáng"), "afternoon": _l("Chiều"), "evening": _l("Tối")}
MARK = {
    "new": _l("mới"), "time": _l("đổi giờ"), "room": _l("đổi phòng"), "content": _l("đổi nội dung"), "sites": _l("đổi điểm cầu"),
    "cancelled": _l("đã hủy"), "moved_away": _l("đã chuyển"), "withdrawn": _l("đã rút"),
}
RESERVATION = {
    "requested": _l("Chờ duyệt"), "granted": _l("Đã duyệt"), "refused": _l("Bị từ chối"), "released": _l("Đã trả phòng"),
    "displaced": _l("Bị thay thế"), "lapsed": _l("Hết hạn duyệt"), "waiting": _l("Đợi phòng trống"),
}
CHANGE = {"new": _l("mới"), "time": _l("đổi giờ"), "longer": _l("dài hơn"), "room": _l("đổi phòng"), "profile": _l("đổi hồ sơ bảo mật")}
RULE = {
    "own_unit": _l("Hệ thống tự duyệt: phòng của chính đơn vị đăng ký"),
    "unit_above": _l("Hệ thống tự duyệt: phòng mở cho đơn vị cấp trên"), "mandatory": _l("Duyệt theo hội nghị bắt buộc"),
    "displacing": _l("Hội nghị bắt buộc được dùng phòng thay cho hội nghị khác"), "given_to_another": _l("Phòng đã được duyệt cho hội nghị khác"),
    "cannot_serve": _l("Đơn vị báo không phục vụ được"), "displaced": _l("Nhường phòng cho hội nghị bắt buộc"),
    "start_now": _l("Hệ thống tự duyệt: bấm “Họp ngay” tại bảng của phòng đang trống"),
    "no_show": _l("Quá giờ mà không ai có mặt, phòng được trả lại"),
    "undecided_at_start": _l("Đến giờ họp mà chưa ai quyết định"),
}
CLASSIFICATION = {
    "ordinary": _l("Thường"), "internal": _l("Nội bộ"), "confidential": _l("Mật"), "secret": _l("Tối mật"),
    "top_secret": _l("Tuyệt mật"),
}
SESSION = {
    "preparing": _l("Đang chuẩn bị"), "connecting": _l("Đang kết nối"), "checking": _l("Đang kiểm tra"), "live": _l("Đang họp"),
    "ending": _l("Đang kết thúc"), "ended": _l("Đã kết thúc"), "failed": _l("Không bắt đầu được"),
}
VERDICT = {
    "secure": _l("Bảo mật: đã chứng minh"), "not_proven": _l("Chưa chứng minh được bảo mật"), "not_secure": _l("KHÔNG bảo mật"),
}
INVITATION_ANSWER = {
    "accepted": _l("Sẽ dự"), "declined": _l("Không dự"), "tentative": _l("Có thể dự"), "unanswered": _l("Chưa trả lời"),
}
LEG = {
    "waiting": _l("Đang chờ kết nối"), "dialling": _l("Đang gọi"), "checking": _l("Đang kiểm tra mã hóa"), "proven": _l("Đã mã hóa"),
    "not_proven": _l("Chưa chứng minh được mã hóa"), "unknown": _l("Không rõ: số liệu đã cũ"), "dropped": _l("Mất kết nối, đang gọi lại"),
    "hung_up": _l("Đã ngắt"), "left_out": _l("Không tham gia"), "ended": _l("Đã kết thúc"), **officer_words.LEG,
}
STREAM = {
    "audio incoming": _l("âm thanh đến"), "audio outgoing": _l("âm thanh đi"), "video incoming": _l("hình ảnh đến"),
    "video outgoing": _l("hình ảnh đi"), "data incoming": _l("dữ liệu đến"), "data outgoing": _l("dữ liệu đi"),
}
LEG_ICON = {
    "waiting": "hourglass-split", "dialling": "telephone", "checking": "arrow-repeat", "proven": "lock-fill",
    "not_proven": "unlock-fill", "unknown": "question-circle-fill", "dropped": "wifi-off", "hung_up": "telephone-x",
    "left_out": "slash-circle", "ended": "check-circle-fill", **officer_words.LEG_ICON,
}
FINDING = {
    "call_clear": _l("Cuộc gọi không được mã hóa"), "encryption_unknown": _l("Thiết bị không cho biết có mã hóa hay không"),
    "no_reading": _l("Không đọc được trạng thái mã hóa"), "media_one_way": _l("Âm thanh mới chỉ có một chiều"),
    "grade_too_low": _l("Bằng chứng mã hóa chưa đủ mức hồ sơ yêu cầu"), "suite_not_approved": _l("Bộ mã hóa chưa được phê duyệt"),
    "extra_call": _l("Có một cuộc gọi khác trên thiết bị"), "bridge_not_read": _l("Không đọc được cầu truyền hình"),
    "bridge_does_not_see_leg": _l("Cầu truyền hình không thấy điểm cầu này"),
    "bridge_end_clear": _l("Phía cầu truyền hình không được mã hóa"), "bridge_end_unknown": _l("Không rõ phía cầu truyền hình có mã hóa không"),
    "dropped": _l("Mất kết nối"), "call_vanished": _l("Cuộc gọi không được trả lời"), "not_answered": _l("Đã gọi nhưng không có trả lời"),
    "already_in_call": _l("Thiết bị đang bận một cuộc gọi khác"), "not_registered": _l("Thiết bị chưa đăng ký với tổng đài"),
    "cannot_encrypt": _l("Thiết bị chưa được cấp phép tính năng mã hóa"), "setting_not_taken": _l("Thiết bị không nhận thiết lập mã hóa"),
    "hang_up_not_confirmed": _l("Đã yêu cầu ngắt nhưng thiết bị không xác nhận"),
    "dropped_at_bridge": _l("Đã ngắt tại cầu truyền hình"), "driver_fault": _l("Lỗi phần mềm điều khiển thiết bị"),
    "unreachable": _l("Không kết nối được tới thiết bị"), "silent": _l("Thiết bị không trả lời"),
    "connection_lost": _l("Mất kết nối điều khiển tới thiết bị"), "host_key_changed": _l("Khóa SSH của thiết bị đã thay đổi"),
    "host_key_unknown": _l("Khóa SSH của thiết bị chưa được phê duyệt"), "login_refused": _l("Thiết bị từ chối tài khoản điều khiển"),
    "session_table_full": _l("Thiết bị đã hết phiên điều khiển"), "ssh_too_old": _l("SSH của thiết bị quá cũ so với quy định"),
    "unexpected_reply": _l("Thiết bị trả lời không đúng quy cách"), "command_refused": _l("Thiết bị từ chối lệnh"),
    "not_watched": _l("Không được theo dõi trong khoảng này"),
    "unsafe_value": _l("Địa chỉ gọi có ký tự không được phép"),
    "guest_end_unseen": _l("Không đọc được đầu bên kia của khách, nên không thể chứng minh"),
    "link_left_out": _l("Cầu truyền hình của điểm cầu này không nối với cầu trên"),
    "hand_lost": _l("Tiến trình điều khiển thiết bị bị dừng đột ngột"),
    **chair_words.FINDING,
    **device_words.FINDING,
    **officer_words.FINDING,
    **order_words.FINDING,
}
ADVICE = {
    "unreachable": _l("Kiểm tra nguồn điện và dây mạng của thiết bị."), "silent": _l("Khởi động lại thiết bị, rồi bấm Thử lại."),
    "host_key_changed": _l("Kỹ thuật viên phải đối chiếu và phê duyệt khóa mới trước khi họp."),
    "host_key_unknown": _l("Kỹ thuật viên phải đối chiếu và phê duyệt khóa."),
    "login_refused": _l("Báo kỹ thuật viên kiểm tra tài khoản điều khiển."),
    "session_table_full": _l("Đóng các phiên điều khiển cũ hoặc khởi động lại thiết bị."),
    "call_clear": _l("Báo kỹ thuật viên: cấu hình ghi là bật mã hóa nhưng cuộc gọi thì không."),
    "already_in_call": _l("Kết thúc cuộc gọi trên điều khiển của phòng, rồi bấm Thử lại."),
    "not_registered": _l("Báo kỹ thuật viên kiểm tra đăng ký SIP."),
    "not_answered": _l("Gọi điện cho đầu mối của điểm cầu."), "call_vanished": _l("Bấm Thử lại; nếu vẫn vậy, gọi đầu mối của điểm cầu."),
    **chair_words.ADVICE,
    **device_words.ADVICE,
    **officer_words.ADVICE,
    **order_words.ADVICE,
}
DEVICE_STATUS = {"ok": _l("Tốt"), "warning": _l("Cần xem"), "critical": _l("Hỏng"), "unknown": _l("Không rõ")}
ROLE = {
    "staff": _l("Văn phòng"), "approver": _l("Duyệt phòng"), "technician": _l("Kỹ thuật"), "chair": _l("Chủ trì"),
    "auditor": _l("An ninh"), "administrator": _l("Quản trị"),
}
LEVEL = {"central": _l("Trung ương"), "provincial": _l("Tỉnh, thành phố"), "commune": _l("Xã, phường, đặc khu")}
OPEN_TO = {
    "unit": _l("Tự duyệt cho người của đơn vị"), "above": _l("Tự duyệt cho cả đơn vị cấp trên"), "nobody": _l("Mọi yêu cầu đều phải duyệt"),
}
EQUIPMENT = {
    "projector": _l("Máy chiếu"), "display": _l("Màn hình lớn"), "interactive_board": _l("Bảng tương tác"), "recording": _l("Ghi âm, ghi hình"),
    "ceiling_microphones": _l("Micro trần"), "interpretation": _l("Phiên dịch"), "hearing_loop": _l("Vòng từ trợ thính"),
    "wheelchair": _l("Lối đi xe lăn"),
}
ROOM_REASON = {
    "closed_hours": _l("Phòng chỉ dùng từ %(opens)s đến %(closes)s"), "closed_day": _l("Phòng không mở %(weekday)s %(day)s"),
    "too_far_ahead": _l("Phòng chỉ nhận đăng ký trước tối đa %(days)s ngày, đến hết %(until)s"),
    "maintenance": _l("Bảo trì %(start)s – %(end)s%(why)s"),
}
DEVICE_KIND = {"codec": _l("Thiết bị đầu cuối (codec)"), "bridge": _l("Cầu truyền hình (MCU)"), **device_words.DEVICE_KIND}
REASON = {
    **CALENDAR_REASON,
    "wrong_credentials": _l("Tên đăng nhập hoặc mật khẩu không đúng."),
    "too_many_tries": _l("Đã sai quá nhiều lần. Hãy thử lại sau %(until)s."),
    "end_not_after_start": _l("Giờ kết thúc phải sau giờ bắt đầu."), "longer_than_seven_days": _l("Hội nghị không được dài quá 7 ngày."),
    "start_in_the_past": _l("Giờ bắt đầu đã qua. Hãy chọn một giờ sắp tới."), "no_rooms": _l("Hãy chọn ít nhất một phòng."),
    "room_twice": _l("Một phòng được chọn hai lần."), "too_many_rooms": _l("Không được chọn quá %(limit)s phòng."),
    "too_many_rooms_of_series": _l("Hội nghị lặp lại không được có quá %(limit)s phòng. Hãy đăng ký từng ngày, hoặc bớt phòng."),
    "unknown_room": _l("Có phòng không tồn tại hoặc đã ngừng sử dụng. Hãy tải lại trang và chọn lại."),
    "host_room_not_among_rooms": _l("Phòng chủ trì phải là một trong các phòng đã chọn."),
    "unknown_profile": _l("Hãy chọn hồ sơ bảo mật."), "unknown_chair": _l("Hãy chọn người chủ trì."),
    "title_missing": _l("Hãy nhập nội dung hội nghị."),
    "title_at_classified": _l("Từ mức Mật trở lên không được nhập nội dung; chỉ dùng bí danh. Nội dung vừa nhập đã bị xóa, không được lưu."),
    "attendees_at_classified": _l("Từ mức Mật trở lên không được nhập thành phần. Thành phần vừa nhập đã bị xóa, không được lưu."),
    "code_name_missing": _l("Từ mức Mật trở lên phải có bí danh."), "bad_date": _l("Ngày phải có dạng ngày/tháng/năm, ví dụ 02/03/2027."),
    "bad_time": _l("Giờ phải có dạng 24 giờ, ví dụ 08:30."),
    "text_control": _l("Có ký tự điều khiển không hiển thị được. Hãy xóa và gõ lại."),
    "text_direction": _l("Có ký tự đổi chiều chữ, không được phép."), "text_marks": _l("Có quá nhiều dấu chồng lên một chữ cái."),
    "text_surrogate": _l("Có ký tự hỏng. Hãy xóa và gõ lại."), "text_too_long": _l("Không được dài quá %(limit)s ký tự."),
    "reason_missing": _l("Hãy ghi lý do, để người đăng ký biết phải làm gì."),
    "rooms_not_free": _l("Có phòng không trống. Chưa phòng nào được đặt."),
    "dates_not_free": _l("%(taken)s trong %(dates)s ngày có phòng không trống. Chưa phòng nào được đặt; hãy chọn cách đăng ký ở danh sách ngày."),
    "dates_meet": _l("Các ngày của chuỗi chồng lên nhau: mỗi lần họp dài hơn khoảng cách giữa hai lần."),
    "rule_too_long": _l("Quy tắc lặp không được dài quá %(limit)s ký tự."),
    "rule_malformed": _l("Không đọc được quy tắc lặp ở chỗ “%(part)s”."),
    "rule_part_unknown": _l("Quy tắc lặp có phần “%(part)s” mà lịch theo ngày không dùng. Chỉ lặp theo ngày, tuần, tháng, năm."),
    "rule_frequency": _l("Chỉ lặp theo ngày, tuần, tháng hoặc năm; không lặp theo “%(part)s”."),
    "rule_two_ends": _l("Quy tắc lặp có cả ngày cuối lẫn số lần. Chỉ dùng một trong hai."),
    "rule_without_end": _l("Quy tắc lặp phải có ngày cuối hoặc số lần."),
    "rule_gives_no_date": _l("Quy tắc lặp không cho ngày nào."),
    "too_many_dates": _l("Một chuỗi có nhiều nhất %(limit)s ngày."),
    "series_too_long": _l("Một chuỗi có nhiều nhất %(limit)s ngày trong vòng 2 năm."),
    "bad_day_among_others": _l("“%(day)s” không phải là ngày. Viết ngày/tháng/năm, ví dụ 02/03/2027."),
    "only_for_all_dates": _l("Mục này là của cả chuỗi. Hãy chọn sửa ngày này và các ngày sau, hoặc tất cả."),
    "date_was_cancelled": _l("Ngày này của chuỗi đã bị hủy và được giữ làm hồ sơ. Hãy chép thành hội nghị mới cho ngày đó."),
    "not_a_series": _l("Hội nghị này chỉ họp một lần. Hãy chép thành hội nghị mới cho ngày khác."),
    "unknown_person": _l("Có người được mời không còn tài khoản. Hãy chọn lại."),
    "too_many_forms": _l("Đã có %(limit)s bản nháp và mẫu. Hãy xóa bớt."),
    "just_taken": _l("Phòng vừa được người khác đặt. Chưa phòng nào được đặt; hãy xem lại."),
    "already_decided": _l("Yêu cầu này đã được xử lý trước đó."), "own_request": _l("Không ai được duyệt yêu cầu của chính mình."),
    # Deciding
    "others_wait": _l("Có %(count)s yêu cầu khác đang đợi phòng này vào giờ đó. Hãy mở yêu cầu, xem các yêu cầu kia, đánh dấu đã biết rồi duyệt."),
    "not_all_decided": _l("Chưa mục nào được xử lý, vì có %(count)s mục không xử lý được. Hãy bỏ chọn các mục đó rồi làm lại."),
    "nothing_chosen": _l("Hãy chọn ít nhất một mục."), "too_many_chosen": _l("Mỗi lần chỉ xử lý được tối đa %(limit)s mục."),
    "undo_too_late": _l("Đã quá %(minutes)s phút, không rút lại được nữa. Hãy gọi cho người đăng ký."),
    "conference_begun": _l("Hội nghị đã bắt đầu hoặc đã qua."), "room_replaced": _l("Người đăng ký đã chọn phòng khác thay cho phòng này."),
    "not_mandatory": _l("Hội nghị này không phải hội nghị bắt buộc."),
    "displace_mandatory": _l("Không được thay thế một hội nghị bắt buộc khác."),
    "displace_not_local": _l("Chỉ được thay thế hội nghị của đơn vị cấp dưới. Hội nghị này do đơn vị khác đăng ký."),
    "displace_not_in_the_way": _l("Hội nghị được chọn ở %(room)s không còn cản trở nữa. Hãy tải lại trang."),
    "unknown_username": _l("Không có người dùng nào mang tên đăng nhập này. Hãy hỏi lại người đó."),
    "room_of_another_unit": _l("Chỉ được thay bằng phòng khác của cùng đơn vị."),
    "room_already_asked": _l("%(room)s đã có trong hội nghị này. Hãy chọn phòng khác."),
    "host_room_of_series": _l("Đây là phòng chủ trì của cả chuỗi. Hãy đổi phòng chủ trì ở trang sửa hội nghị."),
    "host_room_needed": _l("Không thể họp không có phòng chủ trì. Hãy thay phòng khác hoặc hủy hội nghị."),
    # Lending
    "lent_until_not_after_from": _l("Ngày cuối không được trước ngày đầu."),
    "lent_in_the_past": _l("Khoảng thời gian này đã qua. Hãy chọn ngày sắp tới."), "lent_too_long": _l("Không được giao quá %(limit)s ngày."),
    "lend_to_self": _l("Không thể giao quyền cho chính mình."),
    "lent_role_not_lent_on": _l("Quyền được giao tạm thời thì không được giao tiếp. Người giao quyền cho bạn phải tự giao."),
    "already_approver": _l("%(who)s đã có quyền duyệt của đơn vị này trong khoảng thời gian đó."),
    "conference_over": _l("Hội nghị đã qua."), "already_cancelled": _l("Hội nghị đã được hủy trước đó."),
    "taken_meanwhile": _l("Hội nghị đã kết thúc sớm và phòng đã được đặt cho hội nghị khác. Hãy đăng ký lại."),
    "session_running": _l("Phiên họp đang diễn ra. Hãy kết thúc phiên trước."),
    "wrong_pin": _l("Mã PIN không đúng."),
    "no_pin_made": _l("Chưa có mã PIN. Người đăng ký hoặc người chủ trì tạo mã trên trang của hội nghị."),
    "not_yet": _l("Chưa đến giờ. Có thể bắt đầu từ %(at)s."), "cancelled": _l("Hội nghị đã hủy."),
    "host_room_not_granted": _l("Phòng chủ trì chưa được duyệt."),
    "too_few_codecs": _l("Phải có ít nhất hai phòng được duyệt và có thiết bị hội nghị."),
    "no_bridge": _l("Không còn cầu truyền hình trống. Gọi kỹ thuật viên."),
    "bridge_full": _l("Cầu truyền hình %(bridge)s không đủ cổng lúc %(at)s: cần %(wanted)s, còn trống %(free)s. "
                      "Chưa có gì được ghi. Hãy chọn giờ khác hoặc bớt phòng."),
    "bridge_no_address": _l("Mọi địa chỉ của cầu truyền hình %(bridge)s đã giữ cho hội nghị khác lúc %(at)s. "
                            "Chưa có gì được ghi. Hãy chọn giờ khác."),
    "trail_is_empty": _l("Nhật ký còn trống, chưa có gì để ký."),
    "kept_too_short": _l("Nội dung nhật ký phải giữ ít nhất %(days)s ngày."),
    "cannot_extend": _l("Không gia hạn được: có phòng đã được đặt cho hội nghị khác. Phiên họp kết thúc lúc %(at)s."),
    "device_in_use": _l("Một thiết bị đang dùng cho phiên họp khác."), "leg_moved_on": _l("Điểm cầu vừa thay đổi. Hãy xem lại."),
    "wrong_code": _l("Mã ghép không đúng, đã dùng hoặc đã hết hạn."),
    "host_key_not_seen": _l("Thiết bị chưa từng đưa ra khóa này."), "invalid_input": _l("Hãy sửa các ô được đánh dấu."),
    "username_taken": _l("Tên đăng nhập này đã có người dùng."), "own_role": _l("Không ai được tự cấp quyền cho mình."),
    "unknown_unit": _l("Không có đơn vị này."), "longer_than_a_month": _l("Khoảng thời gian không được dài quá 31 ngày."),
    "malformed": _l("Giá trị không đúng dạng: %(why)s."),
    "bad_form": _l("Biểu mẫu không đầy đủ. Hãy tải lại trang."),
    "rule_or_days": _l("Chuỗi lặp phải có hoặc quy tắc, hoặc danh sách ngày: một trong hai."),
    "start_and_end_together": _l("Giờ bắt đầu và giờ kết thúc phải đi cùng nhau."),
    # Invitations
    "too_many_people": _l("Một hội nghị mời được nhiều nhất %(limit)s người."),
    # Upkeep
    "name_missing": _l("Hãy nhập tên."), "bad_number": _l("Hãy nhập một số nguyên."),
    "number_out_of_range": _l("Phải là số từ %(least)s đến %(most)s."), "unknown_choice": _l("Hãy chọn một mục trong danh sách."),
    "bad_code": _l("Mã chỉ gồm chữ cái không dấu, chữ số, dấu chấm, gạch ngang và gạch dưới, dài nhất %(limit)s ký tự."),
    "code_taken": _l("Mã %(code)s đã được dùng cho một phòng khác."),
    "unknown_unit_code": _l("Không có đơn vị nào mang mã này. Mã của từng đơn vị có ở trang Đơn vị."),
    "unit_code_merged": _l("%(unit)s đã được sáp nhập. Hãy dùng mã %(code)s của %(into)s."),
    "unit_already_merged": _l("%(unit)s đã được sáp nhập vào %(into)s trước đó."),
    "merge_into_itself": _l("Không thể sáp nhập %(unit)s vào chính đơn vị đó."),
    "merge_root": _l("%(unit)s là đơn vị cao nhất, không thể sáp nhập."),
    "merge_into_descendant": _l("%(into)s là đơn vị cấp dưới của %(unit)s. Không thể sáp nhập vào đơn vị cấp dưới."),
    "merge_other_level": _l("%(unit)s và %(into)s không cùng cấp. Chỉ sáp nhập các đơn vị cùng cấp."),
    "own_role_merged": _l("Bạn đang giữ vai trò tại đơn vị bị sáp nhập, và không ai được tự cấp quyền cho mình. "
                          "Người quản trị khác phải thực hiện việc này."),
    "merge_reason_missing": _l("Hãy ghi căn cứ, ví dụ số của nghị quyết."), "no_units": _l("Hãy chọn ít nhất một đơn vị."),
    "bad_username": _l("Tên đăng nhập chỉ gồm chữ cái không dấu, chữ số và các dấu . _ - @, dài nhất 64 ký tự."),
    "bad_email": _l("Địa chỉ thư phải có dạng ten@mien."), "own_account": _l("Không ai được tự đóng tài khoản của mình."),
    "own_password": _l("Hãy đổi mật khẩu của mình ở trang Tài khoản."), "account_closed": _l("Tài khoản này đã đóng."),
    "wrong_old_password": _l("Mật khẩu đang dùng không đúng."),
    "password_too_short": _l("Mật khẩu mới phải có ít nhất %(limit)s ký tự."),
    "password_too_long": _l("Mật khẩu mới không được dài quá %(limit)s ký tự."),
    "password_unchanged": _l("Mật khẩu mới phải khác mật khẩu đang dùng."), "passwords_differ": _l("Hai lần nhập mật khẩu mới không giống nhau."),
    "room_still_reserved": _l("Phòng còn %(count)s lần giữ chưa diễn ra. Hãy đợi các cuộc họp đó qua, hoặc nhờ người đăng ký đổi phòng."),
    "unknown_room_code": _l("Không có phòng nào đang dùng mang mã này. Mã của từng phòng có ở trang Phòng họp."),
    "address_taken": _l("Đã có thiết bị ở địa chỉ và cổng này."), "room_has_codec": _l("Phòng này đã có codec."),
    "bad_host": _l("Địa chỉ mạng là tên máy hoặc địa chỉ IP, ví dụ 10.1.2.3."),
    "bad_dial_address": _l("Địa chỉ gọi có dạng phong@mien hoặc một dãy số, không có dấu cách."),
    "pool_missing": _l("Hãy nhập ít nhất một địa chỉ gọi vào cầu truyền hình."),
    "device_username_missing": _l("Hãy nhập tên tài khoản điều khiển thiết bị."),
    "device_password_missing": _l("Hãy nhập mật khẩu điều khiển thiết bị."),
    "bad_device_password": _l("Mật khẩu thiết bị dài nhất %(limit)s ký tự, không có ký tự điều khiển."),
    "bridge_in_no_room": _l("Cầu truyền hình thuộc về đơn vị, không thuộc về phòng. Hãy để trống mã phòng và nhập mã đơn vị."),
    # Weekly schedule, days off
    "week_over": _l("Tuần này đã qua, không công bố được nữa."), "no_such_week": _l("Năm đó không có tuần này."),
    "pdf_not_available": _l("Máy chủ chưa có thư viện tạo PDF. Người quản trị máy chủ cài bằng lệnh: apt-get install libpango-1.0-0 "
                            "libpangoft2-1.0-0 libharfbuzz-subset0. Trong lúc chờ, hãy mở trang đó trên màn hình rồi in từ trình duyệt."),
    "pdf_too_long": _l("Lịch này có %(lines)s dòng, PDF chỉ nhận tối đa %(most)s. Hãy chọn một đơn vị cấp dưới hoặc một phòng."),
    "not_a_weekend_day": _l("Chỉ ngày thứ Bảy hoặc Chủ Nhật mới là ngày làm bù."),
    # Rooms
    "bad_opening_hour": _l("Giờ mở cửa phải có dạng 24 giờ, ví dụ 06:30; hết ngày là 24:00."),
    "closes_not_after_opening": _l("Giờ đóng cửa phải sau giờ mở cửa."), "no_open_days": _l("Hãy chọn ít nhất một ngày trong tuần."),
    "group_name_missing": _l("Hãy đặt tên cho nhóm phòng."),
    "group_name_taken": _l("Bạn đã có nhóm “%(name)s” với các phòng khác. Hãy đặt tên khác, hoặc xóa nhóm cũ ở trang Nhóm phòng."),
    "maintenance_reason_missing": _l("Hãy ghi việc bảo trì, để người đăng ký biết."),
    "window_over": _l("Thời gian này đã qua. Hãy chọn một lúc sắp tới."),
    "window_too_long": _l("Một lần bảo trì không được dài quá %(limit)s ngày."),
    "maintenance_meets_conferences": _l("Có %(count)s hội nghị đã đăng ký phòng này vào lúc đó. Chưa ghi gì; hãy xem danh sách rồi quyết định."),
    "bad_length": _l("Thời lượng phải từ %(least)s đến %(most)s phút."), "unknown_group": _l("Nhóm phòng này không còn. Hãy chọn nhóm khác."),
    "place_missing": _l("Hãy nhập mã phòng, hoặc mã đơn vị nếu thiết bị không đặt ở phòng nào."),
    # At the room's panel
    "room_just_taken": _l("Phòng vừa được đặt ở nơi khác, nên lần bấm này không có tác dụng."),
    "room_not_usable": _l("Lúc này không dùng được phòng: phòng đang bảo trì hoặc ngoài giờ mở cửa."),
    "room_needs_decision": _l("Phòng này phải đăng ký trước và chờ duyệt, không họp ngay được."),
    "nobody_responsible": _l("Đơn vị chưa có ai phụ trách đặt phòng, nên chưa họp ngay được. Hãy gọi văn phòng."),
    "check_in_too_early": _l("Chưa đến giờ. Có thể bấm “Có mặt” từ %(at)s."),
    "room_given_back": _l("Quá giờ mà chưa ai bấm “Có mặt”, nên phòng đã được trả lại. Nếu phòng còn trống, hãy bấm “Họp ngay”."),
    "not_begun": _l("Cuộc họp bắt đầu lúc %(at)s, chưa kết thúc được."),
    "nobody_to_call": _l("Chưa có kỹ thuật viên nào được giao phụ trách phòng này. Hãy gọi điện cho văn phòng của đơn vị."),
    **chair_words.REASON,
    **file_words.REASON,
    **evidence_words.REASON,
    **duty_words.REASON,
    **device_words.REASON,
    **inventory_words.REASON,
    **officer_words.REASON,
    **order_words.REASON,
}


def say(words: Mapping[str, Any], name: Any) -> str:
    """Return the words for a stable name; a name nobody has words for is shown as it is, and fails the tests."""
    return str(words.get(str(name), name)) if name else ""


def reason_sentence(reason: str, facts: Mapping[str, Any] | None = None) -> str:
    """Return the sentence for a refusal, its holes filled."""
    shown = {key: moment(value) if hasattr(value, "tzinfo") else value for key, value in (facts or {}).items()}
    sentence = str(REASON.get(reason, reason))
    return sentence % shown if "%(" in sentence else sentence


def room_reason(reason: Any) -> str:
    """Return the sentence for why a room cannot be used at a time although nobody holds it (`rooms.suitability.Reason`)."""
    facts = dict(reason.facts)
    match reason.kind:
        case "closed_hours":
            facts = {"opens": minutes_of_day(facts["opens_min"]), "closes": minutes_of_day(facts["closes_min"])}
        case "closed_day":
            facts = {"weekday": day_name(facts["day"]), "day": ddmmyyyy(facts["day"])}
        case "too_far_ahead":
            facts["until"] = ddmmyyyy(facts["until"])
        case "maintenance":
            facts = {"start": moment(facts["span"].start), "end": moment(facts["span"].end), "why": f": {facts['why']}" if facts["why"] else ""}
    return say(ROOM_REASON, reason.kind) % facts


def minutes_of_day(minutes: int) -> str:
    """Return 06:30 for the 390th minute of a day, and 24:00 for its end."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def detail_of(finding: str, detail: str) -> str:
    """Return a finding's detail for people; the streams of a clear call are named in the reader's language."""
    if finding == "call_clear":
        return ", ".join(say(STREAM, part) for part in detail.split(", "))
    return detail if finding in ("extra_call", "suite_not_approved", "already_in_call") else ""


def profile_name(profile: Any) -> str:
    return profile.name_en if is_english() else profile.name_vi


def icon(name: str) -> Markup:
    """Return an icon of the sprite; it says nothing to a screen reader, since words stand beside it."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>').format(asset_url("icons.svg"), name)


def register(app: Flask) -> None:
    """Give templates the words."""
    filters = {
        "occurrence_state": OCCURRENCE, "occurrence_icon": OCCURRENCE_ICON, "reservation_state": RESERVATION, "session_state": SESSION,
        "classification": CLASSIFICATION, "verdict": VERDICT, "leg_state": LEG, "leg_icon": LEG_ICON, "finding": FINDING,
        "advice": ADVICE, "stream": STREAM, "device_status": DEVICE_STATUS, "role": ROLE, "half_day": HALF, "mark": MARK,
        "change": CHANGE, "decided_rule": RULE,
    }
    filters |= {"level": LEVEL, "open_to": OPEN_TO, "device_kind": DEVICE_KIND, "equipment": EQUIPMENT, "invitation_answer": INVITATION_ANSWER}
    filters |= {"file_warning": FILE_WARNING, "file_done": FILE_DONE, "ssh_help": device_words.SSH_HELP, "ssh_legacy": device_words.SSH_LEGACY,
                "host_key_state": device_words.HOST_KEY}
    filters |= {"attestation": officer_words.ATTESTATION, "override_state": officer_words.OVERRIDE, "override_end": officer_words.OVERRIDE_END,
                "accepts": officer_words.ACCEPTS, "on_drift": officer_words.ON_DRIFT, "term": officer_words.TERM, "clock_trust": officer_words.CLOCK,
                "clock_reason": officer_words.CLOCK_REASON}
    filters |= {"due": inventory_words.DUE, "rotation_state": inventory_words.ROTATION, "ssh_verdict": inventory_words.SSH_VERDICT,
                "setting_change": inventory_words.CHANGE, "inventory_only": inventory_words.ONLY}
    filters |= {"microphones": chair_words.MICROPHONES, "microphones_icon": chair_words.MICROPHONES_ICON, "delivery": chair_words.DELIVERY,
                "roll_answer": chair_words.ANSWER}
    app.jinja_env.filters["rotation_detail"] = lambda value: say({**FINDING, **inventory_words.ROTATION_DETAIL}, value)
    for name, words in filters.items():
        app.jinja_env.filters[name] = lambda value, words=words: say(words, value)
    app.jinja_env.filters.update(profile_name=profile_name, room_reason=room_reason, minutes_of_day=minutes_of_day)
    app.jinja_env.globals.update(icon=icon, detail_of=detail_of, reason_sentence=reason_sentence, Classification=Classification)
    app.jinja_env.filters["kind_of"] = lambda value: type(value).__name__

