"""How many families were referred, by the kind of front door: a table from what was published, over HTTP.

Nothing but Python is needed. An access token comes from `parley sign-in`, or by OAuth 2's client credentials.
Run: PARLEY_TOKEN=… python referred_by_front_door.py https://localhost:18443

The same in one line:
curl -sH "Authorization: Bearer $PARLEY_TOKEN" "$PARLEY/api/v1/outcomes/indicators/cases-referred?place=all&by=source" |
    jq -r '.numbers[] | [.on, .by[0].value, .met // "held back", .count // "held back"] | @tsv'
"""

import json
import os
import sys
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

HELD_BACK = "held back"


def numbers(origin: str, token: str, indicator: str, **only: str) -> list[dict[str, Any]]:
    """The published numbers of an indicator; `only` those of a place, of a release, or that are broken down so."""
    address = f"{origin}/api/v1/outcomes/indicators/{quote(indicator)}?{urlencode(only)}"
    # Whoever runs this names the origin.
    asked = Request(address, headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    with urlopen(asked) as answer:  # noqa: S310
        found: list[dict[str, Any]] = json.load(answer)["numbers"]
    return found


def referred(origin: str, token: str, place: str = "all") -> list[tuple[str, str, str, str]]:
    """Until when; front door; referred; of how many."""
    found = []
    for each in numbers(origin, token, "cases-referred", place=place, by="source"):
        (front_door,) = (one["value"] for one in each["by"] if one["name"] == "source")
        met, count = (HELD_BACK if each[name] is None else str(each[name]) for name in ("met", "count"))
        found.append((each["on"], front_door, met, count))
    return found


def main(origin: str, token: str) -> None:
    """Prints the table."""
    for on, front_door, met, count in referred(origin, token):
        print(f"{on}  {front_door:<24} {met:>9} of {count:>9}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or "PARLEY_TOKEN" not in os.environ:
        sys.exit("Usage: PARLEY_TOKEN=… python referred_by_front_door.py https://HOST:PORT")
    main(sys.argv[1], os.environ["PARLEY_TOKEN"])
