"""What Cisco's two families share: the xAPI, as TC, CE and RoomOS speak it."""
