"""A bridge's end of a call that the bridge itself made, to another bridge or to a guest, in the words of a codec.

What is done at a codec's end for a leg (look, dial, follow, read back, hang up) is done at this end in the same way.
"""

from device_drivers.readings import Call, CallState, CodecStatus, Encryption, Grade, Participant, SshFacts, Tri


class ConferenceEnd:
    """One conference of a bridge, as far as its call to `target` goes.  The driver is the bridge's, and is not closed here."""

    tells_ringing = False  # A bridge lists who is in; a call that nobody has answered yet is not there.

    def __init__(self, driver, address: str, target: str) -> None:
        self._driver, self._address, self._target = driver, address, target

    @property
    def supports(self) -> frozenset[str]:
        return frozenset()

    @property
    def reached_by(self) -> SshFacts:
        return self._driver.reached_by

    def readiness(self) -> CodecStatus:
        """Return who the bridge is, and its call to the target when there is one already."""
        return CodecStatus(identity=self._driver.identify(), registered=Tri.YES, registration="", can_encrypt=Tri.UNKNOWN, calls=self.calls())

    def calls(self) -> tuple[Call, ...]:
        return tuple(Call(id=one.id, state=CallState.CONNECTED, remote=one.remote, suite=one.suite) for one in self._mine())

    def dial(self, address: str) -> str:
        return self._driver.dial(self._address, address)

    def hang_up(self, call_id: str) -> None:
        self._driver.drop(self._address, call_id)

    def read_encryption(self, call_id: str) -> Encryption:
        """Return the bridge's word for a call: one for the whole of it."""
        seen = self._driver.conference(self._address)
        mine = next((one for one in seen.participants if one.id == call_id), None)
        return Encryption(grade=Grade.B if mine else Grade.NONE, encrypted=mine.encrypted if mine else Tri.UNKNOWN, streams=(),
                          suite=mine.suite if mine else None, raw=seen.raw)

    def _mine(self) -> list[Participant]:
        return [one for one in self._driver.conference(self._address).participants if one.outgoing and one.remote == self._target]
