"""Benchmarks: `python -m bench.booking`, `python -m bench.sessions`, `python -m bench.pages`.  Each prints a table; none is a test."""
