"""What another checker of disclosure says of the same tables, in an environment of its own: `make acro`."""
