"""How often a case is refused: the smallest service there can be. A test adds it and starts it."""
