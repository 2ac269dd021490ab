"""Who may do what: roles, the caller behind a token, and the table of roles and actions."""
