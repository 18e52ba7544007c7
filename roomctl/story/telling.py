"""Telling a story: each step in one line, with what came of it and how long it took."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO, TypeVar

Seen = TypeVar("Seen")
BETWEEN_LOOKS_S = 0.25


class StoryFailure(Exception):
    """A step did not come out as it must; the words say what was there instead."""


@dataclass
class Step:
    """What is being done, in both languages, and what came of it."""

    words: str
    came_of_it: str = ""


@dataclass
class Telling:
    """Steps told one after the other; after a failure `at` is the step that failed."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    at: str = ""
    number: int = 0

    @contextmanager
    def step(self, vietnamese: str, english: str) -> Iterator[Step]:
        """Do one step; its line is told when it is done."""
        self.number += 1
        step, begun = Step(f"{vietnamese} / {english}"), time.monotonic()
        self.at = f"{self.number}. {step.words}"
        yield step
        self.say(f"{self.number:3}. {step.words}{': ' if step.came_of_it else ''}{step.came_of_it}  ({time.monotonic() - begun:.1f} s)")
        self.at = ""

    def say(self, line: str) -> None:
        print(line, file=self.out, flush=True)


def eventually(look: Callable[[], Seen | None], *, within_s: float, what: str, so_far: Callable[[], str] = str) -> Seen:
    """Look until there is something to see and return it; raise StoryFailure with what was seen `so_far` when time is up."""
    until = time.monotonic() + within_s
    while not (seen := look()):
        if time.monotonic() > until:
            raise StoryFailure(f"{what}: not within {within_s:.0f} s. {so_far()}")
        time.sleep(BETWEEN_LOOKS_S)
    return seen
