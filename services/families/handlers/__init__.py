"""What the families service does with what it reads and is asked: claim, load, decide, save, publish."""
