"""What every service uses and none of them owns. Never a business rule, never a service's table."""
