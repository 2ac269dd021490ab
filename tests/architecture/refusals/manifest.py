"""What the refusals service is: its topics, its port, and the keys that it may use."""

from shared.access.actions import Action
from shared.contracts.manifest import Manifest

MANIFEST = Manifest(
    name="refusals",
    purpose="how often is a case refused?",
    port=18190,
    reads=("case-refused",),
    writes=("refusal-noted",),
    requests={"GET /refusals": Action.WORKLIST_READ},
)
