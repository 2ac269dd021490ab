"""Nothing in a batch costs more than its own size: what is looked up for each event is looked up in an index.

Every subscription of every service is fed few events at once, and many, but those that `_TAKE_NOTHING_DRAWN` names.
A new subscription is among them by itself.
"""

import json
from pathlib import Path
from typing import Any

import orjson
import yaml
from joserfc.jwk import ECKey

from deploy.bench.families import PROVIDER, make_families, write_directory
from services import MANIFESTS
from shared.contracts.directory import directory_entry
from shared.messaging.core.envelope import new_id, write_headers
from shared.messaging.timers.clock import Clock
from tests.support.batch_costs import BatchCosts, Reader

_FEW, _MANY = 25, 200
# What is the same for a whole batch is less for an event of many: what is more is looked for again and again.
_MOST = 1.5
# Of what hypothesis draws they take no event: what it names must go together.
_TAKE_NOTHING_DRAWN = {
    ("notification", "handovers"),
    ("notification", "training-reminders"),
    ("referral", "handovers"),
}


async def _lead_through(costs: BatchCosts, count: int) -> None:
    """Families from their front door to a provider that accepts them: what the services make of them is as it comes."""
    cases: list[str] = []

    def note(_service: str, rows: Any) -> None:
        kinds = (row for row in rows if row["topic"] == f"provider.{PROVIDER}.referrals")
        cases.extend(each["case_id"] for row in kinds if "offer" in (each := orjson.loads(row["value"])))

    for family in make_families(count):
        costs.publish(family.topic, family.key.encode(), family.value)
    await costs.run(note)
    assert len(cases) == count
    for case_id in cases:
        update = {"update": "referral-accepted", "update_id": str(new_id()), "case_id": case_id}
        at = Clock("wall").now().isoformat()
        costs.publish(f"provider.{PROVIDER}.updates", b"", json.dumps(update | {"occurred_at": at}).encode())
    await costs.run()


async def _register(costs: BatchCosts, folder: Path) -> None:
    write_directory(folder / "directory.yaml")
    listed = yaml.safe_load((folder / "directory.yaml").read_text(encoding="utf-8"))
    kinds = {"areas": "area", "agencies": "agency", "providers": "provider", "offers": "offer"}
    for provider in listed["providers"]:
        provider["public_key"] = ECKey.generate_key("P-256").as_dict(private=False)
    for entry in (each | {"kind": kind} for name, kind in kinds.items() for each in listed[name]):
        made = directory_entry.validate_python(entry)
        headers = write_headers(
            event_id=new_id(),
            event_type=made.ce_type(),
            source="operator",
            time=Clock("wall").now(),
            subject=made.key(),
        )
        costs.publish("directory", made.key().encode(), made.model_dump_json().encode(), headers)
    await costs.run()


async def test_no_subscription_needs_more_for_an_event_the_more_come_at_once(databases: Any, tmp_path: Path) -> None:
    costs = BatchCosts({each.name: await databases(each.name) for each in MANIFESTS}, tmp_path)
    await _register(costs, tmp_path)
    found: dict[int, dict[Reader, float]] = {}
    untried = set()
    for count in (_FEW, _MANY):
        costs.costs.clear()
        await _lead_through(costs, count)
        for reader in costs.subscriptions:
            if costs.costs.get(reader, (0, 0))[1] < count and not await costs.feed(reader, count):
                untried.add(reader)
        found[count] = {reader: lines / records for reader, (lines, records) in costs.costs.items()}
    assert untried <= _TAKE_NOTHING_DRAWN, "no event that their contracts allow is taken"
    dearer = {
        "/".join(reader): f"{found[_FEW][reader]:.0f} lines an event of {_FEW}, {found[_MANY][reader]:.0f} of {_MANY}"
        for reader in costs.subscriptions.keys() - untried
        if found[_MANY][reader] > _MOST * found[_FEW][reader]
    }
    assert not dearer
