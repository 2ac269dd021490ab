"""How a service is set up, started, watched and stopped."""
