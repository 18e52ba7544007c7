"""What the pages of tables share: the file that was sent, the same file again to be confirmed, and a file to take along.

Between looking and confirming nothing is kept on the server: the page that shows what a file would do carries it.
"""

import base64
import binascii
from datetime import date

from flask import Response, request
from werkzeug.utils import secure_filename

from roomctl.errors import InvalidInput, Problem
from roomctl.exchange.sheets import FORMATS


def sent_file() -> bytes:
    """Return the content of the file that was sent; raise InvalidInput when there is none."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidInput([Problem("file", "sheet_missing")])
    return sent.stream.read()


def carried(content: bytes) -> str:
    """Return a file as a page carries it."""
    return base64.urlsafe_b64encode(content).decode()


def carried_file() -> bytes:
    """Return the file that the page has carried; raise InvalidInput when it did not arrive whole."""
    try:
        return base64.b64decode(request.form.get("content", "").encode(), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise InvalidInput([Problem("file", "bad_form")]) from error


def taken_along(content: bytes, name: str, form: str, *days: date) -> Response:
    """Return a file to be saved; its name carries days and never what is in it."""
    response = Response(content, mimetype=FORMATS[form])
    file_name = secure_filename("-".join([name, *(day.isoformat() for day in days)]))
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}.{form}"'
    return response
