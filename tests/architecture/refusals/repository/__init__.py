"""All SQL, on a connection that is given."""
