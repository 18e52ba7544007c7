"""A conference bridge made of PJSIP, as the lab runs it: real calls, real SRTP, asked over SSH in JSON lines."""
