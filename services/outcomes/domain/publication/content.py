"""A publication: protected tables with their definitions, what made them, and a hash of it all.

It is made from protected tables alone, so that no true number of a suppressed cell can come into a file: none is in
it. The same content has the same document, byte by byte, and the same hash. Earlier ones are read back for the audit
of the next.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import rfc8785

from services.outcomes.domain.disclosure.modes import PLAIN, Mode
from services.outcomes.domain.disclosure.table import Dimension, Node, Outline, PublishedTable

FORMAT = "parley-publication/1"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


class DamagedPublicationError(ValueError):
    """A document that is not the publication that it says it is."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a table means, for whoever reads it without us."""

    title: str
    definition: str
    numerator: str = ""
    denominator: str = ""
    exclusions: str = ""
    source: str = ""

    def lines(self) -> list[tuple[str, str]]:
        """Each part that is stated, with its name."""
        found = (
            ("Definition", self.definition), ("Numerator", self.numerator), ("Denominator", self.denominator),
            ("Exclusions", self.exclusions), ("Source", self.source),
        )  # fmt: skip
        return [(name, text) for name, text in found if text]


@dataclass(frozen=True, slots=True)
class Statistic:
    """Something worked out of the units of each cell, as a mean or a median, rounded to `decimals`.

    It is published where the number of its units is, and nowhere else: of a suppressed group it would follow from those
    of all and of the others.
    """

    name: str
    means: str
    values: Mapping[Node, float]
    decimals: int = 1


@dataclass(frozen=True, slots=True)
class DefinedTable:
    """A protected table, what it means, and what is worked out of its units."""

    table: PublishedTable
    definition: Definition
    statistics: tuple[Statistic, ...] = ()

    def shown(self, statistic: Statistic, node: Node) -> float | None:
        """A statistic where it may be shown. One of nobody is none."""
        if not self.table.values.get(node):
            return None
        value = statistic.values.get(node)
        return None if value is None or not isfinite(value) else round(float(value), statistic.decimals)


@dataclass(frozen=True, slots=True)
class Publication:
    """All of it. `versions` names what it was made by, the rules and the star's own hash among it."""

    name: str
    title: str
    period: str
    made_on: str
    smallest: int
    tables: tuple[DefinedTable, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    mode: Mode = PLAIN

    def __post_init__(self) -> None:
        names = [each.table.outline.name for each in self.tables]
        for name in (self.name, *names):
            # They are names of files.
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r}: a name has small letters, digits, - and _ alone")
        if len({*names}) != len(names):
            raise ValueError(f"{self.name}: two tables have one name")
        if any(each.table.base != self.mode.base for each in self.tables):
            raise ValueError(f"{self.name}: its tables are not of the mode that it states")

    def document(self) -> dict[str, Any]:
        """Everything that leaves, without the hash."""
        return {
            "format": FORMAT,
            "name": self.name,
            "title": self.title,
            "period": self.period,
            "made_on": self.made_on,
            "settings": {"mode": self.mode.name, "smallest": self.smallest}
            | ({} if self.mode == PLAIN else {"base": self.mode.base}),
            "versions": dict(self.versions),
            "tables": [_described(each) for each in self.tables],
        }

    @property
    def protection(self) -> str:
        """How its numbers are protected, for whoever reads them."""
        held = f"A count below {self.smallest}, nought included, is not shown, nor what such a count would follow from."
        if self.mode == PLAIN:
            return held
        return f"Every number is rounded to the nearest {self.mode.base}, so parts need not add up to their sum. {held}"

    @property
    def digest(self) -> str:
        """The SHA-256 of the document in its canonical form (RFC 8785)."""
        return hashlib.sha256(rfc8785.dumps(self.document())).hexdigest()

    def serialised(self) -> bytes:
        """The document with its hash, as it is stored."""
        return rfc8785.dumps({**self.document(), "sha256": self.digest}) + b"\n"


def _described(each: DefinedTable) -> dict[str, Any]:
    outline, definition = each.table.outline, each.definition
    return {
        "name": outline.name,
        "title": definition.title,
        **{name.lower(): text for name, text in definition.lines()},
        "counted": outline.counted,
        "on": outline.on,
        "amount_of": outline.amount_of,
        "dimensions": [
            {
                "name": dimension.name,
                "categories": [*dimension.categories],
                "groups": {group: [*members] for group, members in dimension.groups.items()},
                "adds_up": dimension.adds_up,
            }
            for dimension in outline.dimensions
        ],
        "statistics": [{"name": one.name, "means": one.means, "decimals": one.decimals} for one in each.statistics],
        "rows": [
            [*node, each.table.values[node], *(each.shown(one, node) for one in each.statistics)]
            for node in outline.nodes()
        ],
    }


def publication_of(document: Mapping[str, Any]) -> Publication:
    """The publication of a stored document. Raises DamagedPublicationError for one whose hash is not that of it."""
    tables = []
    for table, content in zip(tables_of([document]), document["tables"], strict=True):
        width = len(table.outline.dimensions)
        statistics = tuple(
            Statistic(
                each["name"],
                each["means"],
                {tuple(row[:width]): row[place] for row in content["rows"] if row[place] is not None},
                each["decimals"],
            )
            for place, each in enumerate(content["statistics"], width + 1)
        )
        parts = ("definition", "numerator", "denominator", "exclusions", "source")
        definition = Definition(content["title"], *(content.get(part, "") for part in parts))
        tables.append(DefinedTable(table, definition, statistics))
    settings = document["settings"]
    return Publication(
        *(document["name"], document["title"], document["period"], document["made_on"], settings["smallest"]),
        *(tuple(tables), document["versions"], Mode(settings.get("base", 1))),
    )


def digest_of(document: Mapping[str, Any]) -> str:
    """The hash of what a stored document holds, whatever hash is in it."""
    return hashlib.sha256(rfc8785.dumps({key: each for key, each in document.items() if key != "sha256"})).hexdigest()


def check(document: Mapping[str, Any]) -> None:
    """Raises DamagedPublicationError for one whose hash is not that of its content."""
    if document.get("format") != FORMAT or document.get("sha256") != digest_of(document):
        raise DamagedPublicationError(f"{document.get('name')}: its hash is not that of its content")


def tables_of(documents: Sequence[Mapping[str, Any]]) -> list[PublishedTable]:
    """The tables of earlier publications, oldest first, as the audit of the next reads them.

    Raises DamagedPublicationError for one whose hash is not that of its content.
    """
    found = []
    for document in documents:
        check(document)
        base = document["settings"].get("base", 1)
        for table in document["tables"]:
            dimensions = tuple(
                Dimension(
                    each["name"],
                    tuple(each["categories"]),
                    {group: tuple(members) for group, members in each["groups"].items()},
                    each["adds_up"],
                )
                for each in table["dimensions"]
            )
            outline = Outline(table["name"], table["counted"], dimensions, table["on"], table["amount_of"])
            width = len(dimensions)
            found.append(PublishedTable(outline, {tuple(row[:width]): row[width] for row in table["rows"]}, base))
    return found
