"""The lines of a recording."""

import pytest

from device_drivers.snmp import recording
from device_drivers.snmp.asking import Unreadable
from device_drivers.snmp.recording import RecordingUnreadable


def test_each_type_is_read_as_what_it_is():
    lines = ["1.3.1|2|-5", "1.3.2|4|Phòng | họp", "1.3.3|4x|00ff", "1.3.4|5|", ".1.3.5|6|1.3.6.1", "1.3.6|64|10.0.0.1", "1.3.7|65|4294967295", "",
             "# said by nobody", "1.3.8|67|360000\r", "1.3.9|70|18446744073709551615", "1.3.10|4|", "1.3.11|66x|ff", "1.3.12|68x|9f78"]

    found = recording.parse("\n".join(lines))

    assert found == {
        (1, 3, 1): (2, -5), (1, 3, 2): (4, "Phòng | họp".encode()), (1, 3, 3): (4, b"\0\xff"), (1, 3, 4): (5, None), (1, 3, 5): (6, (1, 3, 6, 1)),
        (1, 3, 6): (64, b"\x0a\0\0\1"), (1, 3, 7): (65, 2**32 - 1), (1, 3, 8): (67, 360000), (1, 3, 9): (70, 2**64 - 1), (1, 3, 10): (4, b""),
        (1, 3, 11): (66, 255), (1, 3, 12): (68, b"\x9fx")}


def test_a_poll_of_a_recording_leaves_out_nulls_and_keeps_unknown_types_as_unreadable():
    assert recording.answered(recording.parse("1.3.4|5|\n1.3.5|2|0\n1.3.12|68x|9f78")) == {(1, 3, 5): 0, (1, 3, 12): Unreadable(68, b"\x9fx")}


def test_another_line_end_inside_a_value_does_not_end_the_line():
    assert recording.parse("1.3.1|4|a\u2028b\n") == {(1, 3, 1): (4, "a\u2028b".encode())}


@pytest.mark.parametrize("line", ["1.3.1", "1.3.1|2", "1.3.1|2|five", "1..3|2|5", "one|2|5", "1.3|text|5", "1.3|4x|0", "1.3|6|",
                                  "1.3|64|10.0.0.256", "1.3|2:x|5"])
def test_a_line_that_is_none_is_named_with_its_number(line):
    with pytest.raises(RecordingUnreadable) as failure:
        recording.parse(f"1.3.9|2|1\n{line}")

    assert failure.value.line == 2
