"""Tests of the pages of security officers."""
