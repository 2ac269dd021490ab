"""Whom a form names: a page shows names in place of ids, so a form sends an id that none is put in place of."""

import re

from shared.access.staff_ids import PREFIX

_HANDLE = re.compile(r"[0-9a-f]{32}")


def handle_of(who: str) -> str:
    """What stands for one of ours in a form."""
    return who.removeprefix(PREFIX)


def whom(handle: str) -> str:
    """The id of whoever a form names."""
    return f"{PREFIX}{handle}" if _HANDLE.fullmatch(handle) else handle
