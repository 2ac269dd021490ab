"""The services of the pathway. They never import each other: they talk by events alone.

A new service is a folder and a line below. Topics, rights, port, database, keys and lint derive from its manifest.
"""

from shared.contracts.manifest import read_manifests
from shared.contracts.topology import Topology

MANIFESTS = read_manifests(
    "screening",
    "referral",
    "notification",
    "outcomes",
    "families",
    "workforce",
    "administration",
)
TOPOLOGY = Topology(MANIFESTS)
"""Every topic with its writers and readers. Raises ManifestError on import where the manifests disagree."""
