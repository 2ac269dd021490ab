"""The API line: how fast front doors' records are taken in over HTTP, beside the least that could be done with them."""

import asyncio

import asyncpg

from deploy.bench.child import measure
from deploy.bench.families import AGENCY, AREA
from deploy.bench.plan import Plan
from deploy.bench.rounds import Comparison, Measure, Measured, interleave, rates
from deploy.stack.home import Stack

OURS, BARE = "Parley's API", "bare Starlette route that validates the same model and writes one row"
_TARGET = 0.5
_AT_ONCE = 16
_AGENCY = """
    INSERT INTO agency (agency, areas, entry_offset, name) VALUES ($1, $2, 0, $1) ON CONFLICT DO NOTHING
"""
_NOTE = (
    f"{_AT_ONCE} connections, one process each; ours lets in by a signed token, writes the audit, looks the agency up, "
    "seals the record and writes the outbox; neither waits for what follows"
)


def measure_api(stack: Stack, plan: Plan) -> list[Comparison]:
    """Measures records handed in one at a time, `Prefer: respond-async`, and the same to a bare route."""
    environment = stack.service_environment("screening")

    def side(program: str) -> Measure:
        def measured() -> Measured:
            asyncio.run(_prepare(stack.database_url("screening")))
            task = {"environment": environment, "count": plan.scaled(4_000), "at_once": _AT_ONCE}
            return measure(program, task | {"path": f"/front-doors/{AGENCY}/screenings"})

        return measured

    done = interleave(plan.rounds, {OURS: side("api_parley"), BARE: side("api_bare")}, plan.quiet, plan.report)
    found = {name: rates(name, rounds) for name, rounds in done.items()}
    return [Comparison("api", "records/s", found[OURS], found[BARE], _TARGET, note=_NOTE)]


async def _prepare(url: str) -> None:
    """Registers the agency, as the directory's topic would, and takes away what the round before left for the relay."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_AGENCY, AGENCY, [AREA])
        await connection.execute("TRUNCATE outbox")
    finally:
        await connection.close()
