"""The wheel, by itself: no checkout, no Node."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory) -> Path:
    """A built wheel, unpacked where nothing of the checkout is."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(PROJECT)], check=True)
    installed = folder / "installed"
    zipfile.ZipFile(next(folder.glob("*.whl"))).extractall(installed)
    return installed


@pytest.mark.slow
def test_an_installed_wheel_makes_its_database_and_serves_a_page_with_its_assets(unpacked, tmp_path):
    script = """
import json
import roomctl
from roomctl.app import create_app
from flask_migrate import upgrade
app = create_app()
with app.app_context():
    upgrade()
client = app.test_client()
page = client.get("/sign-in", base_url="http://localhost")
client.set_cookie("roomctl_language", "en", domain="localhost")
english = client.get("/sign-in", base_url="http://localhost")
assets = client.get("/assets/app.css", base_url="http://localhost")
in_english = 'lang="en"' in english.text and "Đăng nhập" not in english.text
print(json.dumps([roomctl.__file__, page.status_code, "Đăng nhập" in page.text, in_english, assets.status_code]))
"""
    environment = {**os.environ, "PYTHONPATH": str(unpacked), "ROOMCTL_HOME": str(tmp_path / "home"), "PATH": ""}

    answer = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=tmp_path, env=environment)

    file, *rest = json.loads(answer.stdout.splitlines()[-1])
    assert file.startswith(str(unpacked))
    assert rest == [200, True, True, 200]


@pytest.mark.slow
def test_every_package_of_the_checkout_is_in_the_wheel(unpacked):
    packages = {path.parent.relative_to(PROJECT) for root in ("roomctl", "device_drivers") for path in (PROJECT / root).rglob("__init__.py")}

    assert {package for package in packages if not (unpacked / package / "__init__.py").exists()} == set()
