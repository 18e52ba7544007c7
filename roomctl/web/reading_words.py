"""The words for what devices report: readings, their values, what is odd about them, and what a device was found to be."""

from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from roomctl.web.language import decimal

# What is read, by its name.
NAME = {
    "uptime": _l("Đã chạy liên tục"), "rebooted": _l("Đã khởi động lại"), "port_state": _l("Cổng mạng"), "port_speed": _l("Tốc độ cổng"),
    "port_traffic_in": _l("Lưu lượng vào"), "port_traffic_out": _l("Lưu lượng ra"), "system_status": _l("Tình trạng chung"),
    "hardware_status": _l("Phần cứng"), "microphone_status": _l("Micro"), "camera_status": _l("Camera"),
    "network_card_status": _l("Cạc mạng"), "h323_status": _l("H.323"), "h323_registration": _l("Đăng ký H.323"), "sip_status": _l("SIP"),
    "sip_proxy": _l("Máy chủ SIP trung gian"), "sip_registration": _l("Đăng ký SIP"), "service_status": _l("Dịch vụ đi kèm"),
    "active_calls": _l("Số cuộc gọi đang diễn ra"), "loss_in": _l("Mất gói chiều nhận"), "loss_out": _l("Mất gói chiều gửi"),
    "latency_in": _l("Độ trễ chiều nhận"), "latency_out": _l("Độ trễ chiều gửi"), "jitter_in": _l("Độ rung chiều nhận"),
    "jitter_out": _l("Độ rung chiều gửi"), "lost_packets_in": _l("Số gói mất chiều nhận"), "lost_packets_out": _l("Số gói mất chiều gửi"),
    "output_source": _l("Nguồn cấp cho đầu ra"), "battery_status": _l("Tình trạng ắc quy"), "battery_charge": _l("Mức nạp ắc quy"),
    "runtime_left": _l("Thời gian còn chạy được bằng ắc quy"), "time_on_battery": _l("Thời gian đã chạy bằng ắc quy"),
    "battery_temperature": _l("Nhiệt độ ắc quy"), "battery_voltage": _l("Điện áp ắc quy"), "battery_replacement": _l("Cần thay ắc quy"),
    "input_voltage": _l("Điện áp vào"), "input_frequency": _l("Tần số vào"), "output_voltage": _l("Điện áp ra"),
    "output_frequency": _l("Tần số ra"), "output_current": _l("Dòng điện ra"), "output_power": _l("Công suất ra"),
    "output_load": _l("Mức tải"), "bypass_voltage": _l("Điện áp đường nối tắt"), "bypass_frequency": _l("Tần số đường nối tắt"),
    "bypass_current": _l("Dòng điện đường nối tắt"), "bypass_power": _l("Công suất đường nối tắt"),
    "self_test": _l("Lần tự kiểm tra gần nhất"), "alarms_present": _l("Số cảnh báo của bộ lưu điện"),
    "ups_alarm": _l("Cảnh báo của bộ lưu điện"), "load_state": _l("Tình trạng tải"), "meter_state": _l("Tình trạng đồng hồ đo"),
    "power": _l("Công suất"), "apparent_power": _l("Công suất biểu kiến"), "energy": _l("Điện năng đã dùng"),
    "power_supply": _l("Nguồn nuôi của thanh cấp điện"), "power_factor": _l("Hệ số công suất"),
    "phase_load_state": _l("Tình trạng tải của pha"), "phase_current": _l("Dòng điện của pha"), "phase_voltage": _l("Điện áp của pha"),
    "phase_frequency": _l("Tần số của pha"), "outlet_state": _l("Ổ cắm"), "outlet_switched": _l("Số lần bật tắt ổ cắm"),
    "surge_protection": _l("Bảo vệ chống quá áp"), "clock_state": _l("Đồng hồ của thiết bị"), "power_state": _l("Trạng thái nguồn"),
    "lamp_hours": _l("Số giờ bóng đèn đã chạy"), "lamp_used": _l("Tuổi thọ bóng đèn đã dùng"),
    "projector_alert": _l("Cảnh báo của máy chiếu"), "device_temperature": _l("Nhiệt độ trong máy"), "case_fan_speed": _l("Quạt vỏ máy"),
    "processor_fan_speed": _l("Quạt bộ xử lý"), "host_uptime": _l("Máy đã bật liên tục"), "processor_load": _l("Tải bộ xử lý"),
    "load_average": _l("Tải trung bình"), "memory_used": _l("Bộ nhớ đã dùng"), "storage_used": _l("Ổ đĩa đã dùng"),
    "device_status": _l("Bộ phận của máy"), "room_temperature": _l("Nhiệt độ phòng"), "probe_temperature": _l("Nhiệt độ tại đầu đo"),
    "humidity": _l("Độ ẩm"), "sensor_status": _l("Tình trạng cảm biến"), "sensor_contact": _l("Tiếp điểm"),
    "sensor_voltage": _l("Điện áp đo được"), "sensor_current": _l("Dòng điện đo được"), "sensor_power": _l("Công suất đo được"),
    "sensor_frequency": _l("Tần số đo được"), "sensor_fan_speed": _l("Tốc độ quạt"), "input_alarm": _l("Đầu vào báo động"),
    "printer_status": _l("Tình trạng máy in"), "printer_error": _l("Lỗi máy in"), "supply_level": _l("Mực và vật tư còn lại"),
    "waste_level": _l("Hộp mực thải đã đầy"), "tray_level": _l("Giấy trong khay"), "system_state": _l("Trạng thái hệ thống"),
    "sip_secure": _l("Báo hiệu SIP được mã hóa"), "sip_verified": _l("Chứng thư máy chủ SIP đã kiểm tra"),
    "microphones_muted": _l("Micrô đang tắt tiếng"), "volume": _l("Âm lượng loa (0–100)"), "standby_state": _l("Chế độ chờ"),
    "diagnostics_count": _l("Số cảnh báo thiết bị tự chẩn đoán"), "diagnostics_message": _l("Thiết bị tự chẩn đoán"),
    "packet_loss": _l("Mất gói tin"), "jitter": _l("Độ trễ dao động (jitter)"), "active_faults": _l("Danh sách lỗi của thiết bị"),
    "firmware": _l("Phiên bản phần mềm"), "part_number": _l("Mã sản phẩm"), "date_at_connect": _l("Ngày giờ thiết bị báo khi kết nối"),
    "registered": _l("Đã đăng ký với tổng đài"), "can_encrypt": _l("Mã hóa được cuộc gọi"), "calls_up": _l("Số cuộc gọi đang mở"),
    "microphone_connected": _l("Có micro"), "camera_connected": _l("Có camera"), "clock_ahead": _l("Đồng hồ thiết bị chạy trước"),
    "microphone_mute": _l("Micro đang tắt tiếng"), "ssh_algorithms": _l("Thuật toán SSH đã dùng"),
}
# Why a value is not to be taken at its word.
MARK = {
    "at_least": _l("Bằng hoặc hơn số này"), "at_most": _l("Bằng hoặc ít hơn số này"),
    "capped": _l("Thiết bị chỉ đếm đến số này; thực tế có thể hơn. Không dùng để tính giờ tắt máy."),
    "contradicted": _l("Thiết bị tự trả lời trái ngược nhau nên chưa biết giá trị đúng"),
    "implausible": _l("Thiết bị trả lời một con số không thể có; xem giá trị gốc"), "not_told": _l("Thiết bị trả lời là không biết"),
    "rescaled": _l("Thiết bị dùng đơn vị khác với chuẩn; số này đã được đổi lại và là ước đoán"),
    "seen_once": _l("Mới vượt ngưỡng ở một lần đo; chờ lần đo sau"), "some_left": _l("Vẫn còn, không biết còn bao nhiêu"),
    "unanswered": _l("Thiết bị không trả lời mục này"), "unreadable": _l("Thiết bị trả lời theo cách phần mềm chưa đọc được"),
}
# What a reading that is no number can be.
WORD = {
    "battery_bad": _l("ắc quy hỏng"), "battery_depleted": _l("ắc quy cạn"), "battery_low": _l("ắc quy yếu"), "booster": _l("đang tăng áp"),
    "bypass": _l("nối tắt, không được ắc quy bảo vệ"), "charger_failed": _l("bộ nạp hỏng"), "communication_lost": _l("mất liên lạc"),
    "cooling": _l("đang làm nguội"), "depleted": _l("cạn"), "disabled": _l("đã tắt, không phải lỗi"), "door_open": _l("nắp đang mở"),
    "dormant": _l("đang chờ"), "down": _l("ngừng"), "eco": _l("chế độ tiết kiệm"), "failed": _l("hỏng"), "fan_failed": _l("quạt hỏng"),
    "hardware_bypass": _l("nối tắt do phần cứng, không được bảo vệ"), "in_fault": _l("ắc quy lỗi"), "in_progress": _l("đang chạy"),
    "input_tray_empty": _l("khay giấy trống"), "input_tray_missing": _l("thiếu khay giấy"), "invalid": _l("không hợp lệ"),
    "jammed": _l("kẹt giấy"), "low": _l("thấp"), "low_paper": _l("sắp hết giấy"), "low_toner": _l("sắp hết mực"),
    "lower_layer_down": _l("ngừng do lớp dưới"), "maintenance_overdue": _l("quá hạn bảo dưỡng"), "near_overload": _l("gần quá tải"),
    "needed": _l("cần thay"), "no": _l("không"), "no_battery": _l("không có ắc quy"), "no_error": _l("không có lỗi"),
    "no_output": _l("không cấp điện ra"), "no_paper": _l("hết giấy"), "no_toner": _l("hết mực"), "normal": _l("bình thường"),
    "not_needed": _l("chưa cần thay"), "not_operational": _l("không hoạt động"), "not_present": _l("không lắp"), "off": _l("tắt"),
    "offline": _l("không nối mạng"), "ok": _l("tốt"), "on": _l("bật"), "on_battery": _l("đang chạy bằng ắc quy"), "other": _l("khác"),
    "output_full": _l("khay ra đầy"), "output_near_full": _l("khay ra gần đầy"), "output_tray_missing": _l("thiếu khay ra"),
    "overload": _l("quá tải"), "passed": _l("đạt"), "reducer": _l("đang giảm áp"), "running": _l("đang chạy"),
    "saving": _l("tiết kiệm điện"), "service_requested": _l("cần bảo trì"), "static_bypass": _l("nối tắt tĩnh, không được bảo vệ"),
    "supply_missing": _l("thiếu hộp mực"), "temperature_bad": _l("nhiệt độ quá mức"), "testing": _l("đang kiểm tra"),
    "unavailable": _l("tạm thời không đo được"), "up": _l("thông"), "valid": _l("hợp lệ"), "warming": _l("đang khởi động"),
    "warning": _l("cảnh báo"), "yes": _l("có"),
}
# Where a device names a part of itself with a word of ours.
PLACE = {
    "calendar": _l("lịch"), "call_records": _l("ghi cuộc gọi"), "directory": _l("danh bạ"), "presence": _l("hiện diện"),
    "provisioning": _l("cấp cấu hình tự động"), "software_update": _l("cập nhật phần mềm"), "syslog": _l("gửi nhật ký"),
    "touch_controller": _l("bảng điều khiển cảm ứng"), "uc_board": _l("bảng UC"), "1 min": _l("1 phút"), "5 min": _l("5 phút"),
    "15 min": _l("15 phút"),
}
# What a device was found to be over SNMP.
DEVICE_CLASS = {
    "environment": _l("Thiết bị đo môi trường phòng"),
    "identity_only": _l("Chỉ biết tên thiết bị; thiết bị trả lời nhưng không báo tình trạng"), "linux_host": _l("Máy tính"),
    "pdu": _l("Thanh cấp điện"), "poly_endpoint": _l("Thiết bị hội nghị Poly"), "printer": _l("Máy in"), "projector": _l("Máy chiếu"),
    "switch": _l("Bộ chuyển mạch mạng"), "ups": _l("Bộ lưu điện (UPS)"), "wireless_presentation": _l("Trình chiếu không dây"),
}


def reading_name(name: str) -> str:
    """Return what a reading is called; a name nobody has words for is shown as it is, and fails the tests."""
    return str(NAME.get(name, name))


def reading_value(value: Any) -> str:
    """Return a value as people read it: numbers as the language writes them, known words translated, unknown ones as the device said them."""
    if value is None:
        return ""
    if isinstance(value, bool | str):
        return str(WORD.get(str(value), value))
    return decimal(f"{value:,.10g}".replace(",", "\u202f"))


def register(app: Flask) -> None:
    """Give templates the words."""
    app.jinja_env.filters.update(
        reading_name=reading_name, reading_value=reading_value, reading_mark=lambda mark: str(MARK.get(mark, mark)),
        reading_place=lambda place: str(PLACE.get(place, place)), device_class=lambda name: str(DEVICE_CLASS.get(name, name)))
