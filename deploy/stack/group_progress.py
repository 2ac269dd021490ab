"""How far consumer groups have come, for whoever waits for them."""

from collections.abc import Iterable, Mapping

from deploy.stack.consumer_groups import NoAnswerError, Position, offsets_of
from deploy.stack.errors import ParleyError

__all__ = ["Position", "committed"]


def committed(properties: Mapping[str, str], groups: Iterable[str]) -> dict[str, dict[Position, int]]:
    """For each group the next offset that it will read, of every partition where it has committed one.

    Raises `ParleyError` where Kafka does not say.
    """
    names = list(groups)
    try:
        return offsets_of(properties, names)
    except NoAnswerError as error:
        raise ParleyError(f"{error}: it is not known how far {', '.join(names)} has come.") from error
