"""What the administration service does with what it is asked: ask the other services, decide, save, publish."""
