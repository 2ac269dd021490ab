"""The glossary of the machinery names only modules that exist, and each term once."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
_TERM = re.compile(r"^\| \*\*(?P<term>[^*|]+)\*\* \|", re.MULTILINE)
_MODULE = re.compile(r"`((?:services|shared|deploy)(?:\.\w+)+)`")


def test_every_module_that_the_glossary_names_exists() -> None:
    named = set(_MODULE.findall(GLOSSARY))
    assert named
    for module in named:
        path = ROOT / module.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), f"{module} is not there"


def test_every_term_is_defined_once_and_they_are_in_order() -> None:
    terms = [term.casefold() for term in _TERM.findall(GLOSSARY)]
    assert terms == sorted(set(terms))


def test_every_definition_names_the_module_that_holds_it() -> None:
    rows = [line for line in GLOSSARY.splitlines() if _TERM.match(line)]
    assert not [row for row in rows if not _MODULE.search(row)]
