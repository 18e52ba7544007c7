"""Where roomctl finds its settings, its secrets and its own files.

Settings come from the environment; secrets are made at first start in ROOMCTL_HOME, outside the database,
readable by the owner only.
"""

import os
import secrets
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

_PACKAGE = Path(__file__).parent
SHORTEST_METRICS_TOKEN = 24


def project_files(name: str) -> Path:
    """Return the folder of the project's own files `name` (templates, migrations).

    An installed wheel carries them inside the package; a checkout has them beside it.
    """
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


PORT_OF = {"none": 25, "starttls": 587, "tls": 465}  # By how the way to the SMTP server is protected.


@dataclass(frozen=True)
class MailServer:
    """The SMTP server that takes the mail, and whom the mail is from."""

    host: str
    port: int
    sender: str  # "no-reply@hop.example", or with a name: "Phòng họp trực tuyến <no-reply@hop.example>".
    tls: str = "starttls"
    user: str = ""
    password_file: Path | None = None  # Read at each sign-in, so that a new password needs no restart.


@dataclass(frozen=True)
class Seal:
    """Whose digital seal is put on records: a PKCS#12 file, or a key on a PKCS#11 token.  Password and PIN are in files."""

    p12: Path | None = None
    password_file: Path | None = None
    module: Path | None = None  # The library that speaks to the token.
    token: str = ""  # Its label.
    key: str = ""  # The label of the key, and of its certificate.
    pin_file: Path | None = None


@dataclass(frozen=True)
class Settings:
    """Everything that differs from one installation to another."""

    home: Path
    database_url: str
    trusted_hosts: tuple[str, ...] = ()
    secure_cookies: bool = False
    proxies: int = 0  # How many reverse proxies stand in front and set X-Forwarded-*.
    simulation: bool = False  # The demo: pages say so, and evidence is marked.
    mail: MailServer | None = None  # Without one nothing is mailed; notices are read in the application.
    address: str = ""  # Where people reach this installation, for the links in mails.
    clamd: str = ""  # Where clamd scans documents: the path of its socket, or host:port; empty: nobody scans.
    syslog: str = ""  # Where checkpoints of the trail are sent, "tls://host:6514"; empty: nowhere.
    seal: Seal | None = None  # Without one a session's record says that it is not sealed.
    witnesses: tuple[str, ...] = ()  # Other machines that sign that the trail only grows, "http://host:8471".
    metrics_token: str = field(default="", repr=False)  # With it Prometheus may read /metrics from elsewhere; empty: from this machine only.
    device_processes: int = 1  # Over how many processes of the worker the devices of sessions are spread.
    extra: dict[str, object] = field(default_factory=dict)

    def secret(self, name: str, *, size: int = 32) -> bytes:
        """Return the secret kept in `home/secrets/name`, made at first use with the owner as its only reader."""
        path = self.home / "secrets" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = path.with_name(f".{name}.{secrets.token_hex(4)}")
            fresh.touch(mode=0o600)
            fresh.write_bytes(secrets.token_bytes(size))
            try:
                os.link(fresh, path)  # Whoever links first wins; two processes starting at once agree.
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return path.read_bytes()


def settings_from_environment() -> Settings:
    """Read every ROOMCTL_* that docs/operations.md lists; raise ValueError for settings of mail that cannot be meant."""
    home = Path(os.environ.get("ROOMCTL_HOME", "roomctl-home")).resolve()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    hosts = os.environ.get("ROOMCTL_TRUSTED_HOSTS", "localhost,127.0.0.1")
    return Settings(
        home=home,
        database_url=os.environ.get("ROOMCTL_DATABASE", f"sqlite:///{home / 'roomctl.db'}"),
        trusted_hosts=tuple(host.strip() for host in hosts.split(",") if host.strip()),
        secure_cookies=_flag("ROOMCTL_SECURE_COOKIES"),
        proxies=int(os.environ.get("ROOMCTL_PROXIES", "0")),
        simulation=_flag("ROOMCTL_SIMULATION"),
        clamd=os.environ.get("ROOMCTL_CLAMD", "").strip(),
        mail=_mail_server(home),
        address=_address(os.environ.get("ROOMCTL_ADDRESS", "").strip()),
        metrics_token=_metrics_token(os.environ.get("ROOMCTL_METRICS_TOKEN", "").strip()),
        seal=_seal(home),
        syslog=_syslog(os.environ.get("ROOMCTL_SYSLOG", "").strip()),
        witnesses=_witnesses(os.environ.get("ROOMCTL_WITNESSES", "")),
        device_processes=max(1, int(os.environ.get("ROOMCTL_DEVICE_PROCESSES", "1"))),
    )


