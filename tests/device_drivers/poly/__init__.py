"""Tests of the Poly family."""
