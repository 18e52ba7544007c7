"""Drivers for codecs, bridges and room hardware.  Usable alone: `python -m device_drivers`.

Knows nothing of roomctl.  In each family `protocol.py` turns text into values with no network, and `driver.py`
joins it to a transport.  `errors.py` and `readings.py` are what the outside sees.
"""
