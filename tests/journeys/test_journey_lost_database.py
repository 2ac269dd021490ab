"""The disk of a service's database is lost in the middle of a family's way, and the family does not notice."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import asyncpg
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.rebuild import database
from deploy.stack import postgres
from deploy.stack.detached import stop
from deploy.stack.home import Home, Stack, load_stack
from shared.access.roles import Role
from tests.journeys.parties import until
from tests.journeys.steps import (
    each_parent_is_screened_alone_and_agrees,
    the_coordinator_agrees_that_it_is_safe_and_appropriate,
    the_provider_accepts_and_contacts_each_parent,
    the_provider_assesses,
    the_provider_gets_each_parents_details_apart,
    the_team_discusses_it_with_the_referrer,
)
from tests.journeys.world import World, world_in


def the_changelog_has_everything(stack: Stack) -> None:
    deadline = time.monotonic() + 30
    while asyncio.run(database.not_written_yet(stack, "referral")):
        assert time.monotonic() < deadline
        time.sleep(0.2)


async def the_disk_is_lost(stack: Stack) -> None:
    """While the services run."""
    admin = await asyncpg.connect(stack.database_admin_url)
    await admin.execute("DROP DATABASE referral WITH (FORCE)")
    await admin.execute("DROP DATABASE outcomes WITH (FORCE)")
    await admin.close()


def facts(world: World) -> list[str]:
    """What outcomes makes of it all."""
    return sorted(world.acting_as(Role.ANALYST).lines("outcomes", "/facts"))


async def cases_counted(stack: Stack) -> int:
    """Of how many cases outcomes knows a screening."""
    connection = await asyncpg.connect(stack.admin_database_url("outcomes"))
    try:
        return int(await connection.fetchval("SELECT count(*) FROM screening_in_force"))
    finally:
        await connection.close()


def test_a_database_is_lost_rebuilt_and_the_family_goes_on(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    environment = {"PARLEY_HOME": str(home.path)}
    try:
        with world_in(home) as world:
            family = world.family("sthelens-front-door", "Lowther", "Imogen", "Callum")
            case = each_parent_is_screened_alone_and_agrees(world, family)
            the_team_discusses_it_with_the_referrer(case)
            the_coordinator_agrees_that_it_is_safe_and_appropriate(case)
            the_provider_gets_each_parents_details_apart(case, "relate")
            the_provider_accepts_and_contacts_each_parent(case)
            case.waits_for_history("contact-attempted", len(case.parents))
            before = world.coordinator.case(case.id)
            the_changelog_has_everything(load_stack(home))
            world.days_end()
            known = until(lambda: [each for each in facts(world) if '"accepted"' in each], "outcomes to know")
            assert known
            known = facts(world)
            refused = CliRunner().invoke(app, ["rebuild", "referral", "--replace"], env=environment)
            assert "parley down" in str(refused.exception)
            asyncio.run(the_disk_is_lost(load_stack(home)))
        stop(home)
        rebuilt = CliRunner().invoke(app, ["rebuild", "referral", "outcomes", "--replace"], env=environment)
        assert rebuilt.exit_code == 0, rebuilt.output

        with world_in(home) as world:
            assert world.coordinator.case(case.id) == before
            # Of the day on which it begins again nothing is published before that has ended.
            until(lambda: asyncio.run(cases_counted(world.stack)) == 1, "outcomes to have read everything again")
            world.days_end()
            until(lambda: facts(world) == known, "analysts to have the same facts again")
            provider = world.providers["relate"]
            before = len(provider.received(case.id))
            the_provider_assesses(replace(case, world=world, provider=provider), each_alone=True)
            # What had been sent before is not sent again.
            assert len(provider.received(case.id)) == before
    finally:
        stop(home)
        postgres.remove_outside(home)
