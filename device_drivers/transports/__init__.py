"""Ways to reach a device: bytes out, bytes in, with deadlines."""
