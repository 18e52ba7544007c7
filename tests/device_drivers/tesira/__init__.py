"""Tests of the Tesira family."""
