"""The front door's form: its questions, what is still wrong with what was typed, and the record that it makes."""
