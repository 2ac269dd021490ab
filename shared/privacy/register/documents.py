"""Writes what a data protection officer needs, from the register, the contracts and the services' manifests.

`python -m shared.privacy.register.documents` writes docs/records-of-processing.md and docs/dpia.md; with `--check` it
writes nothing and exits with 1 where they differ. Prose is in `templates`, tables are made here.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from shared.contracts.catalogue import messages
from shared.contracts.manifest import Manifest, listed_manifests
from shared.contracts.topics import RAW_RETENTION_HOURS, TopicDefinition, is_outside, raw_template
from shared.contracts.topology import Topology
from shared.privacy.register.classified import field_kinds, keyring_columns, own_columns, service_columns
from shared.privacy.register.fields import leaves
from shared.privacy.register.kinds import FOLDER, Kind, kinds

DOCS = FOLDER.parents[2] / "docs"
_NAMES = ("records-of-processing", "dpia")
_HOUR_MS = 60 * 60 * 1000
_IN_DAYS = 7 * 24
_SUBJECTS = {
    "parent": "Parents and carers",
    "child": "Children",
    "practitioner": "Practitioners of front doors",
    "staff": "Staff of the area: coordinators, panel members, operators",
}
_HEADS = ("what", "class", "rests", "in the databases of", "may go to", "when its person asks", "kept")
_CAREFUL = ("safety", "special-category")


class _Places:
    """Where each kind is: in which services' databases, and in which messages."""

    def __init__(self, topology: Topology) -> None:
        self.own = {name: frozenset(own_columns(name).values()) for name in topology.services}
        self.columns: Mapping[str, frozenset[Kind]] = {
            **{name: frozenset(service_columns(name).values()) for name in topology.services},
            "keyring": frozenset(keyring_columns().values()),
        }
        self.messages = {
            message: frozenset(field_kinds()[leaf.name] for leaf in leaves(message.shape))
            for message in messages(topology)
        }

    def databases_of(self, kind: Kind) -> list[str]:
        """The databases that hold it, in the order of the services."""
        boxes = {kinds()[name] for name in kind.within}
        return [name for name, held in self.columns.items() if kind in held or boxes & held]


def documents(topology: Topology) -> dict[Path, str]:
    """Every generated file with its text. Raises RegisterError where the register contradicts itself."""
    parts = _parts(topology)
    made = {}
    for name in _NAMES:
        template = (FOLDER / "templates" / f"{name}.template").read_text(encoding="utf-8")
        made[DOCS / f"{name}.md"] = re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], template)
    return made


def _parts(topology: Topology) -> dict[str, str]:
    all_of_it, places = kinds(), _Places(topology)
    by_name = list(all_of_it.kinds.values())
    careful = [kind for kind in by_name if kind.sensitivity in _CAREFUL]
    not_kept = [kind for kind in by_name if kind.at_rest == "not-kept"]
    undecided = {name: each for name, each in all_of_it.schedules.items() if each.area_decides}
    topics = [
        topic
        for topic in (
            *topology.internal_topics(),
            *topology.agency_topics("{agency}"),
            *topology.provider_topics("{provider}"),
            *topology.changelog_topics(),
        )
        if not topic.name.endswith(".dead-letters")
    ]
    return {
        "activities": _activities(topology.manifests, places),
        "subjects": "\n\n".join(_subject(name, title, by_name, places) for name, title in _SUBJECTS.items()),
        "classes": _table(("word", "means"), all_of_it.classes.items()),
        "access": _table(("word", "means"), all_of_it.access.items()),
        "resting": _table(("word", "means"), all_of_it.storage.items()),
        "special": _names(careful),
        "special_table": _table(
            ("what", "whose", "rests", "in the databases of", "may go to"),
            (
                (kind.what, _whose(kind), kind.at_rest, ", ".join(places.databases_of(kind)), _goes(kind))
                for kind in careful
            ),
        ),
        "recipients": _recipients(by_name),
        "may_know": "; ".join(
            f"{party}: {len(_given(by_name, party))} of {sum(kind.is_personal for kind in by_name)} kinds"
            for party in all_of_it.parties
        ),
        "outside_topics": _topics(topic for topic in topics if is_outside(topic.name)),
        "topics": _topics(topics),
        "schedules": _table(
            ("what is kept", "for how long", "why", "source", "what ends it"),
            (
                (
                    _names(kind for kind in by_name if kind.is_personal and kind.kept == name),
                    each.lasts,
                    each.because,
                    each.source,
                    each.done_by,
                )
                for name, each in all_of_it.schedules.items()
                if any(kind.kept == name and kind.is_personal for kind in by_name)
            ),
        ),
        "area_decides": "\n".join(
            f"   - {_names(kind for kind in by_name if kind.is_personal and kind.kept == name)}: {each.area_decides} "
            f"(now: {each.lasts})"
            for name, each in undecided.items()
        ),
        "not_kept": "; ".join(kind.what for kind in not_kept),
        "scope": _scope(topology, places),
    }


