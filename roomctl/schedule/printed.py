"""A page of its own turned into a PDF, with the product's own font and nothing else: no network, no other file.

WeasyPrint needs Pango of the system.  Where that is missing only the PDF is; everything else works.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from roomctl.errors import Refused

MOST_LINES = 1500  # Some ten seconds' work; more is printed by province or by room.
FAMILY, WEIGHTS = "Be Vietnam Pro", (400, 700)
_FACES = "\n".join(f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; src: url("font:{weight}") }}' for weight in WEIGHTS)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that a PDF carries inside: what the page speaks of."""

    name: str
    data: bytes
    description: str
    at: datetime


def insist() -> None:
    """Raise Refused("pdf_not_available") where WeasyPrint or the system's Pango is missing: before anything is done for a PDF."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError) as error:
        raise Refused("pdf_not_available") from error


def pdf_of(html: str, *, fonts: Path, attached: Attached | None = None) -> bytes:
    """Return a page as PDF, with a file inside as PDF/A-3 wants it; `fonts` is the folder with the product's font files.

    Raises Refused("pdf_not_available") where WeasyPrint or the system's Pango is missing.
    """
    insist()
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFont(URLFetcher):
        """Gives the font and refuses every other address."""

        def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
            if url not in {f"font:{weight}" for weight in WEIGHTS}:
                raise ValueError("nothing is fetched for a printed page but its font")
            return URLFetcherResponse(url, _face(fonts, int(url.removeprefix("font:"))), {"Content-Type": "font/ttf"})

    fetcher, config = OwnFont(), FontConfiguration()
    style = weasyprint.CSS(string=_FACES, font_config=config, url_fetcher=fetcher)
    options = {} if attached is None else {"pdf_variant": "pdf/a-3u", "attachments": [weasyprint.Attachment(
        string=attached.data, url_fetcher=fetcher, name=attached.name, description=attached.description, created=attached.at,
        modified=attached.at, relationship="Data")]}
    return weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(stylesheets=[style], font_config=config, **options)


@cache
def _face(fonts: Path, weight: int) -> bytes:
    """Return the font of one weight as one file.

    Browsers are sent two, Latin letters and Vietnamese ones.  WeasyPrint (70) takes two files of one family and weight for
    one and mixes up their letters; and words set from two fonts cannot be searched for in a PDF.
    """
    from fontTools.merge import Merger, Options
    from fontTools.ttLib import TTFont

    parts = []
    for letters in ("latin", "vietnamese"):
        font = TTFont(fonts / f"be-vietnam-pro-{letters}-{weight}-normal.woff2")
        font.flavor = None
        parts.append(io.BytesIO())
        font.save(parts[-1])
        parts[-1].seek(0)
    whole = io.BytesIO()
    Merger(options=Options(drop_tables=["GSUB", "GPOS", "GDEF"])).merge(parts).save(whole)
    return whole.getvalue()
