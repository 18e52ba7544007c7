"""The configuration of a room PC as text: softphone, SSH and SNMP.  Pure.

A room PC in a room and a room of the lab get the same files; they differ in addresses, ports, and in the sound and picture devices.
"""

import re
from dataclasses import dataclass

MODULES_AT = "/usr/lib/baresip/modules"


@dataclass(frozen=True, slots=True)
class Media:
    """Where sound and picture come from and go to, in baresip's words, and the modules for it."""

    modules: tuple[str, ...]
    audio_source: str
    audio_player: str
    video: tuple[str, str] | None = None  # Source and display; None: a room with sound only.


# A microphone, a loudspeaker and a camera.  baresip-core brings no window to show pictures in.
REAL_MEDIA = Media(("alsa", "v4l2"), "alsa,default", "alsa,default")
# A tone that nobody hears, a picture that nobody sees.
LAB_MEDIA = Media(("ausine", "aufile", "fakevideo"), "ausine,440", "aufile,received.wav", ("fakevideo,nil", "fakevideo,nil"))


@dataclass(frozen=True, slots=True)
class RoomPc:
    """All that the files are about."""

    name: str
    address: str  # Of the room PC on the network, IPv4.
    account: str  # That roomctl signs in with; it can be forwarded to the softphone, and nothing else.
    media: Media = REAL_MEDIA
    control: str = "127.0.0.1"  # Where the softphone listens for commands: the PC's own loopback address, never the network.
    control_port: int = 4444
    sip_port: int = 5060
    snmp_port: int = 161
    snmp_user: str = "roomctl"
    encryption: str = "srtp-mand"
    answers: str = "manual"  # Who calls a room is not let in by a machine; the lab's rooms say "auto".
    rtp_timeout_s: int = 30  # A call from which nothing comes any more ends by itself: its other end has died.
    extra_modules: tuple[str, ...] = ()

    @property
    def sip_address(self) -> str:
        """What others dial."""
        return f"{self.name}@{self.address}" + ("" if self.sip_port == 5060 else f":{self.sip_port}")


def baresip_config(pc: RoomPc) -> str:
    """Return baresip's `config`.  One call at a time; two channels at 48 kHz, as opus wants them."""
    video = pc.media.video
    lines = [
        "poll_method epoll", f"sip_listen {pc.address}:{pc.sip_port}", f"net_interface {pc.address}", "call_local_timeout 60",
        "call_max_calls 1", f"audio_source {pc.media.audio_source}", f"audio_player {pc.media.audio_player}",
        f"audio_alert {pc.media.audio_player}", "ausrc_srate 48000", "ausrc_channels 2", "auplay_srate 48000",
        *([f"video_source {video[0]}", f"video_display {video[1]}", "video_size 320x240", "video_bitrate 200000", "video_fps 5"] if video else []),
        "rtp_ports 20000-29998", "rtp_stats no", f"rtp_timeout {pc.rtp_timeout_s}", f"module_path {MODULES_AT}",
        *(f"module {name}.so" for name in ("g711", "opus", *(["vp8"] if video else []), *pc.media.modules, "srtp", "uuid", *pc.extra_modules)),
        "module_tmp account.so", *(f"module_app {name}.so" for name in ("menu", "debug_cmd", "ctrl_tcp")),
        f"ctrl_tcp_listen {pc.control}:{pc.control_port}",
    ]
    return "\n".join(lines) + "\n"


def baresip_accounts(pc: RoomPc) -> str:
    """Return baresip's `accounts`: one, without a registrar, that wants encryption or no call."""
    return f"<sip:{pc.sip_address}>;regint=0;answermode={pc.answers};mediaenc={pc.encryption}\n"


def sshd_restrictions(pc: RoomPc) -> str:
    """Return what OpenSSH lets the account do: reach the softphone's control socket, and nothing else."""
    return sshd_restrictions_to(pc.account, command="/usr/sbin/nologin", forwarding=f"{pc.control}:{pc.control_port}")


def sshd_restrictions_to(account: str, *, command: str, forwarding: str = "") -> str:
    """Return what OpenSSH lets an account do: be forwarded to one socket, or to none, and run this command and no other."""
    return "\n".join([
        f"Match User {account}",
        *(["  AllowTcpForwarding local", f"  PermitOpen {forwarding}"] if forwarding else ["  AllowTcpForwarding no"]),
        f"  ForceCommand {command}",
        "  PermitTTY no",
        "  X11Forwarding no",
        "  AllowAgentForwarding no",
        "  AllowStreamLocalForwarding no",
        "  PermitTunnel no",
        "  ClientAliveInterval 15",
        "  ClientAliveCountMax 2",
        "",
    ])


def snmpd_config(pc: RoomPc, *, auth_key: str, priv_key: str) -> str:
    """Return snmpd's configuration: SNMPv3 with authentication and privacy, reading only."""
    if not all(re.fullmatch(r"[A-Za-z0-9_-]{12,}", key) for key in (auth_key, priv_key)):
        raise ValueError("SNMP keys are twelve letters or more, of A-Z, a-z, 0-9, _ and -")
    return "\n".join([
        f"agentaddress udp:{pc.address}:{pc.snmp_port}",
        f'createUser {pc.snmp_user} SHA-256 "{auth_key}" AES "{priv_key}"',
        f"rouser {pc.snmp_user} priv",
        f"sysName {pc.name}",
        "",
    ])


def service(pc: RoomPc, *, user: str) -> str:
    """Return the systemd unit that starts the softphone anew when it ends, which is also how roomctl restarts it."""
    return "\n".join([
        "[Unit]", f"Description=Softphone of {pc.name}", "Wants=network-online.target", "After=network-online.target sound.target", "",
        "[Service]", f"User={user}", "StateDirectory=baresip-room", "ExecStart=/usr/bin/baresip -4 -f /var/lib/baresip-room",
        "Restart=always", "RestartSec=2",
        # With a call that hangs, baresip ignores the first SIGTERM.
        "TimeoutStopSec=3", "", "[Install]", "WantedBy=multi-user.target", "",
    ])


def files_for(pc: RoomPc, *, softphone_user: str, auth_key: str, priv_key: str) -> dict[str, str]:
    """Return the files of a room PC that stands in a room, by the place each belongs to."""
    return {
        "/var/lib/baresip-room/config": baresip_config(pc),
        "/var/lib/baresip-room/accounts": baresip_accounts(pc),
        "/var/lib/baresip-room/contacts": "",
        "/etc/systemd/system/baresip-room.service": service(pc, user=softphone_user),
        "/etc/ssh/sshd_config.d/roomctl.conf": sshd_restrictions(pc),
        "/etc/snmp/snmpd.conf": snmpd_config(pc, auth_key=auth_key, priv_key=priv_key),
    }
