"""Commands outlive a broker: what is known to end the process is not asked."""

import ast
from pathlib import Path

from deploy.stack import consumer_groups

_DEPLOY = Path(consumer_groups.__file__).resolve().parents[1]
# Requests to a group's coordinator: librdkafka aborts in them when the connection ends (confluentinc/librdkafka#4605).
_ABORTING = {
    *("describe_consumer_groups", "list_consumer_group_offsets", "alter_consumer_group_offsets"),
    "delete_consumer_groups",
}


def test_no_command_asks_a_coordinator_by_librdkafka() -> None:
    asked = {
        (path.name, node.attr)
        for path in _DEPLOY.rglob("*.py")
        # The benchmarks run on a stack of their own, in which nothing dies.
        if "bench" not in path.relative_to(_DEPLOY).parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in _ABORTING
    }

    # There it is aiokafka's administrator, which is all Python.
    assert {name for name, _ in asked} == {"consumer_groups.py"}
