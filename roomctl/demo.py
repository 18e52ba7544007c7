"""`make demo`: everything on this machine, with simulated devices, one of them lying.

Makes the database and the people at first start, keeps them afterwards.  ROOMCTL_HOME, HOST and PORT are honoured.
Passwords are made at first start, kept in ROOMCTL_HOME and printed; nothing secret is in the repository.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import select
from vietnam_provinces import Province, Ward

from device_drivers.errors import DeviceError
from device_drivers.transports.ssh import look_at_host_key
from roomctl import clock
from roomctl.app import create_app
from roomctl.audit import trail, verify
from roomctl.booking.days_off import seed_years_ahead
from roomctl.booking.request import request_conference
from roomctl.booking.wish import Wish
from roomctl.config import Settings
from roomctl.database import db
from roomctl.devices import inventory, snmp
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.seeding import seed_country, short_name
from roomctl.organisation.tables import Unit, units_at, user_by_username
from roomctl.organisation.units import Level
from roomctl.rooms import catalogue as rooms
from roomctl.rooms import panels
from roomctl.rooms.tables import panels_in_use, room_by_code, rooms_in_order
from roomctl.security_profiles import catalogue as profiles
from roomctl.security_profiles.tables import current_profiles
from roomctl.text import folded
from roomctl.timespan import Span, to_local

DECIDING = ("Đắk Lắk", "Lào Cai", "Cà Mau")  # Their rooms wait for an approver; the other provinces' are open to the centre.
BAD_DAYS = {"Cà Mau": {"lies": True}, "Lai Châu": {"silent_to": ""}, "Sơn La": {"not_registered": True}}
COMMUNES_WITH_CODEC = 8  # Of Đắk Lắk; the last three meet soon after the first start, and the very last is not registered.
EQUIPMENT = (  # Asked over SNMP: name, whose recording answers, and the unit in whose first room it stands.
    ("UPS phòng họp Trung ương", "ups_apc", "TW"), ("Chuyển mạch phòng họp Trung ương", "switch", "TW"),
    ("Máy chiếu phòng họp Trung ương", "projector_epson", "TW"), ("UPS Đắk Lắk", "ups_on_battery", "T66"),
)
SNMP_USER = "roomctl"
BRIDGE_POOL = [f"{number}@cau.hop.example" for number in range(7001, 7009)]
WAIT_S = 60


def main() -> int:
    os.environ.setdefault("ROOMCTL_HOME", "demo-home")
    os.environ["ROOMCTL_SIMULATION"] = "1"
    home = Path(os.environ["ROOMCTL_HOME"]).resolve()
    os.environ["ROOMCTL_HOME"] = str(home)
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    os.environ.setdefault("ROOMCTL_TRUSTED_HOSTS", ",".join(sorted({"localhost", "127.0.0.1", host, socket.gethostname()})))
    if not _is_free(host, port):
        print(f"Port {port} on {host} is taken. Choose another: PORT=8080 make demo", file=sys.stderr)
        return 1
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    facts = _facts(home)
    processes: list[subprocess.Popen] = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        processes.append(_start_simulators(home, facts))
        app = create_app()
        with app.app_context():
            upgrade()
            if db.session.scalar(select(Unit.id).limit(1)) is None:
                _furnish(facts)
            code = _panel_code()
            key = verify.fingerprint(trail.public_key(app.config["SETTINGS"]))
            db.session.remove()
        processes += [_start(home, "worker", sys.executable, "-m", "roomctl.cli", "worker"),
                      _start(home, "web", sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"{host}:{port}", "--workers", "2",
                             "--threads", "8", "--worker-class", "gthread", "--no-control-socket", "--log-level", "warning")]
        if not _wait_until_well(host, port, processes):
            print(f"The demo did not come up; see {home}/*.log", file=sys.stderr)
            return 1
        print(_story(f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}", home, facts, code, key), flush=True)  # noqa: S104
        return _watch(processes)
    except KeyboardInterrupt:
        return 0
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _facts(home: Path) -> dict:
    """Return the demo's passwords, and the ports of its devices by unit code, made at first start."""
    path = home / "demo.json"
    if not path.exists():
        codes = ["TW", "bridge", *(f"T{int(one.code):02d}" for one in Province.iter_all()), *communes_with_codec()]
        facts = {
            "password": f"{secrets.choice(['song', 'nui', 'bien', 'rung'])}-{secrets.token_hex(3)}",
            "device_password": secrets.token_urlsafe(16),
            "snmp_passwords": [secrets.token_urlsafe(16), secrets.token_urlsafe(16)],
            "ports": dict(zip(codes, _free_ports(len(codes)), strict=True)),
            "snmp_ports": _free_ports(len(EQUIPMENT), socket.SOCK_DGRAM),
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(facts, indent=1))
    return json.loads(path.read_text())


