"""Names in one spelling: plain small letters a to z, in parts. A spelling must not matter, so keys are made of this.

Every letter has its plain form by AnyAscii's tables: ł is l, ø is o, đ and ð are d, æ is ae, þ is th, ß is ss, œ is oe.
So have the letters of other scripts, after one romanization of each, which is rarely the one that somebody else chose:
such a name gets a key, and a person who reads both spellings may have to decide.
"""

from shared.people.names import name_parts

_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "rev", "jr", "jnr", "sr", "snr"})
# What is written where a name is not known. `Na` and `No` are names.
_UNKNOWN = frozenset(
    {"unknown", "not known", "unkown", "n a", "nk", "tbc", "not given", "not stated", "not recorded", "no name"}
)


def folded(value: object) -> str:
    """The parts of a name, each of letters a to z, with one space between; empty where no name was given.

    Folding what is folded changes nothing. A name of which no letter has a plain form stays as it is written.
    """
    parts = name_parts(str(value or ""))
    name = " ".join([part for part in parts if part not in _TITLES] or parts)
    return "" if name in _UNKNOWN else name


def joined(name: str) -> str:
    """A folded name without the spaces between its parts: Mc Donald and McDonald, Anne-Marie and Annemarie."""
    return name.replace(" ", "")
