"""The units that the lines of a file name by code: each is looked up once, since thousands of lines name the same."""

from roomctl.errors import InvalidInput
from roomctl.exchange.columns import Line
from roomctl.exchange.outcome import Reading
from roomctl.organisation.directory import unit_with_code
from roomctl.organisation.tables import Unit


class UnitsNamed:
    """The units of one file."""

    def __init__(self) -> None:
        self._found: dict[str, Unit | InvalidInput] = {}

    def of(self, line: Line, field: str, code: str, reading: Reading) -> Unit | None:
        """Return the unit of today that a code names, or None with its problem noted."""
        if code not in self._found:
            try:
                self._found[code] = unit_with_code(code)
            except InvalidInput as error:
                self._found[code] = error
        found = self._found[code]
        if isinstance(found, Unit):
            return found
        for problem in found.problems:
            reading.refuse(field, problem.reason, on=line, **dict(problem.facts))
        return None
