"""The programs that are measured, ours and their peers: each in a process of its own, one line of JSON at the end."""
