"""Tests of the Extron family."""
