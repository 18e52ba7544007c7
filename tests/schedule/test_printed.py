"""A page turned into a PDF."""

import builtins
import io
import socket

import pytest
from pypdf import PdfReader

from roomctl.errors import Refused
from roomctl.schedule.printed import pdf_of
from roomctl.web.assets import DIST


def words(html: str) -> str:
    return PdfReader(io.BytesIO(pdf_of(html, fonts=DIST))).pages[0].extract_text()


def test_every_vietnamese_letter_is_set_from_the_products_own_font():
    letters = "aàảãáạ ăằẳẵắặ âầẩẫấậ đ eèẻẽéẹ êềểễếệ iìỉĩíị oòỏõóọ ôồổỗốộ ơờởỡớợ uùủũúụ ưừửữứự yỳỷỹýỵ"
    page = PdfReader(io.BytesIO(pdf_of(f'<p style="font-family: Be Vietnam Pro">{letters} {letters.upper()}</p>', fonts=DIST))).pages[0]

    assert page.extract_text().split() == f"{letters} {letters.upper()}".split()
    assert {str(font["/BaseFont"]).partition("+")[2] for font in page["/Resources"]["/Font"].values()} == {"Be-Vietnam-Pro"}


@pytest.mark.parametrize("address", ["http://192.0.2.1/x.png", "https://localhost/x.png", "file:///etc/hostname", "data:text/css,*", "font:100"])
def test_a_page_that_names_an_address_fetches_nothing(monkeypatch, address):
    def refuse(*_, **__):
        raise AssertionError("something was asked of the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    opened, really_open = [], builtins.open
    monkeypatch.setattr(builtins, "open", lambda name, *rest, **more: opened.append(str(name)) or really_open(name, *rest, **more))

    assert "còn đây" in words(f'<link rel="stylesheet" href="{address}"><img src="{address}"><object data="{address}"></object><p>còn đây')
    assert "/etc/hostname" not in opened


@pytest.mark.parametrize("error", [ImportError("weasyprint"), OSError("cannot load library libpango-1.0-0")])
def test_where_the_library_or_pango_is_missing_that_is_said(monkeypatch, error):
    really_import = builtins.__import__

    def missing(name, *rest, **more):
        if name.startswith("weasyprint"):
            raise error
        return really_import(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)

    with pytest.raises(Refused, match="pdf_not_available"):
        pdf_of("<p>x", fonts=DIST)
