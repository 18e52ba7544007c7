"""Files of every kind, made here, and servers that treat a file as clamd never should."""

import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO

INFECTED = b"this is what our one signature knows"


def zipped(members: dict[str, bytes | str]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def office_open(part: str, **members: bytes) -> bytes:
    types = f'<Types><Override ContentType="application/vnd.openxmlformats-officedocument.{part}.main+xml"/></Types>'
    return zipped({"[Content_Types].xml": types, **{name.replace("__", "/"): content for name, content in members.items()}})


def open_document(kind: str, **members: bytes) -> bytes:
    return zipped({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": "<x/>",
                   **{name.replace("__", "/"): content for name, content in members.items()}})


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
GOOD = {
    "a.pdf": PDF, "a.docx": office_open("wordprocessingml.document"), "a.xlsx": office_open("spreadsheetml.sheet"),
    "a.pptx": office_open("presentationml.presentation"), "a.odt": open_document("text"), "a.ods": open_document("spreadsheet"),
    "a.odp": open_document("presentation"), "a.png": PNG, "a.jpg": b"\xff\xd8\xff\xe0" + b"\0" * 20, "a.jpeg": b"\xff\xd8\xff\xe1",
    "a.txt": "Đường Lâm\r\n".encode(), "a.csv": "﻿a;b\r\n".encode(), "utf16.txt": "Đường Lâm".encode("utf-16"),
}


@contextmanager
def fake_clamd(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server at a port of its own that treats whoever comes as `behave` says; yields host:port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                behave(client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
    thread.join(timeout=5)
