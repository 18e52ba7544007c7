"""What SNMP agents mean: which class of device answers, what is asked of it, and what its answers say.  Pure; the network is in transports."""
