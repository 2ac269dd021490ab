"""What somebody chooses from on the pages."""

from typing import Any


def options(offered: list[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    """Texts with their values, as a select takes them; `chosen` is the value that is selected."""
    return [{"text": text, "value": value, "selected": value == chosen} for text, value in offered]
