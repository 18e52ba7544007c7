"""Tests of the pages of technicians."""
