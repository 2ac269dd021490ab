"""Data keys, on real PostgreSQL: each service may do with them what its manifest names, and nothing else."""

from typing import Any, get_args
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE
from services import MANIFESTS
from shared.contracts.manifest import EVERY_SERVICES, KeyKind, Manifest
from shared.privacy.rights import rights_sql
from tests.support.databases import connected

KINDS = get_args(KeyKind)
ADD = "INSERT INTO data_key (subject, kind, wrapped) VALUES ($1, $2, 'wrapped') ON CONFLICT (subject) DO NOTHING"
ERASE = "UPDATE data_key SET wrapped = NULL, erased_at = now() WHERE subject = $1"


async def allowed(connection: Any, statement: str, *values: Any) -> bool:
    """Whether the statement is allowed, and changes a row."""
    try:
        return bool((await connection.execute(statement, *values)).endswith(" 1"))
    except asyncpg.InsufficientPrivilegeError:
        return False


@pytest.mark.parametrize("service", MANIFESTS, ids=lambda each: each.name)
async def test_a_service_makes_opens_and_erases_the_keys_that_its_manifest_names(
    stack: Stack, service: Manifest
) -> None:
    foreign: dict[str, UUID] = {kind: uuid4() for kind in KINDS}
    async with connected(stack.admin_database_url(KEYRING_DATABASE)) as admin:
        for kind, subject in foreign.items():
            await admin.execute(ADD, subject, kind)
    async with connected(stack.database_url(service.name, KEYRING_DATABASE)) as keyring:
        own = {kind: uuid4() for kind in KINDS}
        made = {kind for kind, subject in own.items() if await allowed(keyring, ADD, subject, kind)}
        assert made == {*service.keys.makes, *EVERY_SERVICES}
        visible = {row["subject"] for row in await keyring.fetch("SELECT subject FROM data_key")}
        assert {kind for kind, subject in own.items() if subject in visible} == made
        opens = {*service.keys.opens, *EVERY_SERVICES}
        assert {kind for kind, subject in foreign.items() if subject in visible} == opens
        erased = {kind for kind, subject in foreign.items() if await allowed(keyring, ERASE, subject)}
        assert erased == {*service.keys.erases}
        assert not await allowed(keyring, "DELETE FROM data_key WHERE subject = $1", own["dead-letter"])


async def test_a_service_that_leaves_the_list_loses_its_rights(stack: Stack) -> None:
    async with connected(stack.admin_database_url(KEYRING_DATABASE)) as admin:
        trying = admin.transaction()
        await trying.start()
        try:
            await admin.execute(rights_sql([each for each in MANIFESTS if each.name != "screening"]))
            roles = {
                row["grantee"]
                for row in await admin.fetch(
                    "SELECT grantee FROM information_schema.column_privileges WHERE table_name = 'data_key'"
                )
            }
            policies = {row["policyname"] for row in await admin.fetch("SELECT policyname FROM pg_policies")}
        finally:
            await trying.rollback()
    assert "referral" in roles
    assert "screening" not in roles
    assert not [policy for policy in policies if policy.startswith("screening") or policy == "erase"]
