"""Tests of the driver of Cisco TC codecs."""
