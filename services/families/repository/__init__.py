"""All SQL of the families service, on a connection that it is given. Nothing here commits."""
