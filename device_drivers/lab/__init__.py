"""Real rooms on one machine: OpenSSH, baresip with SRTP and snmpd for each, and a bridge that mixes them.  `python -m device_drivers.lab`.

The same configuration files as for a room PC that stands in a room (`room_files`), so what is tested here is what is installed there.
"""
