"""Devices: what there is, how it is reached, and whom a person trusts it to be."""
