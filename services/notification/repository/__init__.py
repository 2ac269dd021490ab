"""All SQL of the notification service, on connections that it is given. Nothing here commits."""
