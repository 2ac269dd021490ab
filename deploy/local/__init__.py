"""The embedded stack and the `parley` command."""
