"""Shows an area's settings: every pathway rule that an area sets for itself."""

from typing import Any

from rich.table import Table
from rich.text import Text

from deploy.cli.tables import plain_table
from deploy.stack.terminal import harmless
from shared.contracts.directory import AreaRegistered, Signpost

_NO_SETTING = ("kind", "id", "name")


def settings(area: AreaRegistered) -> list[tuple[str, str, str, str]]:
    """Each setting with its current value, its default, and what it decides."""
    rows = []
    for name, field in AreaRegistered.model_fields.items():
        if name in _NO_SETTING:
            continue
        default = "must be given" if field.is_required() else _text(field.get_default(call_default_factory=True))
        rows.append((name, _text(getattr(area, name)), default, field.description or ""))
    return rows


def settings_table(area: AreaRegistered) -> Table:
    """The settings as a table; values that differ from the default are in bold."""
    table = plain_table("setting", "in force", "default", "what it decides")
    for name, value, default, description in settings(area):
        table.add_row(name, Text(harmless(value), style="" if value == default else "bold"), default, description)
    return table


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Signpost):
        return ", ".join(part for part in (value.name, value.phone, value.url) if part)
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value)) or "none"
    return str(value)
