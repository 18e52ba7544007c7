"""Extron switchers and control processors: the Simple Instruction Set (SIS) over SSH, which they offer on port 22023."""
