"""`parley rebuild`: a service's database from its changelog in Kafka, compared or put in its place."""

from deploy.local.rebuild.commands import register

__all__ = ["register"]
