"""Terminal output for text from outside parties: shown literally, so that it cannot style, move or hide anything."""

from rich.console import Console


def plain_console(*, stderr: bool = False) -> Console:
    """A console without markup, emoji codes and highlighting."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def harmless(text: str) -> str:
    """The text with control characters replaced. A quoted field name of a record may contain any."""
    return "".join(
        character if character.isprintable() or character == "\n" else "\N{REPLACEMENT CHARACTER}" for character in text
    )
