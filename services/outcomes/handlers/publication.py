"""Publishing: what was counted is protected together with all that was published before, and stored as files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.outcomes.domain.disclosure.modes import PLAIN, Mode
from services.outcomes.domain.disclosure.suppression import protected
from services.outcomes.domain.disclosure.table import CountedTable, Node, Sum
from services.outcomes.domain.publication.content import DefinedTable, Definition, Publication, Statistic, tables_of
from services.outcomes.repository.publications.folder import earlier, store
from services.outcomes.repository.publications.tau_argus import tau_argus


@dataclass(frozen=True, slots=True)
class Counted:
    """A table with its true numbers, what it means, and what was worked out of its units."""

    table: CountedTable
    definition: Definition
    statistics: tuple[Statistic, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """What a publication is called, and what it was made by. `smallest` is the largest that its areas ask for."""

    name: str
    title: str
    period: str
    made_on: str
    smallest: int
    versions: Mapping[str, str] = field(default_factory=dict)
    mode: Mode = PLAIN


def publish(
    edition: Edition,
    counted: Sequence[Counted],
    root: Path,
    also: Sequence[Sum] = (),
    beside: Callable[[Publication], Mapping[str, bytes]] = lambda _: {},
    derived: Callable[[tuple[DefinedTable, ...]], tuple[DefinedTable, ...]] = lambda tables: tables,
) -> Publication:
    """Writes a publication into a folder of `root`, where all earlier ones are. It takes seconds: run it apart.

    `also` is what its readers know to add up beside the tables' own margins, `beside` gives more files of it, `derived`
    adds what follows from the protected tables alone, as amounts of counts and prices do. Raises UnprotectableError
    where it would give a suppressed number away, and then nothing is written.
    """
    before = [each for each in earlier(root) if each["name"] != edition.name]
    # What the library chooses is more than is needed where all else is rounded.
    choose = tau_argus if edition.mode == PLAIN else _nothing
    safe = protected([each.table for each in counted], edition.smallest, tables_of(before), choose, also, edition.mode)
    tables = tuple(
        DefinedTable(table, each.definition, each.statistics) for table, each in zip(safe.tables, counted, strict=True)
    )
    if edition.mode != PLAIN and any(each.statistics for each in counted):
        raise ValueError("what is worked out of units exactly is not published beside rounded numbers")
    publication = Publication(
        *(edition.name, edition.title, edition.period, edition.made_on, edition.smallest),
        *(derived(tables), edition.versions, edition.mode),
    )
    store(publication, root, beside(publication))
    return publication


def _nothing(_table: CountedTable, _smallest: int) -> Sequence[Node]:
    return ()
