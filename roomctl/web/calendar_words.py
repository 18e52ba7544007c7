"""The words for calendar files that are brought in: what is wrong with one, what was left out of it, and what was done."""

from flask_babel import lazy_gettext as _l

CALENDAR_REASON = {
    "ics_no_file": _l("Hãy chọn một tệp .ics."),
    "ics_too_large": _l("Tệp lịch không được lớn quá %(limit)s. Hãy xuất một khoảng thời gian ngắn hơn."),
    "ics_not_a_calendar": _l("Đây không phải tệp lịch (.ics). Hãy xuất lại từ chương trình lịch."),
    "ics_cut_off": _l("Tệp bị đứt: phần %(name)s mở ở dòng này không được đóng lại. Hãy xuất lại hoặc tải lại tệp."),
    "ics_misplaced": _l("Phần %(name)s nằm sai chỗ. Hãy xuất lại tệp từ chương trình lịch."),
    "ics_line_malformed": _l("Dòng “%(text)s” không đúng dạng của tệp lịch."),
    "ics_not_utf8": _l("Dòng này không phải UTF-8. Hãy xuất lại tệp với bảng mã UTF-8."),
    "ics_control": _l("Dòng này có ký tự điều khiển. Hãy xóa ký tự đó trong lịch gốc rồi xuất lại."),
    "ics_too_many_components": _l("Tệp có quá %(limit)s mục. Hãy xuất một khoảng thời gian ngắn hơn."),
    "ics_too_many_series": _l("Tệp có quá %(limit)s chuỗi lặp. Hãy chia thành nhiều tệp."),
    "ics_too_many_dates": _l("Các chuỗi trong tệp có quá %(limit)s ngày. Hãy xuất một khoảng thời gian ngắn hơn."),
    "ics_too_many_conferences": _l("Mỗi lần nhập nhiều nhất %(limit)s hội nghị. Hãy chia thành nhiều tệp."),
    "ics_too_much": _l("Số ngày họp nhân với số phòng vượt quá %(limit)s. Hãy chọn ít phòng hơn hoặc chia tệp."),
    "ics_version": _l("Tệp lịch phải có VERSION:2.0; tệp này ghi %(version)s."),
    "ics_method": _l("Tệp này là thư trả lời (%(method)s), không phải lịch để nhập."),
    "ics_uid_missing": _l("Mục này không có UID, nên không biết đã nhập hay chưa. Hãy xuất lại tệp từ chương trình lịch."),
    "ics_uid_odd": _l("UID có ký tự không hiển thị được hoặc dài quá %(limit)s ký tự."),
    "ics_uid_twice": _l("Có hai mục cùng UID và cùng SEQUENCE, không biết mục nào đúng. Hãy xóa một mục trong tệp."),
    "ics_unknown_zone": _l("Không biết múi giờ “%(zone)s”, và tệp không mô tả múi giờ này. Hãy đặt lại múi giờ trong lịch gốc rồi xuất lại."),
    "ics_no_start": _l("Mục này không có giờ bắt đầu (DTSTART)."),
    "ics_bad_time": _l("“%(value)s” không phải thời điểm hợp lệ, từ năm 1900 đến 2100."),
    "ics_bad_length": _l("“%(value)s” không phải độ dài hợp lệ, ví dụ PT1H30M."),
    "ics_end_of_another_kind": _l("Bắt đầu và kết thúc phải cùng kiểu: cùng là ngày, hoặc cùng là ngày và giờ."),
    "ics_alarm": _l("Nhắc hẹn không đọc được."),
    "ics_bad_sequence": _l("SEQUENCE phải là số không âm; tệp ghi “%(value)s”."),
    "ics_range": _l("Thay đổi cho nhiều ngày một lúc (RANGE) không nhập được. Hãy xuất cả chuỗi từ lịch gốc."),
    "ics_two_rules": _l("Một mục có nhiều quy tắc lặp (RRULE hoặc EXRULE). Hãy tách thành nhiều mục."),
    "ics_profile_classified": _l("Từ mức Mật trở lên không nhập được từ tệp, vì tệp có nội dung hội nghị. "
                                 "Hãy đăng ký bằng bí danh trên trang Đăng ký họp."),
    "ics_room_taken": _l("%(room)s không trống lúc %(at)s. Hãy chọn phòng khác hoặc đổi giờ trong lịch gốc."),
    "ics_of_a_colleague": _l("Hội nghị này do đồng nghiệp đăng ký; chỉ người đăng ký hoặc người chủ trì mới cập nhật được. Hãy chuyển tệp cho họ."),
    "ics_became_series": _l("Hội nghị này ở đây chỉ họp một lần, trong tệp đã thành chuỗi. Hãy hủy hội nghị ở đây rồi nhập lại."),
    "too_many_feeds": _l("Mỗi người có nhiều nhất %(limit)s địa chỉ lịch. Hãy thu hồi những địa chỉ không dùng nữa."),
}
FILE_WARNING = {
    "ics_alarm": _l("Một nhắc hẹn không đọc được, đã bỏ qua."), "ics_left_out_component": _l("Mục này không phải hội nghị, đã bỏ qua."),
    "ics_left_out_attach": _l("Tệp đính kèm không được nhập."), "ics_left_out_description": _l("Mô tả không được nhập."),
    "ics_left_out_location": _l("Địa điểm không được nhập; phòng là các phòng được chọn ở đây."),
    "ics_older_left_out": _l("Bản cũ hơn của cùng hội nghị, đã bỏ qua."), "ics_all_past": _l("Hội nghị đã qua, không nhập."),
    "ics_past_left_out": _l("Những ngày đã qua của hội nghị này không được nhập."),
    "ics_cancel_unknown": _l("Hội nghị đã hủy và chưa từng được nhập, đã bỏ qua."),
    "ics_stays_cancelled": _l("Hội nghị hoặc ngày này đã bị hủy ở đây, giữ nguyên là đã hủy."),
}
FILE_DONE = {
    "created": _l("Tạo mới"), "changed": _l("Cập nhật"), "cancelled": _l("Hủy"), "unchanged": _l("Không đổi"), "skipped": _l("Bỏ qua"),
}
