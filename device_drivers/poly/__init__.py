"""Polycom and Poly codecs (HDX, RealPresence Group, G7500, Studio X): the text command API over SSH."""
