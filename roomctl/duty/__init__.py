"""What the technicians on duty look after: alerts, who is on duty, checks before conferences, orders to many devices."""
