"""`parley directory`: areas, agencies, providers and offers, and with them topics, users and ACLs."""

from deploy.local.directory.apply import apply_directory
from deploy.local.directory.commands import register

__all__ = ["apply_directory", "register"]
