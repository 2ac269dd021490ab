"""The terminal, for text that parties outside chose: it is shown as it is, and can't style, move or hide anything."""

from rich.console import Console


def plain_console(*, stderr: bool = False) -> Console:
    """A console that reads no markup, emoji or highlighting into what it shows."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def harmless(text: str) -> str:
    """The text without control characters. A record's field name, which a finding quotes, may hold any."""
    return "".join(
        character if character.isprintable() or character == "\n" else "\N{REPLACEMENT CHARACTER}" for character in text
    )
