"""Checkpoints to a syslog server, as RFC 5424 writes messages.  Pure but for `send`, which opens one connection."""

import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

FACILITY_AUDIT, SEVERITY_NOTICE = 13, 5  # RFC 5424, tables 1 and 2.
ENTERPRISE = "roomctl@32473"  # RFC 5612 keeps 32473 for documentation; a private enterprise number is not ours to take.
WAIT_S = 5.0
PORTS = {"udp": 514, "tcp": 601, "tls": 6514}  # RFC 5426, RFC 3195's registration, RFC 5425.


@dataclass(frozen=True, slots=True)
class Place:
    """A syslog server: how it is reached, "udp", "tcp" or "tls", and where."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


def place_of(address: str) -> Place:
    """Return the server that "tcp://logs.example:601" names; config.py has let in nothing else."""
    parts = urlsplit(address)
    return Place(parts.scheme, parts.hostname or "", parts.port or PORTS[parts.scheme])


def message(document: dict[str, str], body: dict, *, host: str) -> bytes:
    """Return one checkpoint as a message: what a person looks for as structured data, the signed document as the text."""
    values = {"epoch": body["epoch"], "size": str(body["size"]), "head": body["head"], "key": document["key"]}
    data = "".join(f' {name}="{_quoted(value)}"' for name, value in values.items())
    text = f'{{"body":{_json(document["body"])},"key":"{document["key"]}","signature":"{document["signature"]}"}}'
    header = f"<{FACILITY_AUDIT * 8 + SEVERITY_NOTICE}>1 {body['at']} {_name(host, 255)} roomctl - CHECKPOINT"
    return f"{header} [{ENTERPRISE}{data}] {text}".encode()


def _quoted(value: str) -> str:
    """Escape what RFC 5424, 6.3.3, wants escaped in a parameter's value."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _json(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _name(value: str, longest: int) -> str:
    """Return printable US-ASCII without blanks, or the nil value."""
    return "".join(letter for letter in value if "!" <= letter <= "~")[:longest] or "-"


def send(place: Place, messages: list[bytes]) -> None:
    """Send messages in order.  Raises OSError; over UDP nobody says whether they arrived."""
    if place.scheme == "udp":
        with socket.socket(socket.getaddrinfo(place.host, place.port, type=socket.SOCK_DGRAM)[0][0], socket.SOCK_DGRAM) as out:
            out.settimeout(WAIT_S)
            for one in messages:
                out.sendto(one, (place.host, place.port))
        return
    with socket.create_connection((place.host, place.port), timeout=WAIT_S) as out:
        if place.scheme == "tls":
            with ssl.create_default_context().wrap_socket(out, server_hostname=place.host) as wrapped:
                wrapped.sendall(_framed(messages))
        else:
            out.sendall(_framed(messages))


def _framed(messages: list[bytes]) -> bytes:
    """Count octets (RFC 6587, 3.4.1), so that no byte in a message can end it."""
    return b"".join(b"%d %s" % (len(one), one) for one in messages)
