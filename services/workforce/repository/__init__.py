"""All SQL of the workforce service, on a connection that it is given. Nothing here commits."""
