"""The board's report: which indicators it shows in which chapters, and what of them may be shown."""
