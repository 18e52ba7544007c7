"""Security profiles: how secure a session must be proven to be."""
