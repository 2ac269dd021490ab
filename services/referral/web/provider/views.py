"""What parents said on their own pages has changed, for the provider that asked them."""

from services.referral.domain.case.shown_to_provider import ShownReferral
from services.referral.repository import parent_views
from services.referral.repository.reading import snapshot
from services.referral.web.answers import opened
from services.referral.web.provider import words
from shared.service.definition import Context


async def views_of(context: Context, shown: ShownReferral) -> list[dict[str, str]]:
    """By parent, in words, as long as their provider is shown who they are."""
    called = {each.person_id: each.called for each in shown.parents}
    if not called:
        return []
    async with snapshot(context.pool) as connection:
        rows = await parent_views.of_case(connection, shown.case_id, shown.referral_id)
    return [
        {"called": called[row["person_id"]], "change": words.CHANGES[row["change"]], "words": row["words"] or ""}
        for row in await opened(context, rows, "words")
        if row["person_id"] in called
    ]
