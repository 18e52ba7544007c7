"""Proof of the PJSIP bridge driver."""
