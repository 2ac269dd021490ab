"""What both engines give, held against each other."""

import math
from typing import Any


def counted(engine: Any, expression: Any, keys: tuple[str, ...]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What an expression gives on an engine, by the values of its keys."""
    rows = engine.to_pyarrow(expression).to_pylist()
    found = {tuple(row[key] for key in keys): row for row in rows}
    assert len(found) == len(rows)
    return found


def assert_same(one: dict[tuple[Any, ...], dict[str, Any]], other: dict[tuple[Any, ...], dict[str, Any]]) -> None:
    """Both have the same groups, and each number is the same on both."""
    assert one.keys() == other.keys()
    for key, row in one.items():
        for name, value in row.items():
            there = other[key][name]
            if isinstance(value, float) and there is not None:
                # Sums of numbers depend on their order in the last digits; nothing else may differ.
                assert math.isclose(value, there, rel_tol=1e-12, abs_tol=1e-9), (key, name, value, there)
            else:
                assert value == there, (key, name)
                assert type(value) is type(there), (key, name)
