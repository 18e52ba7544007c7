"""What the tests of devices share: people are many here, and their passwords are beside the point."""

import pytest
from builders import hash_quickly


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    hash_quickly(monkeypatch)
