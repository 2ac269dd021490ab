"""`parley bench`: each part of Parley beside what people would pick instead, in one run on one Kafka and PostgreSQL."""

from deploy.local.bench.command import register

__all__ = ["register"]
