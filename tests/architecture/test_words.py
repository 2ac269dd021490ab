"""Names are the field's: no identifier has a word that the glossary has replaced."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("services", "shared", "deploy", "tests", "tools", "examples")
# Each word with what to say instead, as part of a name. Not here is what the domain or everybody's English needs in
# another sense: a follow-up that is due, a practitioner's handover, the coordinator, data at rest, fault injection.
INSTEAD = {
    "tell tells told telling untold": "notify, publish, report, receive",
    "say says said saying": "report, answer, publish",
    "word": "value",
    "stands": "is stored, is in force",
    "anew": "again",
    "moment happening happenings": "context, event",
    "settle settles settled settling": "processed, quiescence",
    "rests rested resting": "paused, is based on, quiescence",
    "lane lanes": "partition batches",
    "ahead": "scheduled, in the future",
    "forgetting forgotten": "inbox retention, deleted",
    "perseverance": "retry",
    "bury buried exhume": "store, reopen",
    "lives": "stateful tests",
    "crew": "service processes",
    "tend tends tending": "allocate places",
    "in_hand at_hand": "in flight, known",
}
REFUSED = {word: instead for words, instead in INSTEAD.items() for word in words.split()}
ALLOWED = {
    "stands": "a field of screening's events, and columns of the same name",
    "told_already": "a field of CaseHalted",
    "said_again": "a field of CaseProgressed",
    "said_neutrally": "stored with each case of notification",
    "FAMILY_SAID_SO": "a value of families' events",
    "TOLD_BY_MISTAKE": "stored in cases' histories",
    "word": "a word of a text",
    "_INSIDE_A_WORD": "a word of a text",
}


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.arg() | ast.keyword():
                yield node.arg or ""
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.alias() | ast.MatchAs() | ast.MatchStar():
                yield (node.asname if isinstance(node, ast.alias) else node.name) or ""


def refused(name: str) -> list[str]:
    """The refused words of a name: `_toldAgain`, `told_of` and `Told` have `told`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_")
    return [word for word in REFUSED if re.search(rf"(^|_){word}(_|$)", snake)]


def test_a_replaced_term_is_found_in_every_way_of_writing_it() -> None:
    assert [refused(name) for name in ("_told_of", "ToldBy", "TOLD_AS", "nobody_is_told")] == [["told"]] * 4
    assert refused("mail_in_hand") == ["in_hand"]
    assert [refused(name) for name in ("understands", "essay", "at_rest", "foretold", "by_hand")] == [[]] * 5
    assert set(_names(ast.parse("def told(say, *, anew=1): self.lives = f(word=1)"))) >= {
        "told",
        "say",
        "anew",
        "lives",
    }


def test_no_identifier_has_a_replaced_term() -> None:
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            place = path.relative_to(ROOT)
            names = {*place.with_suffix("").parts, *_names(ast.parse(path.read_text(encoding="utf-8")))}
            found += [
                f"{place}: {name} (instead of {word}: {REFUSED[word]})"
                for name in sorted(names - ALLOWED.keys())
                for word in refused(name)
            ]
    assert not found, "\n".join(found)


def test_what_is_allowed_is_used() -> None:
    text = "".join(path.read_text(encoding="utf-8") for room in ROOMS[:2] for path in (ROOT / room).rglob("*.py"))
    assert [name for name in ALLOWED if not re.search(rf"\b{name}\b", text)] == []
