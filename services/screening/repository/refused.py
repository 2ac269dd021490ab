"""Front doors' records that could not be used."""

from collections.abc import Mapping, Sequence

from shared.postgres.connection import Connection


async def record(
    connection: Connection, agency: str, fingerprint: bytes, findings: Sequence[Mapping[str, str]]
) -> tuple[bool, bool]:
    """Records one that could not be used. Returns whether it is new, and whether its findings are."""
    known = await connection.fetchval(
        "SELECT findings FROM refused_record WHERE agency = $1 AND fingerprint = $2 FOR UPDATE", agency, fingerprint
    )
    if known == findings:
        return False, False
    is_new = await connection.fetchval(
        """
        INSERT INTO refused_record (agency, fingerprint, findings) VALUES ($1, $2, $3)
        ON CONFLICT (agency, fingerprint) DO UPDATE SET findings = excluded.findings
        RETURNING xmax = 0
        """,
        agency,
        fingerprint,
        findings,
    )
    return bool(is_new), True
