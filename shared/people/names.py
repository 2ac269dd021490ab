"""Names in one canonical spelling, so that spelling variants compare equal.

Letters are reduced to ASCII by AnyAscii's tables: ł is l, ø is o, đ and ð are d, æ is ae, þ is th, ß is ss.
"""

import re
import unicodedata

from anyascii import anyascii

# Apostrophes inside a name: O'Neill and Oneill. AnyAscii writes every kind of apostrophe as one of these.
_INSIDE_A_WORD = re.compile("['`\"]+")
_NOT_LETTERS = re.compile("[^a-z]+")


def name_parts(name: str) -> tuple[str, ...]:
    """The parts of a name in lower-case letters a to z. A name without any such letter is one part, as written.

    The function is idempotent.
    """
    text = unicodedata.normalize("NFC", name).casefold()
    plain = _INSIDE_A_WORD.sub("", anyascii(text).casefold())
    parts = tuple(_NOT_LETTERS.sub(" ", plain).split())
    as_written = "".join(text.split())
    return parts or ((as_written,) if as_written else ())
