"""What text may be stored and shown: NFC, no control characters, no tricks with direction or stacked marks.  Pure.

Unicode normalisation happens here, at entry; the rest of the product compares and hashes NFC only.
"""

import unicodedata

LONGEST_RUN_OF_MARKS = 3  # Vietnamese needs two in NFD; more is decoration that has crashed room displays (Cisco CVE-2026-20119).
_DIRECTION = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_MAX_JOINERS = 8

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: chr(0x100 + place) for place, letter in enumerate(_ALPHABET)}
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng, in dictionary order.


class TextRefused(ValueError):
    """Text that cannot be taken; `reason` is one of control, direction, marks, surrogate, too_long."""

    def __init__(self, reason: str, *, limit: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.limit = reason, limit


def clean_line(raw: str, *, longest: int) -> str:
    """Return one line of text, NFC, trimmed, inner blanks single; raise TextRefused for what no screen should show.

    `longest` counts characters after normalisation.
    """
    return _clean(" ".join(word for word in raw.split(" ") if word), longest=longest, newlines=False)


def clean_block(raw: str, *, longest: int) -> str:
    """Return text of several lines, line ends as LF; otherwise as `clean_line`."""
    return _clean(raw.replace("\r\n", "\n").replace("\r", "\n"), longest=longest, newlines=True)


def _clean(raw: str, *, longest: int, newlines: bool) -> str:
    if any(0xD800 <= ord(letter) <= 0xDFFF for letter in raw):
        raise TextRefused("surrogate")
    text = unicodedata.normalize("NFC", raw).strip(" \n")
    marks = 0
    for letter in text:
        if unicodedata.category(letter) == "Cc" and not (newlines and letter == "\n"):
            raise TextRefused("control")
        if ord(letter) in _DIRECTION or letter in "\u2028\u2029":
            raise TextRefused("direction")
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks > LONGEST_RUN_OF_MARKS:
            raise TextRefused("marks")
    if sum(text.count(joiner) for joiner in "\u200b\u200c\u200d\ufeff") > _MAX_JOINERS:
        raise TextRefused("marks")
    if len(text) > longest:
        raise TextRefused("too_long", limit=longest)
    # What nobody can see says nothing.
    return text if any(unicodedata.category(letter) not in ("Cf", "Zs") for letter in text) else ""


def folded(text: str) -> str:
    """Return text for searching without accents: lower case, marks dropped, đ as d."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def vietnamese_order(text: str) -> str:
    """Return a key that sorts as a Vietnamese dictionary does: letters first, tones only between equals.

    Ă, Â, Đ, Ê, Ô, Ơ, Ư are letters of their own, so Đ comes after D and before E; Cà Mau comes before Cao Bằng.
    """
    letters, tones = [], []
    for letter in unicodedata.normalize("NFC", text).casefold():
        bare = unicodedata.normalize("NFC", "".join(part for part in unicodedata.normalize("NFD", letter) if part not in _TONES))
        mark = next((str(_TONES.index(part) + 1) for part in unicodedata.normalize("NFD", letter) if part in _TONES), "0")
        letters.append(_RANK.get(bare, bare))
        tones.append(mark)
    return "".join(letters) + "\t" + "".join(tones)
