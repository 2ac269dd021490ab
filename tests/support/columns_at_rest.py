"""What each column that could hold words about somebody holds, in every table of every service's database.

Columns of types that carry no words are open by their type. Every other column stands here, as `column:kind` in a line
of its table, and one that does not fails a test. A new one is not added before somebody has decided how it rests.
"""

from collections.abc import Iterator

WORDLESS = frozenset(
    {
        *("uuid", "boolean", "smallint", "integer", "bigint", "double precision", "numeric", "int8multirange"),
        *("timestamp with time zone", "date", "uuid[]", "date[]"),
    }
)
"""Types, as PostgreSQL names them, whose values are ids, numbers, days and times, and yes or no."""

KINDS = {
    "sealed": "under the key of whom it is about, or null",
    "hash": "a digest under the service's own key",
    "code": "a word of a closed list, or the id of an area, agency, provider, offer or module in the directory",
    "id": "ids and numbers that we made, of cases, people, events and certificates, as text",
    "ref": "a front door's own reference: of a family, or of a person in its record",
    "json": "a document of ids, codes, numbers, days and sealed boxes, by a model of the service's own",
    "event": "a message as it goes out; what that may hold in clear is in tests/support/unsealed.py",
    "machine": "names and positions of topics, subscriptions, tables and files; kinds of faults, never their messages",
    "public": "names and texts of organisations and areas, as their directory publishes them",
    "worker": "the name by which one of ours logs in",
}

_EVENT_CORE = """
changed_row           of_table:machine key:json
dead_letter           subscription:machine topic:machine findings:json fingerprint:hash sealed:sealed status:code
dead_letter           reference:hash
dead_letter_audit     actor:worker action:code outcome:code reason:code
due                   kind:code key:id subject:id value:json fault:machine
inbox                 subscription:machine
inbox_before          subscription:machine
outbox                topic:machine key:ref value:event headers:machine
outbox_set_aside      topic:machine key:ref headers:machine fault:machine settled_by:worker outcome:code
outbox_set_aside_part value:event
schema_migration      name:machine sha256:machine
settled               subscription:machine topic:machine
"""

_OWN = {
    "screening": """
agency         agency:code areas:code sources:code
area           area:code
family         agency:code family_ref:ref
person         ref:ref kind:code sealed:sealed part:code
published      agency:code completed:event people:json
refused_record agency:code fingerprint:hash findings:json
submission     agency:code family_ref:ref area:code decision:code reasons:code service:code content:hash people:code
""",
    "referral": """
agency              agency:code legal_basis:code
area                area:code when_full:code
area_calendar       area:code
assignment          coordinator:worker
case_history        by:code trigger:code from_state:code to_state:code why:code who:worker detail:id
case_note           who:worker sealed:sealed
consent             purpose:code basis:code notice_version:code recorded_by:worker
course              course:json
family              agency:code family_ref:ref
offer               offer:code provider:code service:code areas:code eligibility:json regions:code terms:json
panel_conflict      agency:code reason:code recorded_by:worker
panel_item          decision:code minutes:sealed
panel_meeting       area:code status:code
panel_member        area:code agency:code role:code name:sealed
panel_view          recommendation:code words:sealed
provider            provider:code
provider_update     provider:code
recognition         agency:code outcome:code
referral            offer:code provider:code service:code agreed_by:code status:code ended_because:code offered:json
referral_case       area:code agency:code family_ref:ref state:code decision:code reasons:code service:code family:json
referral_case       held_from:code corrected_after:code waiting_reason:code returned_from:code children_out:id
referral_case       waiting_before:code questioned:json
region              region:code areas:code
unmatched_sign      agency:code family_ref:ref seen_by:worker
waiting_place       offer:code agreed_by:code accepted:code
wrap_around_contact agency:code
""",
    "notification": """
agency         agency:code
area           area:code universal_offer:public specialist_support:public
email          about:code practitioner:sealed provider:code status:code last_error:machine
follow_up      occasion:code
handover       sealed:sealed
parent_details sealed:sealed
pathway_case   progress:json
provider       provider:code email:public public_key:public
referral       provider:code terms:json waits_for:code changed:json
""",
    "outcomes": """
area_figures     area:code avoidable_costs:json population:json
attendance       attended:code
case_step        step:code outcome:code
confidence_said  module:code occasion:code instrument:code version:code
directory_name   kind:code id:code name:public
fact             fact:code subject:code area:code source:code level_of_need:code decision:code service:code
fact             provider:code outcome:code instrument:code occasion:code
measure          instrument:code version:code occasion:code
offer_price      offer:code unit_cost_for:code
planned_session  kind:code
referral         area:code provider:code service:code agreed_by:code offer:code
referred_parent  role:code
region           region:code name:public areas:code
screened_child   views_source:code
screened_parent  role:code sex:code ethnicity:code first_language:code disability:code employment:code
screening        agency:code area:code source:code level_of_need:code relationship:code decision:code reasons:code
screening        service:code
session          kind:code
training_said    modules:code profession:code areas:code
training_use_said how_often:code
view_given       change:code
""",
    "families": """
agency       agency:code name:public
area         area:code name:public
likeness     one_agency:code one_ref:ref other_agency:code other_ref:ref verdict:code fields:json status:code
link_history by:worker what:code one_agency:code one_ref:ref other_agency:code other_ref:ref reason:code
member       agency:code family_ref:ref
parent       agency:code sealed:sealed
submission   agency:code family_ref:ref area:code children:sealed told:code
taken_back   agency:code family_ref:ref area:code
token        token:hash agency:code
""",
    "workforce": """
agency           agency:code areas:code
area             area:code training_required:json
champion         agency:code named_by:worker stood_down_by:worker
confidence       module:code occasion:code instrument:code version:code
follow_up        status:code how_often:code
place            agency:code profession:code status:code certificate:id
practitioner     agency:code screened_as:sealed registered_as:sealed
screening        agency:code area:code
session_history  by:worker change:json
training_session modules:code areas:code delivery:code delivered_by:code
""",
    "keyring": """
data_key         kind:code wrapped:sealed made_by:machine
schema_migration name:machine sha256:machine
""",
}


def listed(database: str) -> dict[str, str]:
    """The kind of what each listed column of a database holds, by `table.column`. Raises `ValueError` for one listed
    twice."""
    core = "" if database == "keyring" else _EVENT_CORE
    found: dict[str, str] = {}
    for column, kind in _columns(core + _OWN.get(database, "")):
        if column in found:
            raise ValueError(f"{column} of {database} stands here twice")
        found[column] = kind
    return found


def _columns(lines: str) -> Iterator[tuple[str, str]]:
    for line in lines.split("\n"):
        table, *columns = line.split() or [""]
        for each in columns:
            column, _, kind = each.partition(":")
            yield f"{table}.{column}", kind
