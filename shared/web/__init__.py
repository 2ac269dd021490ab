"""What the pages of all services share: sign-in, sessions, forms, layout, errors. Never a business rule."""
