"""The files of a room PC."""

import dataclasses
import subprocess

import pytest

from device_drivers.lab import room_files
from device_drivers.lab.__main__ import main

PC = room_files.RoomPc(name="xa-tan-my", address="10.4.5.6", account="roomctl")


def test_a_room_pc_wants_encryption_or_no_call():
    assert room_files.baresip_accounts(PC) == "<sip:xa-tan-my@10.4.5.6>;regint=0;answermode=manual;mediaenc=srtp-mand\n"


def test_the_control_socket_of_a_room_pc_is_not_on_the_network():
    assert "ctrl_tcp_listen 127.0.0.1:4444\n" in room_files.baresip_config(PC)
    assert "PermitOpen 127.0.0.1:4444\n" in room_files.sshd_restrictions(PC)


def test_the_address_that_others_dial_has_a_port_only_when_it_is_not_the_usual_one():
    assert PC.sip_address == "xa-tan-my@10.4.5.6"
    assert dataclasses.replace(PC, sip_port=5070).sip_address == "xa-tan-my@10.4.5.6:5070"


@pytest.mark.parametrize("key", ["short", 'quote"quote"quote', "a b c d e f g h", "", "line\nline-line-line"])
def test_an_snmp_key_that_is_weak_or_breaks_its_line_is_refused(key):
    with pytest.raises(ValueError, match="twelve"):
        room_files.snmpd_config(PC, auth_key=key, priv_key="long-enough-key")


def test_the_files_of_a_room_are_written_where_they_belong_readable_by_their_owner_only(tmp_path, capsys):
    assert main(["room-files", str(tmp_path), "--name", "xa-tan-my", "--address", "10.4.5.6"]) == 0

    written = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("*") if path.is_file()}
    assert set(written) == {"var/lib/baresip-room/config", "var/lib/baresip-room/accounts", "var/lib/baresip-room/contacts",
                            "etc/systemd/system/baresip-room.service", "etc/ssh/sshd_config.d/roomctl.conf", "etc/snmp/snmpd.conf"}
    assert {path.stat().st_mode & 0o077 for path in written.values()} == {0}
    keys = capsys.readouterr().out.splitlines()[-1]
    assert all(word.rstrip(",") in written["etc/snmp/snmpd.conf"].read_text() for word in keys.split()[3:6:2])


@pytest.mark.parametrize(("name", "address", "account"), [("Xã Tân Mỹ", "10.4.5.6", "roomctl"), ("room", "10.4.5", "roomctl"),
                                                          ("room", "10.4.5.6", "x\nAllowTcpForwarding yes"), ("a>;x", "10.4.5.6", "roomctl")])
def test_nothing_is_written_from_a_name_that_would_be_more_than_one(tmp_path, name, address, account):
    assert main(["room-files", str(tmp_path), "--name", name, "--address", address, "--account", account]) == 1

    assert list(tmp_path.iterdir()) == []


@pytest.mark.lab
def test_openssh_reads_the_restrictions_as_they_are_meant(installed, tmp_path):
    (tmp_path / "host_key").touch()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    (tmp_path / "sshd_config").write_text(f"HostKey {tmp_path}/key\n{room_files.sshd_restrictions(PC)}")

    def told(user: str) -> set[str]:
        said = subprocess.run(["/usr/sbin/sshd", "-T", "-f", str(tmp_path / "sshd_config"), "-C", f"user={user},host=h,addr=10.0.0.9"],
                              capture_output=True, text=True, check=True)
        return set(said.stdout.splitlines())

    assert {"allowtcpforwarding local", "permitopen 127.0.0.1:4444", "forcecommand /usr/sbin/nologin", "permittty no", "x11forwarding no",
            "allowagentforwarding no", "allowstreamlocalforwarding no", "permittunnel no"} <= told("roomctl")
    assert "permitopen any" in told("somebody")
