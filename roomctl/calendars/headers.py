"""Mail headers that read as they were written: RFC 2047 words, none cut inside a letter, no blank lost between two.

Python's own folding (3.11) drops a blank here and there where a long title is spread over several words.
"""

from email.header import Header
from email.policy import EmailPolicy
from email.utils import formataddr

LONGEST_LINE = 75


class Folding(EmailPolicy):
    """The policy of mails that go over SMTP: subject and addresses are folded by RFC 2047's rules, the rest as Python does it."""

    def header_store_parse(self, name: str, value: object) -> tuple[str, object]:
        """Keep a subject as it is: a title that looks like an encoded word is none."""
        if name.lower() != "subject":
            return super().header_store_parse(name, value)
        text = str(value)
        if "\r" in text or "\n" in text:
            raise ValueError("a header is one line")
        return name, text

    def fold(self, name: str, value: object) -> str:
        match name.lower():
            case "subject":
                return f"{name}: {self._words(name, str(value))}{self.linesep}"
            case "from" | "to":
                return f"{name}: {f',{self.linesep} '.join(self._mailbox(name, one) for one in value.addresses)}{self.linesep}"
        return super().fold(name, value)

    def fold_binary(self, name: str, value: object) -> bytes:
        return self.fold(name, value).encode("ascii", "surrogateescape")

    def _mailbox(self, name: str, address) -> str:
        if address.display_name.isascii():
            return formataddr((address.display_name, address.addr_spec))
        return f"{self._words(name, address.display_name)}{self.linesep} <{address.addr_spec}>"

    def _words(self, name: str, text: str) -> str:
        if text.isascii() and "=?" not in text and len(name) + len(text) < LONGEST_LINE:
            return text
        return Header(text, "utf-8", header_name=name, maxlinelen=LONGEST_LINE).encode(linesep=self.linesep)


OVER_SMTP = Folding(linesep="\r\n")
