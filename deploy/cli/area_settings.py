"""Shows an area's settings: every pathway rule that an area sets for itself."""

from rich.table import Table
from rich.text import Text

from deploy.cli.tables import plain_table
from deploy.stack.terminal import harmless
from shared.contracts.directory import AreaRegistered
from shared.contracts.directory_words import settings_of


def settings_table(area: AreaRegistered) -> Table:
    """The settings as a table; values that differ from the default are in bold."""
    table = plain_table("setting", "in force", "default", "what it decides")
    for name, value, default, description in settings_of(area):
        table.add_row(name, Text(harmless(value), style="" if value == default else "bold"), default, description)
    return table
