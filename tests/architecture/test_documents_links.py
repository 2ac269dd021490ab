"""Documents point at what is there: every relative link, every heading linked to, every path in backticks.

The harm: a page that sends its reader to a file that has moved is worse than none, and nobody sees it when moving it.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_SKIPPED = {"node_modules", "demo-output", "build", "shared/seeds"}
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+\s+(?P<text>.+?)\s*$", re.MULTILINE)
# Without placeholders such as <name>, 000N or *: what lies in one of the repository's folders, and any other file.
_OURS = r"(?:services|shared|deploy|tests|docs|examples|tools|findings)/[\w./-]*"
_FILE = r"(?:[\w.-]+/)+[\w.-]+\.(?:py|sql|md|yaml|yml|toml|jsonl|json|sh)"
_PATH = re.compile(rf"`(?P<path>{_OURS}|{_FILE})(?:::\w+)?`")


def documents() -> list[Path]:
    """Every Markdown file of the repository, without what is installed or made."""
    return [path for path in sorted(ROOT.rglob("*.md")) if not _is_skipped(path.relative_to(ROOT))]


def _is_skipped(path: Path) -> bool:
    return any(part in _SKIPPED or (part.startswith(".") and part != ".ci") for part in path.parts)


@cache
def anchors(path: Path) -> frozenset[str]:
    """The headings of a document as GitHub makes anchors of them: lower case, no punctuation, hyphens for spaces."""
    headings = (match["text"] for match in _HEADING.finditer(_FENCE.sub("", path.read_text(encoding="utf-8"))))
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def broken(document: Path, text: str) -> Iterator[str]:
    """What `text`, as that of `document`, points at and is not there."""
    prose = _FENCE.sub("", text)
    for match in _LINK.finditer(prose):
        file, _, anchor = match["target"].partition("#")
        if ":" in file:  # another site
            continue
        target = (document.parent / file).resolve() if file else document
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            yield match["target"]
    for match in _PATH.finditer(prose):
        # From the root, or from the document's folder: a service's README names its own rooms so.
        if not any((folder / match["path"]).exists() for folder in (ROOT, document.parent)):
            yield match["path"]


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_points_at_is_there(document: Path) -> None:
    assert list(broken(document, document.read_text(encoding="utf-8"))) == []


def test_the_check_sees_every_kind_of_wrong_pointer() -> None:
    readme = ROOT / "README.md"
    for text in (
        "[a](docs/nowhere.md)",
        "[a](docs/pathway.md#nowhere)",
        "[a](#nowhere)",
        "`shared/nowhere.py`",
        "`deploy/nowhere`",
    ):
        assert list(broken(readme, text)), text
    right = "[a](docs/pathway.md) [b](https://example.org/x.md) [c](#see-it-run) `shared/contracts/base.py` `x.py`"
    assert not list(broken(readme, right))
    assert not list(broken(readme, "```\n[a](nowhere.md)\n```"))
