"""What the tests of rooms share."""

import pytest
from builders import hash_quickly


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    hash_quickly(monkeypatch)
