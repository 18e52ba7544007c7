"""What the story's tests may ask for."""

import threading
import time

import pytest


@pytest.fixture
def eventually():
    """Return a function that looks again and again until its condition is true, and fails the test when time is up."""
    pause = threading.Event()

    def wait(condition, *, within_s: float = 5.0) -> None:
        until = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > until:
                pytest.fail(f"did not come true within {within_s} s")
            pause.wait(0.01)

    return wait
