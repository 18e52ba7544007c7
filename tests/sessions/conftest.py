"""Fixtures of the session tests; the studio itself is in studio."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from seals import authority, token_seal  # noqa: F401
from studio import connections, run, studio  # noqa: F401
