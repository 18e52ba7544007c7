"""What a button of the chair's pages does, at the panel and in the browser alike: a deed's name and its form, to one use case."""

from collections.abc import Callable
from dataclasses import dataclass

from roomctl.errors import NotVisible
from roomctl.sessions import chair, chair_messages, join, roll
from roomctl.sessions.control import Lead
from roomctl.web.forms import Form


@dataclass(frozen=True, slots=True)
class Deed:
    """`page` is where its button stands, and where the way leads back to."""

    page: str
    carry_out: Callable[[int, Form, Lead], object]


def _give_floor(session_id: int, form: Form, lead: Lead) -> None:
    chair.give_floor(session_id, form.number("leg") or None, lead=lead)


def _next(session_id: int, form: Form, lead: Lead) -> None:
    chair.next_speaker(session_id, after=form.number("after") or None, lead=lead)


def _order(session_id: int, form: Form, lead: Lead) -> None:
    """Read "place-<leg>": a number puts a leg there, nothing leaves it out, and of two at one place the first on the page comes first."""
    placed = [(form.number(name), int(name.removeprefix("place-"))) for name in form.typed if name.removeprefix("place-").isdigit()]
    chair.set_speaking_order(session_id, [leg_id for place, leg_id in sorted(placed, key=lambda one: one[0]) if place], lead=lead)


def _send(session_id: int, form: Form, lead: Lead) -> None:
    chair_messages.send_message(session_id, form.text("text")[:1000], phrase=form.text("phrase")[:20], lead=lead)


def _mark(session_id: int, form: Form, lead: Lead) -> None:
    """Read "answer-<leg>" and "note-<leg>"."""
    def of(kind: str) -> dict[int, str]:
        return {int(number): form.text(name)[:1000] for name in form.typed
                if name.startswith(kind) and (number := name.removeprefix(kind)).isascii() and number.isdigit() and len(number) < 10}

    roll.mark_roll(session_id, form.number("number"), of("answer-"), notes=of("note-"), lead=lead)


DEEDS = {
    "mute-all": Deed("show", lambda session_id, form, lead: chair.mute_all(session_id, lead=lead)),
    "unmute-all": Deed("show", lambda session_id, form, lead: chair.unmute_all(session_id, lead=lead)),
    "lock": Deed("show", lambda session_id, form, lead: chair.lock(session_id, True, lead=lead)),
    "unlock": Deed("show", lambda session_id, form, lead: chair.lock(session_id, False, lead=lead)),
    "floor": Deed("show", _give_floor),
    "drop": Deed("show", lambda session_id, form, lead: chair.drop_leg(session_id, form.number("leg"), lead=lead)),
    "next-speaker": Deed("speakers", _next),
    "order": Deed("speakers", _order),
    "message": Deed("message", _send),
    "call-roll": Deed("roll", lambda session_id, form, lead: roll.call_roll(session_id, lead=lead)),
    "roll": Deed("roll", _mark),
    "room": Deed("add", lambda session_id, form, lead: join.add_room(session_id, form.number("room"), lead=lead)),
    "guest": Deed("add", lambda session_id, form, lead: join.add_guest(session_id, form.text("name")[:1000], form.text("address")[:1000], lead=lead)),
}


def deed_named(name: str) -> Deed:
    """Return a deed; raise NotVisible for a name that is none."""
    if name not in DEEDS:
        raise NotVisible
    return DEEDS[name]
