"""`make story`: two conferences lived through from booking to proof, with nobody at a screen.  `python -m roomctl.story`.

One in the demo, with 35 simulated sites of which three are bad; one between real rooms, with real SIP, SRTP and SSH.
Both are driven over plain HTTP, as a browser would, and end with what the evidence's own verify.py says of it.
"""
