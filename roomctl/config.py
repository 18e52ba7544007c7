"""Where roomctl finds its settings, its secrets and its own files.

Settings come from the environment; secrets are made at first start in ROOMCTL_HOME, outside the database,
readable by the owner only.
"""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

_PACKAGE = Path(__file__).parent


def project_files(name: str) -> Path:
    """Return the folder of the project's own files `name` (templates, migrations).

    An installed wheel carries them inside the package; a checkout has them beside it.
    """
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


@dataclass(frozen=True)
class Settings:
    """Everything that differs from one installation to another."""

    home: Path
    database_url: str
    trusted_hosts: tuple[str, ...] = ()
    secure_cookies: bool = False
    proxies: int = 0  # How many reverse proxies stand in front and set X-Forwarded-*.
    simulation: bool = False  # The demo: pages say so, and evidence is marked.
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
    """Read ROOMCTL_HOME, ROOMCTL_DATABASE, ROOMCTL_TRUSTED_HOSTS, ROOMCTL_SECURE_COOKIES, ROOMCTL_PROXIES, ROOMCTL_SIMULATION."""
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
    )


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "true", "yes"}
