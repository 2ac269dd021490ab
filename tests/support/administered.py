"""The example directory as administration has it, and whoever administers one of its areas."""

from pathlib import Path
from typing import Any

from deploy.directory.file import read_directory

EXAMPLE = Path(__file__).parents[2] / "examples" / "directory.yaml"
HAMPSHIRE, SURREY = "E10000014", "E10000030"
ADMINISTRATOR: dict[str, Any] = {"roles": ["area-administrator"], "areas": [HAMPSHIRE]}


def entries() -> list[dict[str, Any]]:
    """Every entry of the example; one front door of Hampshire has no signed agreement."""
    found = [line.entry.model_dump(mode="json") for line in read_directory(EXAMPLE)]
    return [each | ({"agreement_signed_on": None} if each["id"] == "hants-early-help" else {}) for each in found]
