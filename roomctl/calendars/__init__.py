"""Calendar files, feeds and invitations: how a conference leaves for, and comes from, other calendars."""
