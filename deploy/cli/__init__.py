"""The `parley` command: one module for each command."""
