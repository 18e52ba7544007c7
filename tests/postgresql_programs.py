"""PostgreSQL's own programs, for the tests that start a server."""

import os
import subprocess
from pathlib import Path

POSTGRES = Path("/usr/lib/postgresql/15/bin")
BECOME = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []  # It refuses to be root.


def as_postgres(*command: str) -> None:
    """Run a PostgreSQL program as a user that it accepts."""
    subprocess.run([*BECOME, *command], check=True, capture_output=True)
