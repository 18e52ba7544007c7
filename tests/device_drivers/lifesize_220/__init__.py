"""Tests of the Lifesize 220 family."""
