"""What a person reads when something cannot be done: what happened, what it means, what to do next."""

import logging

from flask import Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError

from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import DATABASE_AWAY, db, let_go, write_transaction
from roomctl.errors import InvalidInput, NotAllowed, NotSignedIn, NotVisible, Refused, RoomctlError
from roomctl.web.api import problems
from roomctl.web.protection import FILES_MB
from roomctl.web.status import status_of
from roomctl.web.words import reason_sentence

_log = logging.getLogger(__name__)
RETRY_AFTER_S = 30


def register(app: Flask) -> None:
    """Answer every error with a page in the reader's language."""

    @app.errorhandler(NotSignedIn)
    def _sign_in(error: NotSignedIn) -> ResponseReturnValue:
        wants_page = (request.method == "GET" and not request.path.startswith("/panel") and not problems.is_for_program()
                      and request.accept_mimetypes.accept_html)
        if wants_page:
            return redirect(url_for("public.sign_in.show", next=request.full_path.rstrip("?")), code=303)
        return _page(401, gettext("Chưa đăng nhập"), gettext("Phiên làm việc đã hết hoặc chưa đăng nhập. Hãy đăng nhập lại."))

    @app.errorhandler(NotVisible)
    def _not_found(error: NotVisible) -> ResponseReturnValue:
        return _page(404, gettext("Không tìm thấy"), gettext("Trang hoặc mục này không có, hoặc không dành cho bạn."))

    @app.errorhandler(NotAllowed)
    def _not_allowed(error: NotAllowed) -> ResponseReturnValue:
        db.session.rollback()
        actor = current_user.id if current_user.is_authenticated else None
        with write_transaction():
            trail.append(EventKind.ACCESS_REFUSED, actor=actor, subject=error.subject[:64], outcome="refused", action=error.action,
                         path=request.path[:200])
        return _page(403, gettext("Không được phép"),
                     gettext("Việc này không thuộc quyền của bạn. Lần thử này đã được ghi vào nhật ký."))

    @app.errorhandler(Refused)
    def _refused(error: Refused) -> ResponseReturnValue:
        sentence = reason_sentence(error.reason, error.facts)
        if isinstance(error, InvalidInput):
            sentence = " ".join(reason_sentence(problem.reason, dict(problem.facts)) for problem in error.problems)
        return _page(status_of(error), gettext("Không thực hiện được"), sentence, error)

    @app.errorhandler(CSRFError)
    def _csrf(error: CSRFError) -> ResponseReturnValue:
        return _page(400, gettext("Biểu mẫu đã cũ"), gettext("Hãy tải lại trang rồi gửi lại. Chưa có gì được thực hiện."))

    @app.errorhandler(SecurityError)
    def _strange_host(error: SecurityError) -> ResponseReturnValue:
        # Under a host that is not ours no address can be built, so the sentence stands without a page around it.
        return Response(gettext("Yêu cầu không đọc được."), 400, mimetype="text/plain")

    def _away(error: Exception) -> ResponseReturnValue:
        let_go()
        _log.warning("%s %s: the database is away: %s", request.method, request.endpoint, str(error).splitlines()[0])
        response = make_response(_page(503, gettext("Hệ thống đang bận"), gettext(
            "Cơ sở dữ liệu đang khởi động lại hoặc quá tải. Hãy đợi nửa phút rồi thử lại. "
            "Nếu vừa gửi biểu mẫu, hãy mở lại trang để xem trước: việc đó có thể đã được ghi nhận.")))
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response

    for kind in DATABASE_AWAY:
        app.register_error_handler(kind, _away)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> ResponseReturnValue:
        cause = getattr(error, "original_exception", None)
        if isinstance(cause, DATABASE_AWAY):
            return _away(cause)  # It went while another error was being answered.
        sentences = {
            400: gettext("Yêu cầu không đọc được."), 404: gettext("Trang hoặc mục này không có, hoặc không dành cho bạn."),
            405: gettext("Trang này không chấp nhận kiểu yêu cầu này."), 413: gettext("Dữ liệu gửi lên quá lớn."),
            415: gettext("Dữ liệu phải là application/json."),
        }
        code = error.code or 500
        if code == 413 and request.endpoint in FILES_MB:
            if not current_user.is_authenticated:  # Files are taken of people who are signed in only.
                return _sign_in(NotSignedIn())
            sentences[code] = gettext("Tệp quá lớn: mỗi tệp không quá %(limit)s MB. Chưa lưu gì. Hãy giảm dung lượng hoặc chia tệp rồi gửi lại.",
                                      limit=FILES_MB[request.endpoint])
        response = make_response(_page(code, gettext("Không thực hiện được"), sentences.get(code, gettext("Có lỗi. Hãy thử lại."))))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(error.valid_methods)
        return response

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> ResponseReturnValue:
        let_go()
        _log.exception("%s %s failed", request.method, request.endpoint)
        return _page(500, gettext("Lỗi hệ thống"),
                     gettext("Có lỗi không lường trước. Chưa có gì được thực hiện. Hãy thử lại; nếu vẫn lỗi, báo quản trị."))


def _page(status: int, title: str, sentence: str, error: RoomctlError | None = None) -> ResponseReturnValue:
    """Return the page of an error, or for a program its problem document.

    A page about the system itself asks the database nothing, since that may be what is broken.
    """
    if problems.is_for_program():
        return problems.problem(status, title, sentence, error)
    if status >= 500:  # Not render_template: flask-login's context processor would look up who is signed in.
        page = current_app.jinja_env.get_template("error.html")
        return page.render(title=title, sentence=sentence, base="panel/_base.html", request=request), status
    base = "panel/_base.html" if request.path.startswith("/panel") else "_base.html"
    return render_template("error.html", title=title, sentence=sentence, base=base), status
