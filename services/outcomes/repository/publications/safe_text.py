"""Text that a spreadsheet doesn't take for a formula."""

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def safe_text(text: str) -> str:
    """The text as a spreadsheet shows it: an apostrophe before what it would work out or run.

    Line ends and other control characters become spaces, since what comes after one may begin a cell of its own. The
    rule is OWASP's for CSV injection, with what begins a command in older programs.
    """
    plain = "".join(" " if ord(letter) < 32 or ord(letter) == 127 else letter for letter in text)
    begins = text.startswith(_BEGINS_A_FORMULA) or plain.lstrip().startswith(_BEGINS_A_FORMULA)
    # Some programs take a full-width sign for the other.
    wide = plain.lstrip()[:1] in ("\uff1d", "\uff0b", "\uff0d", "\uff20")
    return f"'{plain}" if begins or wide else plain
