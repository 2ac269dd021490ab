"""The measured programs, ours and their peers: each runs in its own process and prints one line of JSON."""
