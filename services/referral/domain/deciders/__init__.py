"""What each event and each command does to a case."""
