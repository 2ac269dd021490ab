"""Families' HTTP for whoever decides on doubtful likenesses: parse, ask a handler or the repository, render."""
