"""What the service counts, once more in plain SQL that was written by hand: the peer that it is held against."""
