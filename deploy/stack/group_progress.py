"""Committed offsets of consumer groups, for commands that wait for them."""

from collections.abc import Iterable, Mapping

from deploy.stack.consumer_groups import NoAnswerError, Position, offsets_of
from deploy.stack.errors import ParleyError

__all__ = ["Position", "committed"]


def committed(properties: Mapping[str, str], groups: Iterable[str]) -> dict[str, dict[Position, int]]:
    """The committed offsets of each group, by partition.

    Raises `ParleyError` if Kafka does not answer.
    """
    names = list(groups)
    try:
        return offsets_of(properties, names)
    except NoAnswerError as error:
        raise ParleyError(f"{error}: the offsets of {', '.join(names)} are unknown.") from error
