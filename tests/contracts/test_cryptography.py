"""The inventory of cryptography names every module that does any, and none that does not."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
INVENTORY = ROOT / "docs" / "cryptography.md"
LIBRARIES = frozenset({"cryptography", "joserfc", "hmac", "standardwebhooks"})


def imported(text: str) -> set[str]:
    """The packages that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {each.name.split(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_every_module_that_does_cryptography_is_in_the_inventory() -> None:
    modules = {
        str(path.relative_to(ROOT))
        for room in ("services", "shared", "deploy", "tools")
        for path in (ROOT / room).rglob("*.py")
        if LIBRARIES & imported(path.read_text())
    }
    named = set(re.findall(r"`((?:services|shared|deploy|tools)/[\w/]+\.py)`", INVENTORY.read_text()))
    assert modules - named == set(), "name it in docs/cryptography.md, under Modules, with what it does"
    assert named - modules == set()


def test_an_import_is_found_wherever_it_is() -> None:
    assert imported("def later():\n    from joserfc.jwe import encrypt_compact") == {"joserfc"}
    assert imported("import hmac, os") == {"hmac", "os"}
