"""All SQL of the outcomes service, on a connection that it is given. Nothing here commits."""
