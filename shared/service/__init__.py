"""The process around a service: its settings, start and stop, and the operator's HTTP API."""
