"""What the workforce service does with what it reads and is asked: claim, load, decide, save, publish."""
