"""OWASP ASVS 5.0.0, answered line by line: `python -m tools.checks.asvs` reads docs/asvs.yaml and writes docs/asvs.md.

With `--check` it writes nothing and exits with 1 where they differ. Which requirements there are, and of which level,
is here; the words are ours.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

ROOT = Path(__file__).parents[2]
DATA, PAGE = ROOT / "docs" / "asvs.yaml", ROOT / "docs" / "asvs.md"
# The level of each requirement of a section, in the order of their numbers.
_LEVELS = """
1.1 22, 1.2 1111122223, 1.3 112222222223, 1.4 222, 1.5 123, 2.1 122, 2.2 112, 2.3 12223, 2.4 23, 3.1 3, 3.2 113,
3.3 12223, 3.4 11222233, 3.5 11122333, 3.6 3, 3.7 22333, 4.1 12233, 4.2 23333, 4.3 22, 4.4 1222, 5.1 2, 5.2 112333,
5.3 113, 5.4 222, 6.1 122, 6.2 111111112222, 6.3 11223333, 6.4 112233, 6.5 22222333, 6.6 2223, 6.7 33, 6.8 2222,
7.1 222, 7.2 1111, 7.3 22, 7.4 11222, 7.5 223, 7.6 22, 8.1 1233, 8.2 1123, 8.3 133, 8.4 23, 9.1 111, 9.2 1222,
10.1 22, 10.2 223, 10.3 22223, 10.4 1111122222233333, 10.5 22222, 10.6 22, 10.7 222, 11.1 2233, 11.2 22233,
11.3 11233, 11.4 1222, 11.5 23, 11.6 23, 11.7 33, 12.1 12233, 12.2 11, 12.3 22223, 13.1 2333, 13.2 222223, 13.3 2233,
13.4 1222233, 14.1 22, 14.2 12223333, 14.3 122, 15.1 12233, 15.2 12233, 15.3 1222222, 15.4 3333, 16.1 2, 16.2 22222,
16.3 2222, 16.4 222, 16.5 2223, 17.1 23, 17.2 22223333, 17.3 22
"""
# Of level 3: access and single fields, keys and secrets, data protection and retention, logging and audit.
_WHOLE = ("8.", "11.", "13.3.", "14.", "16.")
_CHAPTERS = {
    1: "Encoding and sanitisation",
    2: "Validation and business logic",
    3: "Web frontend",
    4: "API and web service",
    5: "Files",
    6: "Authentication",
    7: "Sessions",
    8: "Authorisation",
    9: "Self-contained tokens",
    10: "OAuth and OpenID Connect",
    11: "Cryptography",
    12: "Secure communication",
    13: "Configuration",
    14: "Data protection",
    15: "Secure coding and architecture",
    16: "Logging and error handling",
    17: "WebRTC",
}
_HEAD = """\
# OWASP ASVS 5.0, line by line

Every requirement of levels 1 and 2 of the [Application Security Verification Standard](https://github.com/OWASP/ASVS)
5.0.0, and those of level 3 on access, keys, data protection and logging: in our words, with what shows it. Made from
[asvs.yaml](asvs.yaml) by `make contracts`. A test holds that none is left out and that every file and test which it
names exists; that a test shows what its line says, somebody has read.

It is about the stack as `parley up` starts it. Where an authority brings its own identity provider, entrance, Kafka or
PostgreSQL, lines about these are theirs to answer.
"""
_Text = Annotated[str, Field(min_length=3)]


class Answer(BaseModel):
    """What is asked, and one of: how it is met, why it does not apply, what is missing."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    asks: _Text
    met: _Text | None = None
    na: _Text | None = None
    open: _Text | None = None
    by: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.met, self.na, self.open)) != 1:
            raise ValueError("must be one of met, na, open")
        if (self.met is None) != (not self.by):
            raise ValueError("by: is the evidence of what is met, and of nothing else")
        return self


def wanted() -> dict[str, int]:
    """The level of each requirement that is to be answered, by its id."""
    levels = {}
    for section, digits in (each.split() for each in _LEVELS.replace("\n", " ").split(",")):
        for number, digit in enumerate(digits, 1):
            levels[f"{section}.{number}"] = int(digit)
    return {each: level for each, level in levels.items() if level < 3 or each.startswith(_WHOLE)}


def answers(file: Path = DATA) -> Mapping[str, Answer]:
    """Every answer by the requirement's id. Raises ValidationError."""
    return TypeAdapter(dict[str, Answer]).validate_python(yaml.safe_load(file.read_text()))


def page(given: Mapping[str, Answer]) -> str:
    """The table to read, with what is open first."""
    levels = wanted()
    counts = {name: sum(getattr(each, name) is not None for each in given.values()) for name in ("met", "na", "open")}
    parts = [
        f"{_HEAD}\n{counts['met']} met, {counts['na']} not applicable, {counts['open']} open, of {len(given)}.\n",
        "## Open\n\n| | level | it asks | what is missing |\n|---|---|---|---|\n",
    ]
    parts[-1] += "".join(
        f"| {name} | {levels[name]} | {each.asks} | {each.open} |\n" for name, each in given.items() if each.open
    )
    for number, title in _CHAPTERS.items():
        lines = [f"## V{number} {title}\n\n| | level | it asks | | evidence |\n|---|---|---|---|---|\n"]
        for name, each in given.items():
            if name.startswith(f"{number}."):
                state = each.met or (f"*not applicable:* {each.na}" if each.na else f"**open:** {each.open}")
                by = ", ".join(f"`{evidence}`" for evidence in each.by)
                lines.append(f"| {name} | {levels[name]} | {each.asks} | {state} | {by} |\n")
        parts.append("".join(lines))
    return "\n".join(parts)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write docs/asvs.md.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where it differs")
    check, text = parser.parse_args().check, page(answers())
    stale = not PAGE.exists() or PAGE.read_text() != text
    if stale:
        print(f"{'differs' if check else 'written'}: {PAGE.name}")
        if not check:
            PAGE.write_text(text)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
