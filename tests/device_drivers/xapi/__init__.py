"""Tests of what Cisco's two families share."""
