"""Proof of the baresip driver."""
