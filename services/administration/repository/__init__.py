"""All SQL of the administration service, on a connection that it is given. Nothing here commits."""
