"""Headings and tables of the summary, all of one kind."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from deploy.stack.terminal import harmless


def heading(console: Console, text: str) -> None:
    """A part of the summary begins."""
    console.print(f"\n{text}", style="bold")


def table(console: Console, headings: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> None:
    """A table whose first `texts` columns are words and whose others are numbers, which never break."""
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for place, name in enumerate(headings):
        is_text = place < texts
        made.add_column(name, justify="left" if is_text else "right", overflow="fold", no_wrap=not is_text)
    for row in rows:
        made.add_row(*(harmless(cell) for cell in row))
    console.print(made)