def _mail_server(home: Path) -> MailServer | None:
    raw = os.environ.get("ROOMCTL_SMTP", "").strip()
    if not raw:
        return None
    tls, user, sender = (os.environ.get(name, default).strip() for name, default in (
        ("ROOMCTL_SMTP_TLS", "starttls"), ("ROOMCTL_SMTP_USER", ""), ("ROOMCTL_MAIL_FROM", "")))
    where = urlsplit(f"//{raw}")  # Knows [::1]:25 too.
    if not where.hostname or where.path or where.username:
        raise ValueError(f"ROOMCTL_SMTP is host:port, not {raw!r}")
    if tls not in PORT_OF:
        raise ValueError(f"ROOMCTL_SMTP_TLS is none, starttls or tls, not {tls!r}")
    if user and tls == "none":
        raise ValueError("ROOMCTL_SMTP_USER needs ROOMCTL_SMTP_TLS=starttls or tls: the password would cross the network in the clear")
    address = parseaddr(sender)[1]
    if not address.isascii() or not all(address.partition("@")) or not sender.isprintable():
        raise ValueError("ROOMCTL_MAIL_FROM must name the sender of the mail, such as no-reply@hop.example")
    password_file = Path(os.environ.get("ROOMCTL_SMTP_PASSWORD_FILE", home / "secrets" / "smtp-password"))
    return MailServer(where.hostname, where.port or PORT_OF[tls], sender, tls, user, password_file if user else None)


def _seal(home: Path) -> Seal | None:
    p12, module, token, key = (os.environ.get(f"ROOMCTL_SEAL_{name}", "").strip() for name in ("P12", "MODULE", "TOKEN", "KEY"))
    if p12 and module:
        raise ValueError("ROOMCTL_SEAL_P12 and ROOMCTL_SEAL_MODULE name two seals; there is one")
    if bool(module) != bool(token and key) or bool(token) != bool(key):
        raise ValueError("A seal on a token needs ROOMCTL_SEAL_MODULE, ROOMCTL_SEAL_TOKEN and ROOMCTL_SEAL_KEY")
    if p12:
        return Seal(p12=Path(p12), password_file=Path(os.environ.get("ROOMCTL_SEAL_PASSWORD_FILE", home / "secrets" / "seal-password")))
    if module:
        return Seal(module=Path(module), token=token, key=key, pin_file=Path(os.environ.get("ROOMCTL_SEAL_PIN_FILE", home / "secrets" / "seal-pin")))
    return None


def _address(raw: str) -> str:
    """Return the installation's address without its last slash."""
    parts = urlsplit(raw)
    if raw and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError(f"ROOMCTL_ADDRESS begins with https:// and names a host, not {raw!r}")
    return raw.rstrip("/")


def _syslog(raw: str) -> str:
    parts = urlsplit(raw)
    if raw and (parts.scheme not in ("udp", "tcp", "tls") or not parts.hostname or parts.path or parts.query):
        raise ValueError(f"ROOMCTL_SYSLOG is udp://, tcp:// or tls://host:port, not {raw!r}")
    return raw


def _witnesses(raw: str) -> tuple[str, ...]:
    found = tuple(one.strip().rstrip("/") for one in raw.split(",") if one.strip())
    for one in found:
        parts = urlsplit(one)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
            raise ValueError(f"ROOMCTL_WITNESSES is http://host:port, with commas between, not {one!r}")
    return found


def _metrics_token(raw: str) -> str:
    if raw and (len(raw) < SHORTEST_METRICS_TOKEN or not raw.isascii() or not raw.isprintable() or " " in raw):
        raise ValueError(f"ROOMCTL_METRICS_TOKEN has at least {SHORTEST_METRICS_TOKEN} letters and digits, such as `openssl rand -hex 24` gives")
    return raw


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes"}
