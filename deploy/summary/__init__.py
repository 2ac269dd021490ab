"""The summary for a commissioner: its words, its tables and its picture."""
