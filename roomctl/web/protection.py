"""What keeps a page from being turned against its reader: headers, CSRF, cookies, hosts."""

from flask import Flask, Response, request
from flask_login import current_user
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from roomctl.config import Settings
from roomctl.organisation.signin import SIGN_IN_LASTS

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SIGN_IN_COOKIE = "roomctl_signin"
LARGEST_REQUEST = 256 * 1024
MB = 1024**2
FILES_MB = {  # Routes that take a file, and how large a one.
    "staff.documents.add": 20, "admin.exchange.read": 5, "staff.exchange.read": 5, "admin.exchange.bring_in": 7,
    "staff.exchange.bring_in": 7, "staff.imports.preview": 2, "staff.imports.create": 2,
    "api.imports.create": 3,  # A file of 1 MB: in JSON a letter of two bytes may take six.
}


def register(app: Flask) -> None:
    """Set the limits and headers of every request and answer."""
    settings: Settings = app.config["SETTINGS"]
    app.config.update(
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_PARTS=2000,
        SESSION_COOKIE_NAME="roomctl_form",  # Holds the CSRF token only; signing in is a row of its own.
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,  # As long as the browser session: a form left open over lunch still counts.
        WTF_CSRF_SSL_STRICT=settings.secure_cookies,
    )

    @app.before_request
    def _take_files() -> None:
        # Before the CSRF token is looked for in the form: then all of it has been read.
        if request.endpoint in FILES_MB and current_user.is_authenticated:
            request.max_content_length = FILES_MB[request.endpoint] * MB + LARGEST_REQUEST
            request.max_form_memory_size = request.max_content_length  # A file that was looked at comes again in a field.

    CSRFProtect(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies)  # type: ignore[method-assign]

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.headers.setdefault("Cache-Control", "no-store")
        if settings.secure_cookies:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response


def keep_sign_in(response: Response, token: str, *, settings: Settings) -> None:
    """Let the browser keep its sign-in: Lax, so that a link in a mail opens the page; every write carries a CSRF token besides."""
    set_cookie(response, SIGN_IN_COOKIE, token, settings=settings, max_age_s=int(SIGN_IN_LASTS.total_seconds()), strict=False)


def set_cookie(response: Response, name: str, value: str, *, settings: Settings, max_age_s: int, strict: bool = True) -> None:
    """Set a cookie that no script reads."""
    response.set_cookie(name, value, max_age=max_age_s, httponly=True, secure=settings.secure_cookies,
                        samesite="Strict" if strict else "Lax")
