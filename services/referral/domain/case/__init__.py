"""The case: its states and the table of transitions, its history, and how a decision moves it."""
