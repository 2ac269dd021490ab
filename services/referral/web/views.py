"""What parents said on their own pages has changed, for whoever may read it."""

from collections.abc import Mapping
from uuid import UUID

from services.referral.repository import parent_views
from services.referral.repository.reading import snapshot
from services.referral.web.answers import opened
from shared.service.definition import Context


async def views_of(
    context: Context,
    case_id: UUID,
    called: Mapping[UUID, str],
    changes: Mapping[str, str],
    referral_id: UUID | None = None,
) -> list[dict[str, str]]:
    """What these people said about a case, or under one referral of it, with what they and the changes are called."""
    if not called:
        return []
    async with snapshot(context.pool) as connection:
        rows = await parent_views.of_case(connection, case_id, referral_id)
    return [
        {"called": called[row["person_id"]], "change": changes[row["change"]], "words": row["words"] or ""}
        for row in await opened(context, rows, "words")
        if row["person_id"] in called
    ]
