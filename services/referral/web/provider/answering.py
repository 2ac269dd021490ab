"""How a provider's page answers what cannot be done: in words, and never with why a case has stopped."""

from collections.abc import Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from services.referral.domain.deciders.commands import ConflictError
from services.referral.domain.deciders.refusals import EXPLANATIONS, UpdateRefusedError
from services.referral.handlers.errors import NotThereError
from services.referral.web.provider import words
from services.referral.web.provider.reading import referral_of
from shared.service.answers import Endpoint
from shared.service.form_keys import AlreadySentError
from shared.web.pages import Pages


def answering(pages: Pages) -> Callable[[Endpoint], Endpoint]:
    """Answers in words what a referral does not allow, with how it is now."""

    def wrapping(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            try:
                return await endpoint(request)
            except NotThereError as error:
                link = {"href": f"{pages.prefix}/pages/referrals", "text": "Go to your referrals"}
                return await pages.problem(request, 404, "Page not found", str(error), link=link)
            except AlreadySentError:
                # Sent twice by a double click or after a lost answer: it is done, and counts once.
                return pages.to(f"/pages/referrals/{request.path_params['referral']}")
            except ConflictError as error:
                address = f"{pages.prefix}/pages/referrals/{request.path_params['referral']}"
                link = {"href": address, "text": "Look at the referral as it is now"}
                text = f"Nothing was changed. {error}"
                return await pages.problem(request, 409, "This cannot be done now", text, link=link)
            except UpdateRefusedError as error:
                shown = await referral_of(pages.context, request)
                link = {
                    "href": f"{pages.prefix}/pages/referrals/{shown.referral_id}",
                    "text": "Look at the referral as it is now",
                }
                if error.reason != "not-in-this-state":
                    return await pages.problem(
                        request, 409, "This cannot be done", EXPLANATIONS[error.reason], link=link
                    )
                state = words.STAGES[shown.stage].lower()
                text = f"Nothing was changed. The referral is now {state}, and that does not allow it."
                return await pages.problem(
                    request, 409, "Somebody was quicker, or it cannot be done now", text, link=link
                )

        return answered

    return wrapping
