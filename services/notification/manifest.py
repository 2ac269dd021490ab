"""What the notification service is: its topics, its port, and the keys that it may use."""

from shared.access.table import Action
from shared.contracts.manifest import KeyRights, Manifest

MANIFEST = Manifest(
    name="notification",
    purpose="what does each party need to know, and nobody more?",
    port=18083,
    reads=(
        "screening-completed",
        "parent-details-sealed",
        "screening-taken-back",
        "submission-refused",
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
        "case-waiting-listed",
        "case-left-waiting-list",
        "child-participation-changed",
        "family-changed",
        "wrap-around-reminded",
        "practitioner-handed-over",
        "practitioner-untrained",
        "training-reminders",
        "person-erased",
        "person-restricted",
        "directory",
    ),
    writes=(
        "front-door.{agency}.progress",
        "provider.{provider}.referrals",
    ),
    keys=KeyRights(makes=("person", "practitioner", "dead-letter"), opens=("person", "practitioner")),
    mails=True,
    requests={
        "GET /people/{id:uuid}/held": Action.PEOPLE_ERASE,
        "GET /e-mails": Action.QUEUES_READ,
        "GET /waiting": Action.QUEUES_READ,
    },
)
