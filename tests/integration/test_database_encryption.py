"""Nobody speaks with PostgreSQL in clear, and nobody takes another server for it."""

import ssl
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from deploy.stack.certificates import Authority
from deploy.stack.home import Stack


def with_options(url: str, options: str) -> str:
    return urlunsplit(urlsplit(url)._replace(query=options))


async def test_every_session_is_encrypted(stack: Stack) -> None:
    connection = await asyncpg.connect(stack.database_admin_url)
    try:
        sessions = await connection.fetch(
            "SELECT DISTINCT ssl, version, cipher FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
            "WHERE backend_type = 'client backend'"
        )
    finally:
        await connection.close()
    assert [tuple(session) for session in sessions] == [(True, "TLSv1.3", "TLS_AES_128_GCM_SHA256")]


@pytest.mark.parametrize("login", ["postgres", "screening"])
async def test_who_comes_without_encryption_is_refused_before_the_password(stack: Stack, login: str) -> None:
    url = stack.database_admin_url if login == "postgres" else stack.database_url(login)
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="no encryption"):
        await asyncpg.connect(with_options(url, "sslmode=disable"))


async def test_a_server_of_another_authority_is_not_spoken_with(stack: Stack, tmp_path: Path) -> None:
    url = with_options(stack.database_url("screening"), f"sslmode=verify-full&sslrootcert={Authority(tmp_path).root}")
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncpg.connect(url)
