"""The reason that a command which cannot be undone is given."""

from enum import StrEnum

import typer


def checked_reason(reason: StrEnum | None, codes: type[StrEnum], *, preview: bool) -> str:
    """The reason, which a preview does not need. Raises BadParameter, which names the codes."""
    if reason is None and not preview:
        raise typer.BadParameter(f"is needed: one of {', '.join(sorted(codes))}.", param_hint="--reason")
    return str(reason or "")
