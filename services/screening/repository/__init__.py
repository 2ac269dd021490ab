"""All SQL of the screening service, on a connection that it is given. Nothing here commits."""
