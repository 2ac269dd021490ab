"""What a service costs the family: an amount if one is valid today, otherwise text.

Expired prices are ignored. A price that is not in pounds is kept as text and counts as a cost, so that a person chooses
such an offer. Nothing is assumed to be free.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from deploy.directory.hsds.model import CostOption, Service
from deploy.directory.hsds.salvage import Report

_PER = ("family", "parent", "session")
_MOST_POUNDS = 100_000
_LONGEST_NOTE = 300


def cost(service: Service, today: date, report: Report) -> dict[str, Any]:
    """The fields `cost_to_family` and `cost_in_words` of the offer."""
    current = [each for each in enumerate(service.cost_options) if _is_current(*each, today, report)]
    texts = [service.fees_description] if service.fees_description else []
    known = None
    if len(current) == 1:
        number, option = current[0]
        if reason := _why_text(option):
            texts.append(_as_text(option))
            report(f".cost_options[{number}]: {reason}; kept in words")
        elif option.amount is not None:
            note = option.amount_description
            known = {"amount_pence": _pence(option), "per": option.option or "family", "note": note}
    elif current:
        texts += _several(current, report)
    return {"cost_to_family": known, "cost_in_words": "; ".join(filter(None, texts)) or None}


def _is_current(number: int, option: CostOption, today: date, report: Report) -> bool:
    place = f".cost_options[{number}]"
    if option.valid_to is not None and option.valid_to < today:
        report(f"{place}.valid_to: is past, so this price has expired; left out")
    elif option.valid_from is not None and option.valid_from > today:
        report(f"{place}.valid_from: is in the future, so this price is not valid yet; left out")
    elif _pounds(option) is not None and (_pounds(option) or 0) < 0:
        report(f"{place}.amount: must not be below 0; left out")
    else:
        return bool(_as_text(option))
    return False


def _several(current: Sequence[tuple[int, CostOption]], report: Report) -> Iterator[str]:
    report(".cost_options: only one can be taken as an amount, and there are more; kept in words")
    for _, option in current:
        yield _as_text(option)


def _why_text(option: CostOption) -> str | None:
    pounds = _pounds(option)
    if pounds is None:
        return "amount: must be a number"
    if (option.currency or "gbp").lower() != "gbp":
        return "currency: must be gbp"
    if option.option is not None and option.option not in _PER:
        return "option: must be family, parent or session"
    if pounds > _MOST_POUNDS or pounds * 100 != int(pounds * 100):
        return "amount: must be pounds and whole pence, up to 100,000"
    if len(option.amount_description or "") > _LONGEST_NOTE:
        return f"amount_description: must have at most {_LONGEST_NOTE} characters beside an amount"
    return None


def _pounds(option: CostOption) -> Decimal | None:
    return option.amount if isinstance(option.amount, Decimal) and option.amount.is_finite() else None


def _pence(option: CostOption) -> int:
    return int((_pounds(option) or Decimal(0)) * 100)


def _as_text(option: CostOption) -> str:
    amount = option.amount
    if isinstance(amount, Decimal):
        sign = (option.currency or "gbp").upper()
        amount = f"£{amount:.2f}" if sign == "GBP" and abs(amount) <= _MOST_POUNDS else f"{amount} {sign}"
    return ", ".join(filter(None, (option.option, amount, option.amount_description)))
