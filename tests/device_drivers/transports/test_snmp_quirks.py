"""What is remembered of an agent, and that it survives being stored."""

import json

from hypothesis import given
from hypothesis import strategies as st
from snmp_rig import CALMLY

from device_drivers.transports.snmp_quirks import Quirks

QUIRKS = st.builds(Quirks, no_bulk=st.booleans(), repetitions=st.integers(1, 25), at_once=st.integers(1, 60), loops=st.booleans(),
                   broken=st.frozensets(st.tuples(st.just(1), st.just(3), st.integers(0, 2**32 - 1)), max_size=5))


@CALMLY
@given(QUIRKS)
def test_quirks_come_back_from_json_as_they_were(quirks):
    assert Quirks.from_dict(json.loads(json.dumps(quirks.to_dict()))) == quirks


def test_an_agent_without_faults_needs_no_words():
    assert Quirks().to_dict() == {} and Quirks.from_dict({}) == Quirks()


def test_stored_quirks_are_kept_within_bounds_and_strange_names_ignored():
    assert Quirks.from_dict({"repetitions": 100_000, "at_once": 0, "of_another_version": True}) == Quirks(repetitions=25, at_once=1)
