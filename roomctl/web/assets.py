"""The page assets: where they are, and their address with the hash that makes a change visible at once."""

import json
from functools import cache
from pathlib import Path

from flask import url_for

DIST = Path(__file__).parent.parent / "static" / "dist"


@cache
def manifest() -> dict[str, str]:
    """Return name -> name?v=hash; empty when the assets were not built (`make assets`)."""
    path = DIST / "manifest.json"
    return json.loads(path.read_text()) if path.exists() else {}


def asset_url(name: str) -> str:
    """Return the address of an asset."""
    _, _, version = manifest().get(name, name).partition("?v=")
    return url_for("public.assets.show", name=name, v=version or None)