def _scope(topology: Topology, places: _Places) -> str:
    kinds_of_people = sum(kind.is_personal for kind in kinds().kinds.values())
    columns = sum(len(service_columns(each)) for each in topology.services)
    return (
        f"{kinds_of_people} kinds of personal data in {len(field_kinds())} fields of "
        f"{len(places.messages)} messages and {columns} columns of {len(topology.services)} services."
    )


def _activities(manifests: Iterable[Manifest], places: _Places) -> str:
    rows = []
    for manifest in manifests:
        held = [kind for kind in kinds().kinds.values() if kind.is_personal and kind in places.own[manifest.name]]
        whose = [name for name in _SUBJECTS if any(name in kind.whose for kind in held)]
        sealed = _names(kind for kind in held if kind.at_rest != "clear")
        clear = _names(kind for kind in held if kind.at_rest == "clear")
        opens = ", ".join(manifest.keys.opens) or "none but its own dead letters'"
        rows.append((manifest.name, manifest.purpose, ", ".join(whose), sealed or "nothing", clear, opens))
    heads = ("service", "question", "about", "holds sealed or hashed", "holds as codes, ids and times", "opens keys of")
    return _table(heads, rows)


def _subject(name: str, title: str, by_name: Sequence[Kind], places: _Places) -> str:
    rows = (
        (
            f"`{kind.name}`: {kind.what}",
            kind.sensitivity,
            kind.at_rest,
            ", ".join(places.databases_of(kind)) or "none",
            _goes(kind),
            kind.access or "",
            kinds().schedules[kind.kept].lasts,
        )
        for kind in by_name
        if kind.is_personal and name in kind.whose
    )
    return f"### {title}\n\n" + _table(_HEADS, rows)


def _recipients(by_name: Sequence[Kind]) -> str:
    return _table(
        ("recipient", "who", "gets, of what is about people"),
        ((party, who, _names(_given(by_name, party))) for party, who in kinds().parties.items()),
    )


def _given(by_name: Iterable[Kind], party: str) -> list[Kind]:
    return [kind for kind in by_name if kind.is_personal and party in kind.goes]


def _topics(topics: Iterable[TopicDefinition]) -> str:
    return _table(
        ("topic", "written by", "read by", "kept"),
        ((f"`{each.name}`", ", ".join(each.writers), ", ".join(each.readers), _kept(each)) for each in topics),
    )


def _kept(topic: TopicDefinition) -> str:
    if topic.cleanup == "compact":
        return "the newest of each key"
    if raw_template(topic.name):
        return f"until it has been processed and is {RAW_RETENTION_HOURS:g} hours old (a setting)"
    hours = topic.retention_ms // _HOUR_MS
    if hours < 0:
        return "for ever"
    return f"{hours} hours" if hours < _IN_DAYS else f"{hours // 24} days"


def _names(some: Iterable[Kind]) -> str:
    return ", ".join(f"`{kind.name}`" for kind in some)


def _whose(kind: Kind) -> str:
    return ", ".join(kind.whose)


def _goes(kind: Kind) -> str:
    return ", ".join(sorted(kind.goes)) or "nobody outside"


def _table(heads: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write the records of processing and the draft of the DPIA.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where something differs")
    check = parser.parse_args().check
    made = documents(Topology(listed_manifests()))
    stale = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{'differs' if check else 'written'}: {path.relative_to(DOCS.parent)}")
        if not check:
            path.write_text(made[path], encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
