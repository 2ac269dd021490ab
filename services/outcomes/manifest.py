"""What the outcomes service is: its topics, its port, and the keys that it may use."""

from shared.access.table import Action
from shared.contracts.manifest import KeyRights, Manifest

MANIFEST = Manifest(
    name="outcomes",
    purpose="what helped?",
    port=18084,
    reads=(
        # Where nothing happened to the family, or only its provider or a practitioner is concerned, there is nothing to
        # measure.
        "screening-completed",
        "screening-taken-back",
        "referral-agreed",
        "provider-accepted",
        "provider-declined",
        "provider-assessed",
        "session-recorded",
        "concern-raised",
        "follow-up-due",
        "case-reopened",
        "case-returned",
        "case-refused",
        "case-taken-to-panel",
        "case-held",
        "case-resumed",
        "case-halted",
        "case-joined",
        "case-closed",
        "parent-contacted",
        "parent-assessed",
        "session-scheduled",
        "measure-recorded",
        "family-referred-again",
        "training",
        "directory",
    ),
    writes=("outcomes",),
    keys=KeyRights(makes=("person", "practitioner", "dead-letter")),
    # Its rows are worked out from the others' events, and it is rebuilt by reading these again.
    changelog=False,
    # The key that pseudonyms are made under.
    secrets=("pseudonym-key",),
    requests={
        "GET /facts": Action.FACTS_READ,
        "GET /releases": Action.FACTS_READ,
        "GET /summary": Action.SUMMARY_READ,
    },
)
