"""Benchmarks: `python -m bench.NAME`, where NAME is a file here; README.md lists them.  Each prints a table; none is a test."""
