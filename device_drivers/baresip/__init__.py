"""The softphone of a Linux room PC: baresip, spoken to through its control socket behind SSH."""
