"""What stops a case: a sign of abuse, a withdrawal, another case of the family. How urgent a case is."""
