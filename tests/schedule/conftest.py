"""What the tests of schedules and reports share."""

import pytest
from builders import hash_quickly


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    hash_quickly(monkeypatch)
