"""Only a service's handlers open transactions.

The harm: a page or a query that opens its own commits an effect without its event, or half of what was decided. A
read-only snapshot (`transaction(readonly=True)`) can change nothing, so every room may open one.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"


def opened(source: str) -> list[int]:
    """The lines that open a transaction, or import what opens one."""
    return sorted({node.lineno for node in ast.walk(ast.parse(source)) if _opens(node)})


def _opens(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return any(name.name == "in_transaction" for name in node.names)
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Attribute) and called.attr == "transaction":
        return not any(
            each.arg == "readonly" and isinstance(each.value, ast.Constant) and each.value.value is True
            for each in node.keywords
        )
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name == "in_transaction"


def _outside_handlers() -> Iterator[Path]:
    """Every module of the rooms that must not. Modules that are in no room yet are for the layers to refuse."""
    rooms = {"app", "web", "repository", "domain", "settings", "manifest"}
    for path in sorted(SERVICES.rglob("*.py")):
        parts = path.relative_to(SERVICES).with_suffix("").parts
        if len(parts) > 1 and parts[1] in rooms:
            yield path


def test_only_handlers_open_transactions() -> None:
    found = {str(path.relative_to(ROOT)): opened(path.read_text(encoding="utf-8")) for path in _outside_handlers()}
    assert len(found) > 100, "the rooms were found"
    opening = {path: lines for path, lines in found.items() if lines}
    assert not opening, "these open a transaction: ask a handler, which commits the effect with its event"


def test_the_check_sees_every_way_to_open_one() -> None:
    for source in (
        "from shared.messaging.publishing.transaction import in_transaction",
        "async with transaction.in_transaction(pool, 'x') as tx: pass",
        "async with pool.acquire() as c, c.transaction(): pass",
        "async with pool.acquire() as c, c.transaction(isolation='repeatable_read'): pass",
        "async with c.transaction(readonly=False): pass",
    ):
        assert opened(source), source
    assert not opened("async with pool.acquire() as c, c.transaction(isolation='repeatable_read', readonly=True): pass")
    assert not opened("from shared.messaging.publishing.transaction import Transaction")
