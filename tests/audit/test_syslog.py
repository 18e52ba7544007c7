"""Checkpoints reach a syslog server as RFC 5424 messages that carry the whole signed document."""

import json
import re
import socket
import threading

import pytest

from roomctl.audit import anchors, syslog, tables, trail, verify

# RFC 5424, 6: PRI VERSION SP TIMESTAMP SP HOSTNAME SP APP-NAME SP PROCID SP MSGID SP STRUCTURED-DATA SP MSG
MESSAGE = re.compile(
    r'<(?P<pri>\d{1,3})>1 (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) (?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<proc>[!-~]{1,128}) '
    r'(?P<id>[!-~]{1,32}) (?P<data>\[[^ =\]"]{1,32}(?: [^ =\]"]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*\]) (?P<text>.*)')


def message(kept, size: int = 9) -> bytes:
    row = next(row for row in tables.checkpoints(tables.current_epoch().epoch) if row.size == size)
    return syslog.message(trail.as_document(row), json.loads(row.body), host="may-chu-1")


def test_a_message_has_the_form_of_the_rfc(kept):
    found = MESSAGE.fullmatch(message(kept).decode())

    assert found is not None
    assert (found["pri"], found["host"], found["app"], found["id"]) == ("109", "may-chu-1", "roomctl", "CHECKPOINT")


def test_the_text_of_a_message_is_a_line_of_an_anchor(kept):
    line = json.loads(MESSAGE.fullmatch(message(kept).decode())["text"])

    assert kept.check(anchor=[line]).exit_code == verify.WHOLE


@pytest.mark.parametrize("host", ["máy chủ", "a b", "x" * 300, ""])
def test_a_host_name_never_breaks_the_header(kept, host):
    row = tables.checkpoints(tables.current_epoch().epoch)[0]

    found = MESSAGE.fullmatch(syslog.message(trail.as_document(row), json.loads(row.body), host=host).decode())

    assert found is not None and len(found["host"]) <= 255


def set_up(app, kept, monkeypatch, address: str) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", kept.settings.__class__(**{**vars(kept.settings), "syslog": address}))


def test_checkpoints_arrive_over_tcp_with_their_octets_counted(app, kept, monkeypatch):
    came: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            with listening.accept()[0] as connection:
                while data := connection.recv(65536):
                    came.append(data)

        taking = threading.Thread(target=take)
        taking.start()
        set_up(app, kept, monkeypatch, f"tcp://127.0.0.1:{listening.getsockname()[1]}")

        anchors.deliver()

        taking.join(10)
    stream, found = b"".join(came), []
    while stream:
        count, _, stream = stream.partition(b" ")
        found.append(stream[:int(count)].decode())
        stream = stream[int(count):]
    assert [json.loads(json.loads(MESSAGE.fullmatch(one)["text"])["body"])["size"] for one in found] == [3, 6, 9]
    assert tables.deliveries()[0].size == 9


def test_checkpoints_arrive_over_udp_one_a_datagram(app, kept, monkeypatch):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(10)
        set_up(app, kept, monkeypatch, f"udp://127.0.0.1:{listening.getsockname()[1]}")

        anchors.deliver()

        sizes = [json.loads(json.loads(MESSAGE.fullmatch(listening.recv(65536).decode())["text"])["body"])["size"] for _ in range(3)]
    assert sizes == [3, 6, 9]


def test_a_server_that_is_away_gets_everything_when_it_is_back(app, kept, monkeypatch):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
    set_up(app, kept, monkeypatch, address)

    anchors.deliver()

    row = tables.deliveries()[0]
    assert (row.size, row.reached_at) == (0, None) and row.error