def communes_with_codec() -> list[str]:
    province = next(one for one in Province.iter_all() if one.name == DECIDING[0])
    return [f"X{int(one.code):05d}" for one in list(Ward.iter_by_province(province.code))[:COMMUNES_WITH_CODEC]]


def _free_ports(count: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[int]:
    held = [socket.socket(socket.AF_INET, kind) for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def _start(home: Path, name: str, *command: str) -> subprocess.Popen:
    log = (home / f"{name}.log").open("ab")
    # Ctrl-C reaches this process only; it then ends the others in order.
    return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def _start_simulators(home: Path, facts: dict) -> subprocess.Popen:
    bad_days = {f"T{int(one.code):02d}": BAD_DAYS[one.name] for one in Province.iter_all() if one.name in BAD_DAYS}
    bad_days[communes_with_codec()[-1]] = {"not_registered": True}
    devices: list[dict] = [
        {"kind": "cisco_roomos", "name": code, "address": _dial_address(code), "port": port, "password": facts["device_password"],
         "timing": {"ring_s": 1.0, "media_s": 0.5}, "display_name": f"Phòng họp {code}", "bad": bad_days.get(code, {})}
        for code, port in facts["ports"].items() if code != "bridge"
    ]
    devices.append({"kind": "simulated_bridge", "name": "bridge", "pool": BRIDGE_POOL, "port": facts["ports"]["bridge"],
                    "password": facts["device_password"]})
    if "snmp_ports" in facts:  # A demo made by an earlier version has none.
        user = _snmp_user(facts)
        devices += [{"kind": "snmp_agent", "name": recording, "recording": recording, "port": port, "user": user}
                    for (_, recording, _), port in zip(EQUIPMENT, facts["snmp_ports"], strict=True)]
    path = home / "simulators.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"keys": str(home / "simulators"), "devices": devices}, indent=1))
    return _start(home, "simulators", sys.executable, "-m", "device_drivers.simulators", str(path))


def _snmp_user(facts: dict) -> dict[str, str]:
    auth, priv = facts["snmp_passwords"]
    return {"username": SNMP_USER, "auth_protocol": "SHA-256", "auth_password": auth, "priv_protocol": "AES-128", "priv_password": priv}


def _dial_address(code: str) -> str:
    return f"{code.lower()}@hop.example"


def _furnish(facts: dict) -> None:
    """Make the country's units, people in every role, a room for each unit, devices and profiles."""
    centre = seed_country(centre_name="Văn phòng Trung ương")
    profiles.add_default_profiles()
    seed_years_ahead(to_local(clock.now()).date())
    _add_people(centre, facts["password"])
    hall = rooms.add_room(unit=centre, code="TW-01", name="Phòng họp trực tuyến Trung ương", seats=60, support_phone="024 3000 0001",
                          setup=timedelta(minutes=5), teardown=timedelta(minutes=5))
    rooms.add_room(unit=centre, code="TW-02", name="Phòng họp nhỏ tầng 2", seats=12)
    _add_device(facts, "TW", kind="codec", family="cisco_roomos", unit=centre, room=hall)
    _add_device(facts, "bridge", kind="bridge", family="simulated_bridge", unit=centre, room=None, pool=BRIDGE_POOL, ports=80)
    communes = units_at(Level.COMMUNE)
    wanted = [rooms.NewRoom(unit=unit, code=f"{unit.code}-01", name=f"Phòng họp {short_name(unit.name)}", seats=40,
                            open_to="unit" if short_name(unit.name) in DECIDING else "above", support_phone="024 3000 0001")
              for unit in units_at(Level.PROVINCIAL)]
    wanted += [rooms.NewRoom(unit=unit, code=f"{unit.code}-01", name=f"Phòng họp {unit.name[:1].lower()}{unit.name[1:]}", seats=20,
                             open_to="above") for unit in communes]
    for room in rooms.add_rooms(wanted):
        code = room.code.removesuffix("-01")
        if code in facts["ports"]:
            _add_device(facts, code, kind="codec", family="cisco_roomos", unit=room.unit, room=room)
    _add_equipment(facts)
    _book_what_is_next()


def _add_equipment(facts: dict) -> None:
    """Put equipment on the list as the administrator does, with SNMPv3 passwords of its own."""
    administrator, (auth, priv) = user_by_username("quantri"), facts["snmp_passwords"]
    for (name, _, code), port in zip(EQUIPMENT, facts["snmp_ports"], strict=True):
        room = room_by_code(f"{code}-01")
        row = inventory.add_device(kind="equipment", family="snmp", name=name, host="127.0.0.1", port=port, username="", password="",
                                   unit=room.unit, room=room)
        snmp.set_access(row.id, snmp.Wanted(port=port, username=SNMP_USER, auth_password=auth, priv_password=priv), by=administrator)


def _book_what_is_next() -> None:
    """Let three communes of Đắk Lắk meet in an hour and a half: the last one's codec has a fault that a technician is to find."""
    clerk = user_by_username("vanthu.daklak")
    three = [room_by_code(f"{code}-01") for code in communes_with_codec()[-3:]]
    start = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
    wish = Wish(span=Span(start, start + timedelta(hours=1)), room_ids=tuple(room.id for room in three),
                host_room_id=three[0].id, chair_id=user_by_username("chutri").id, profile_id=current_profiles()[0].id, title="Giao ban ba xã")
    request_conference(wish, by=clerk, key="demo-next")


def _add_people(centre: Unit, password: str) -> None:
    """Make one person in each role at the centre, and an approver and a clerk in the provinces that decide."""
    people = [
        ("vanthu", "Trần Thị Lan", centre, Role.STAFF, "Văn thư"), ("chutri", "Nguyễn Văn Minh", centre, Role.CHAIR, "Chánh Văn phòng"),
        ("duyet", "Lê Hồng Sơn", centre, Role.APPROVER, ""), ("kythuat", "Phạm Quốc Việt", centre, Role.TECHNICIAN, ""),
        ("anninh", "Đỗ Thị Hạnh", centre, Role.AUDITOR, ""), ("quantri", "Vũ Đức Anh", centre, Role.ADMINISTRATOR, ""),
    ]
    for unit in units_at(Level.PROVINCIAL):
        name = short_name(unit.name)
        if name in DECIDING:
            login = folded(name).replace(" ", "")
            people += [(f"duyet.{login}", f"Người duyệt {name}", unit, Role.APPROVER, ""),
                       (f"vanthu.{login}", f"Văn thư {name}", unit, Role.STAFF, "")]
    for username, name, unit, role, title in people:
        directory.grant_role(directory.add_person(username=username, name=name, unit=unit, password=password, title=title), role, unit, by=None)


def _add_device(facts: dict, code: str, *, unit: Unit, **device) -> None:
    """Add a simulated device and approve the very key it presents, as a technician does beside a real one."""
    port = facts["ports"][code]
    name = "Cầu truyền hình (mô phỏng)" if code == "bridge" else f"Codec {short_name(unit.name)}"
    row = inventory.add_device(name=name, host="127.0.0.1", port=port, username="roomctl", password=facts["device_password"], unit=unit,
                               dial_address=_dial_address(code), **device)
    until = time.monotonic() + WAIT_S
    while True:
        try:
            key = look_at_host_key("127.0.0.1", port)
            break
        except DeviceError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
    inventory.note_host_key(row.id, fingerprint=key.fingerprint, algorithm=key.algorithm)
    inventory.pin_host_key(row.id, key.fingerprint, by=None)


def _panel_code() -> str | None:
    """Return a fresh pairing code for the central room's panel, unless it is paired already."""
    hall = next(room for room in rooms_in_order() if room.code == "TW-01")
    return None if any(panel.room_id == hall.id for panel in panels_in_use()) else panels.make_code(hall.id, by=None)


def _wait_until_well(host: str, port: int, processes: list[subprocess.Popen]) -> bool:
    until = time.monotonic() + WAIT_S
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/healthz"  # noqa: S104
    while time.monotonic() < until and all(process.poll() is None for process in processes):
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if json.load(answer)["status"] == "ok":
                    return True
        except (OSError, ValueError):
            pass
        time.sleep(0.3)
    return False


def _watch(processes: list[subprocess.Popen]) -> int:
    """Wait; when one process ends by itself, say so and stop the others."""
    while True:
        for process in processes:
            if process.poll() is not None:
                print(f"{' '.join(process.args[1:4])} ended by itself; see the logs in ROOMCTL_HOME", file=sys.stderr)
                return 1
        time.sleep(0.5)


def _story(address: str, home: Path, facts: dict, code: str | None, key: str) -> str:
    pair = f"{address}/panel, nhập mã ghép {code[:4]}-{code[4:]}" if code else f"{address}/panel (đã ghép)"
    anchor = trail.anchor_file(Settings(home=home, database_url=""))
    return f"""
roomctl: {address}        (dữ liệu / data: {home})

Đăng nhập / sign-ins, mật khẩu / password: {facts["password"]}
  vanthu  văn thư / staff          duyet, duyet.daklak, duyet.laocai, duyet.camau  duyệt phòng / approvers
  chutri  chủ trì / chair          kythuat  kỹ thuật / technician
  anninh  an ninh / officer        quantri  quản trị / administrator

Thử một hội nghị / try one conference:
  1. vanthu: "Đăng ký họp", chọn phòng Trung ương, bấm "34 tỉnh, thành phố", chủ trì Nguyễn Văn Minh, "Đăng ký các phòng đã chọn".
  2. Trên trang hội nghị: "Tạo mã PIN", ghi lại mã.
  3. duyet.daklak, duyet.laocai, duyet.camau: mỗi người duyệt phòng của đơn vị mình (31 tỉnh kia mở phòng cho Trung ương).
  4. Cửa sổ khác / another window: {pair}.
  5. Trên bảng: "Bắt đầu họp", nhập PIN. 35 điểm cầu được gọi và kiểm tra.
  6. Cà Mau nói dối (cấu hình bật mã hóa, cuộc gọi thì không), Lai Châu im lặng, Sơn La chưa đăng ký: bị nêu tên.
     Bấm "Họp tiếp không có 3 điểm cầu này".
  7. Đang họp, mã hóa 32/32. Sau đó "Kết thúc phiên họp".
  8. anninh: "Phiên họp", "Xem bằng chứng", "Tải bằng chứng".
  9. Kiểm tra / verify:  ROOMCTL_HOME={home} .venv/bin/roomctl trail verify --key {key} --anchor {anchor}
     .venv/bin/python roomctl/audit/verify.py session-1.zip --key {key} --anchor {anchor}
 10. Ctrl-C dừng tất cả / stops all. `make demo-reset` xóa dữ liệu / forgets the data.
"""


if __name__ == "__main__":
    sys.exit(main())
