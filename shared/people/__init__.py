"""Names and contact details in one canonical form, for every service that distinguishes people. No pathway rules."""
