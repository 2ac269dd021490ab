"""`parley replay`: publishes recorded front-door submissions as the agencies that made them."""

from deploy.local.replay.commands import register
from deploy.local.replay.run import Replay

__all__ = ["Replay", "register"]
