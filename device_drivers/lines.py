"""Lines out of bytes, for every family that speaks in lines.  Pure and incremental: a line may be cut at any byte, inside a letter too."""

import codecs
import re

LONGEST_LINE = 20_000  # Characters, unless a family is known to say more in one line.
_ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_LINE_ENDS = re.compile(r"[\r\n]")


class LineReader:
    """Turns bytes into lines, however they were cut and ended: CR LF, CR CR LF, LF or CR.  Empty lines are left out.

    A line longer than `longest` is dropped, or stands as `instead`, and is counted in `unreadable`; bytes that are no letter
    become U+FFFD.
    """

    def __init__(self, longest: int = LONGEST_LINE, *, instead: str = "") -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._longest, self._instead = longest, instead
        self._pieces: list[str] = []  # Of the unfinished line; joined once, for a long line may come byte by byte.
        self._size = 0
        self.unreadable = 0

    @property
    def unfinished(self) -> str:
        """What came of a line that has not ended, such as a prompt; empty for one that is too long already."""
        return "".join(self._pieces)

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that `data` completes, without terminal escapes and without blanks around them."""
        *whole, rest = _LINE_ENDS.split(self._decoder.decode(data))
        lines = []
        for text in whole:
            self._take(text)
            if self._size > self._longest:
                self.unreadable += 1
                lines += [self._instead] if self._instead else []
            elif clean := _ANSI.sub("", self.unfinished).strip():
                lines.append(clean)
            self._pieces, self._size = [], 0
        self._take(rest)
        return lines

    def _take(self, text: str) -> None:
        self._size += len(text)
        self._pieces = [] if self._size > self._longest else self._pieces
        if text and self._size <= self._longest:
            self._pieces.append(text)
