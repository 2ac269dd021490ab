"""What sessions were held and who came."""

import ibis.expr.types as ir

from services.outcomes.domain.star.reported import Tables
from services.outcomes.domain.star.rows import beside, flag, newest, whole

_SESSION = ("case_id", "referral_id", "number")


def held(reported: Tables) -> ir.Table:
    """A session by the last report of it, unless that took it back."""
    last = newest(reported["session"], _SESSION, "sequence")
    return last.filter(~last["taken_back"])


def expected(reported: Tables, sessions: ir.Table, parents: ir.Table) -> ir.Table:
    """Everybody who was expected at a session that was held, and whether they came. Who is no parent is a child."""
    named = reported["attendance"].join(
        sessions.select(*_SESSION, "sequence", "held_on"), ["case_id", "sequence"], rname="right_{name}"
    )
    known = beside(named, parents, ("case_id", "person_id"))
    return known.mutate(is_parent=known["is_father"].notnull(), is_father=flag(known["is_father"]))


def came(attendance: ir.Table) -> ir.Table:
    """Those who came, on time or late."""
    return attendance.filter(attendance["attended"] != "no")


def sessions(held_sessions: ir.Table, present: ir.Table) -> ir.Table:
    """The sessions with how many came."""
    counted = present.group_by(*_SESSION).agg(
        parents=present["is_parent"].sum(),
        fathers=present["is_father"].sum(),
        children=(~present["is_parent"]).sum(),
    )
    known = beside(held_sessions, counted, _SESSION)
    return known.mutate(**{name: whole(known[name]) for name in ("parents", "fathers", "children")})


def starts(reported: Tables, present: ir.Table) -> ir.Table:
    """Who came to which session of a referral that names them. With a session of another's nobody starts."""
    return present.semi_join(reported["referred_parent"], ["case_id", "referral_id", "person_id"])
