"""The process around a service: its settings, how it starts and stops, and the operator's HTTP API."""
