"""What came of an order, a trial call or a check, put into words for templates; the words themselves are in `order_words`."""

from flask import Flask

from roomctl.web import order_words
from roomctl.web.fault_words import fault_name
from roomctl.web.words import FINDING, say


def outcome(word: str) -> str:
    """Return what came of a device's turn in words; a fault by its name."""
    return say(order_words.OUTCOME, word) if word in order_words.OUTCOME else fault_name(word)


def trial_detail(detail: str) -> str:
    """Return a step's detail for people; what a device or a protocol said of itself stays as it was said."""
    word = detail.partition(" ")[0]
    if word in order_words.TRIAL_DETAIL:
        return say(order_words.TRIAL_DETAIL, word)
    return say(FINDING, word) if word in FINDING else detail


def check_failed(check: str, answer: str, detail: str) -> str:
    """Return what is wrong with a check, in words, with what more is known of it."""
    what = say(order_words.CHECK_FAILED if answer == "no" else order_words.CHECK, check)
    why = say(order_words.CHECK_DETAIL, detail) if detail in order_words.CHECK_DETAIL else detail if check in ("clock", "firmware") else ""
    why = why or (say(FINDING, detail) if detail in FINDING and check == "reachable" else "")
    return f"{what} ({why})" if why else what


def register(app: Flask) -> None:
    """Give templates the words."""
    for name, words in {
            "order_kind": order_words.KIND, "encryption_setting": order_words.SETTING, "order_state": order_words.STATE,
            "order_state_icon": order_words.STATE_ICON, "trial_step": order_words.TRIAL_STEP, "answer": order_words.ANSWER,
            "check_name": order_words.CHECK, "check_failed_name": order_words.CHECK_FAILED, "ready": order_words.READY}.items():
        app.jinja_env.filters[name] = lambda value, words=words: say(words, value)
    app.jinja_env.filters["order_outcome"] = outcome
    app.jinja_env.filters["order_state_status"] = lambda state: order_words.STATE_STATUS.get(state, "none")
    app.jinja_env.filters["ready_status"] = lambda ready: order_words.READY_STATUS.get(ready, "none")
    app.jinja_env.globals.update(trial_detail=trial_detail, check_failed=check_failed)
