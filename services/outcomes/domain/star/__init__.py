"""The star that everything measured is counted from: what it holds, and the rules by which it follows from events."""
