"""What people may ask for by right: what is held of them, for them, and what was withheld, for whoever decides."""
