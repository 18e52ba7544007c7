"""What the tests of tables share."""

import pytest
from builders import hash_quickly

from roomctl.exchange import sheets


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    hash_quickly(monkeypatch)


@pytest.fixture
def lines_of():
    """Return the lines of a CSV file that is typed as a text."""

    def read(text: str, columns):
        return sheets.read("\n".join(line.strip() for line in text.strip().splitlines()).encode(), columns)

    return read
