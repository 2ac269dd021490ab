"""Generates front-door records of families from records of the sample."""

import copy
import itertools
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from deploy.demo.run import RECORDS
from services import TOPOLOGY

AGENCY, AREA, PROVIDER = "bench-schools", "E10000014", "bench-mediation"
_FEW = 2
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T|$)")
# Age ranges in days: of a young child, and of an older one.
_AGES = ((60, 8 * 365), (8 * 365 + 3, 16 * 365))
_EARLIER = timedelta(days=3 * 365)
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
_EXPECTED = RECORDS.with_name("expected.jsonl")


@dataclass(frozen=True, slots=True)
class Family:
    """One front-door record."""

    topic: str
    key: str
    value: bytes


def make_families(count: int) -> Iterator[Family]:
    """New families at each call: a submission that was seen before would be a duplicate without effect."""
    template = _sample()["refer"][0]
    for _ in range(count):
        yield _family(template)


def make_mixed_families(count: int, every: int, *, small: bool) -> Iterator[Family]:
    """Families of which one in `every` is referred to mediation; the others get the sample's other decisions in turn.

    With `small`, families that are not referred have one parent and at most two children.
    """
    sample = _sample()
    refer = itertools.cycle(sample.pop("refer"))
    other_records = [record for records in itertools.zip_longest(*sample.values()) for record in records if record]
    others = itertools.cycle([each for each in other_records if not small or _is_small(each)])
    for number in range(count):
        yield _family(_earlier(next(others if number % every else refer)))


def _earlier(value: Any) -> Any:
    """Moves every date back some years: with the events' clock a history must end before today's families arrive."""
    if isinstance(value, dict):
        return {name: _earlier(value) for name, value in value.items()}
    if isinstance(value, list):
        return [_earlier(value) for value in value]
    if isinstance(value, str) and _DATE.match(value):
        return f"{date.fromisoformat(value[:10]) - _EARLIER}{value[10:]}"
    return value


def _is_small(record: dict[str, Any]) -> bool:
    return len(record["parents"]) == 1 and len(record["children"]) <= _FEW


def _family(template: dict[str, Any]) -> Family:
    record = copy.copy(template)
    record["submission_id"] = str(uuid.uuid4())
    record["family_ref"] = f"bench-{uuid.uuid4().hex[:16]}"
    record["parents"] = [_somebody(parent) for parent in template["parents"]]
    on = date.fromisoformat(template["submitted_at"][:10])
    record["children"] = [_some_child(child, on) for child in template["children"]]
    return Family(TOPOLOGY.agency_topics(AGENCY)[0].name, record["family_ref"], json.dumps(record).encode())


def _somebody(parent: dict[str, Any]) -> dict[str, Any]:
    """A new parent like this one: a family that matched another would join its case."""
    who = uuid.uuid4()
    name = who.hex.translate(_LETTERS)
    born = date(1960, 1, 1) + timedelta(days=who.int % 15_000)
    # Thousands of families in one postcode would all be compared with each other, unlike in any real area.
    place = {"address": {"lines": [f"{who.int % 99 + 1} Example Street"], "postcode": _postcode(who.int)}}
    contact = parent["contact"] | place | {"phone": f"07{who.int % 10**9:09d}", "email": f"{name}@example.org"}
    return parent | {
        "name": {"given": name[:8].capitalize(), "family": name[8:18].capitalize()},
        "date_of_birth": born.isoformat(),
        "contact": contact,
    }


def _some_child(child: dict[str, Any], on: date) -> dict[str, Any]:
    """A child of a similar age with another birthday: families whose children share all birthdays would match."""
    born = date.fromisoformat(child["date_of_birth"])
    first, last = _AGES[(on - born).days > _AGES[0][1]]
    return child | {"date_of_birth": (on - timedelta(days=first + uuid.uuid4().int % (last - first))).isoformat()}


def _postcode(number: int) -> str:
    """One of 1.7 million postcodes, none of them real."""
    number, inward = divmod(number, 10)
    number, first = divmod(number, 26)
    number, second = divmod(number, 26)
    return f"ZZ{number % 250} {inward}{chr(65 + first)}{chr(65 + second)}"


def _sample() -> dict[str, list[dict[str, Any]]]:
    """The sample's records by decision, as if this front door had sent them; of the referred ones only mediation."""
    records = RECORDS.read_text(encoding="utf-8").splitlines()
    found: dict[str, list[dict[str, Any]]] = {}
    for line in _EXPECTED.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        decision = entry.get("decision")
        if decision is None or (decision == "refer" and entry.get("service") != "mediation"):
            continue
        record: dict[str, Any] = json.loads(json.loads(records[entry["record"]])["value"])
        here = {"agency": AGENCY, "area": AREA, "source": "school", "supersedes": None}
        found.setdefault(decision, []).append(record | here)
    return found


def write_directory(path: Path) -> None:
    """Writes a directory of one area, one front door and one provider without a limit on places."""
    signpost = {"name": "Somewhere", "phone": "01632 960000"}
    directory = {
        "areas": [
            {
                "id": AREA,
                "name": "Hampshire",
                "automatic_agreement": True,
                "universal_offer": signpost,
                "specialist_support": signpost,
            }
        ],
        "agencies": [
            {"id": AGENCY, "name": "Schools", "areas": [AREA], "sources": ["school"], "legal_basis": "public-task"}
        ],
        "providers": [{"id": PROVIDER, "name": "Mediation", "email": "referrals@bench.example.org"}],
        "offers": [
            {"id": f"{PROVIDER}-{service}", "provider": PROVIDER, "service": service, "areas": [AREA]}
            for service in ("mediation", "couple-support", "family-counselling")
        ],
    }
    path.write_text(yaml.safe_dump(directory, allow_unicode=True), encoding="utf-8")
