"""Tables as the commands print them."""

from rich.table import Table


def plain_table(*headings: str) -> Table:
    """A table without lines, with a column for each of these headings that folds what is long in it."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
