"""The language of a page: Vietnamese unless the person chose English; and how moments are written in both.

The sentences in templates and code are Vietnamese, the language most readers have; the catalogue holds the English.
"""

from datetime import date, datetime, timedelta

from flask import Flask, request
from flask_babel import Babel, get_locale, gettext

from roomctl.config import project_files
from roomctl.timespan import to_local

LANGUAGES = ("vi", "en")
COOKIE = "roomctl_language"


def chosen() -> str:
    """Return "vi" or "en": a person chose it with a button, a program asks for it with Accept-Language."""
    if request and request.path.startswith("/api/"):
        return request.accept_languages.best_match(LANGUAGES, "vi") or "vi"
    wanted = request.cookies.get(COOKIE, "vi") if request else "vi"
    return wanted if wanted in LANGUAGES else "vi"


def register(app: Flask) -> None:
    """Give templates the catalogue and the filters for moments."""
    app.config["BABEL_DEFAULT_LOCALE"] = "vi"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(project_files("locale"))
    Babel(app, locale_selector=chosen)
    app.jinja_env.filters.update(hhmm=hhmm, hhmmss=hhmmss, iso_hhmmss=iso_hhmmss, iso_moment=iso_moment, day_name=day_name, ddmm=ddmm,
                                ddmmyyyy=ddmmyyyy, moment=moment, decimal=decimal, duration=duration)
    app.jinja_env.globals.update(language=chosen)


def hhmm(at: datetime) -> str:
    return to_local(at).strftime("%H:%M")


def hhmmss(at: datetime) -> str:
    return to_local(at).strftime("%H:%M:%S")


def iso_hhmmss(raw: str) -> str:
    """Return the local time of a moment as evidence writes it (ISO 8601, UTC)."""
    return hhmmss(datetime.fromisoformat(raw))


def iso_moment(raw: str) -> str:
    """Return 14:05 02/03/2027 for a moment as evidence writes it."""
    return moment(datetime.fromisoformat(raw))


def ddmm(day: date | datetime) -> str:
    return (to_local(day) if isinstance(day, datetime) else day).strftime("%d/%m")


def ddmmyyyy(day: date | datetime) -> str:
    return (to_local(day) if isinstance(day, datetime) else day).strftime("%d/%m/%Y")


def moment(at: datetime) -> str:
    """Return 14:05 02/03/2027."""
    return to_local(at).strftime("%H:%M %d/%m/%Y")


def duration(length: timedelta) -> str:
    """Return 1:05:09 for an hour, five minutes and nine seconds."""
    seconds = int(length.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def day_name(day: date | datetime) -> str:
    """Return the weekday in the page's language."""
    names = [gettext("Thứ Hai"), gettext("Thứ Ba"), gettext("Thứ Tư"), gettext("Thứ Năm"), gettext("Thứ Sáu"), gettext("Thứ Bảy"),
             gettext("Chủ Nhật")]
    return names[(to_local(day) if isinstance(day, datetime) else day).weekday()]


def decimal(number: str) -> str:
    """Return a number that is written with a point as the page's language writes it: 1.5 is 1,5 in Vietnamese."""
    return number if is_english() else number.replace(".", ",")


def is_english() -> bool:
    return str(get_locale()) == "en"
