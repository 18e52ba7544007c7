"""Who sees how much of a conference.  Pure; nothing else in the product turns a conference into something to show.

Pages, files, notices and clash messages get a Full, a CodeName or a Busy, never the stored row: a leak is then an
AttributeError, not a leak.
"""

from collections.abc import Collection
from dataclasses import dataclass

from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span


@dataclass(frozen=True, slots=True)
class Full:
    """Everything that is stored; from mật up the title is the code name, since nothing else is stored."""

    conference_id: int
    occurrence_id: int
    span: Span
    title: str
    classification: Classification
    chair: str
    organizer: str
    on_behalf_of: str
    attendees: str
    contact: str
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeName:
    """For the security officer: which conference it is, not what it is about."""

    conference_id: int
    occurrence_id: int
    span: Span
    code_name: str
    classification: Classification


@dataclass(frozen=True, slots=True)
class Busy:
    """For everybody else: the time, and nothing more."""

    span: Span


View = Full | CodeName | Busy


def told_reason(reason: str, shown: View | None) -> str:
    """Return what was written as a reason, for those who may know what it is about: a reason may name anything.

    `shown` is None for what is about no conference.
    """
    return reason if shown is None or isinstance(shown, Full) else ""


def kept_in_trail(reason: str, classification: Classification) -> str:
    """Return what the trail keeps of a written reason: nothing of a restricted conference, since officers read the trail."""
    return "" if Classification(classification).is_restricted else reason


@dataclass(frozen=True, slots=True)
class Facts:
    """What a conference is, gathered by the storage for `view`."""

    full: Full
    code_name: str
    organizer_id: int
    chair_id: int
    unit_ids: Collection[int]
    deciding_unit_ids: Collection[int]
    invited_ids: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: their own unit, the units they decide for, and whether they audit; a unit brings those it took over with it."""

    user_id: int
    unit_id: int
    decides_for: Collection[int] = ()
    audits: bool = False
    took_over: Collection[int] = ()


NOBODY = Viewer(user_id=0, unit_id=0)


def view(facts: Facts, viewer: Viewer) -> View:
    """Return as much of a conference as `viewer` needs to know.

    Organizer, chair, invited people and deciding approvers see it in full; at thường everybody of the units taking part does; an
    officer sees the code name; all others see that the time is taken.
    """
    full = facts.full
    if viewer.user_id in {facts.organizer_id, facts.chair_id, *facts.invited_ids} or set(viewer.decides_for) & set(facts.deciding_unit_ids):
        return full
    if not full.classification.is_restricted and {viewer.unit_id, *viewer.took_over} & set(facts.unit_ids):
        return full
    if viewer.audits:
        return CodeName(full.conference_id, full.occurrence_id, full.span, facts.code_name, full.classification)
    return Busy(full.span)
