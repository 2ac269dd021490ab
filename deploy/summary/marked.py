"""The summary as it is printed: what is held back of it is not a number, and so is whatever is made of it."""

import copy
from typing import Any

Document = dict[str, Any]


def marked(summary: Document) -> Document:
    """A copy with NaN wherever the summary says that a figure is held back (`held_back`, JSON Pointers)."""
    held_back = summary.get("held_back")
    if not held_back:
        return summary
    found = copy.deepcopy(summary)
    for pointer in held_back["figures"]:
        *path, last = [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]
        node: Any = found
        for key in path:
            node = node[int(key)] if isinstance(node, list) else node[key]
        node[int(last) if isinstance(node, list) else last] = float("nan")
    return found
