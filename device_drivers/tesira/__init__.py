"""Biamp Tesira audio processors: the Tesira Text Protocol (TTP) over SSH."""
