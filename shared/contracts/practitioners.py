"""Who a practitioner is to every service: an opaque id that the agency's own id always leads to."""

from uuid import UUID, uuid5

_PRACTITIONERS = UUID("2f5a8f9d-6d0f-4c8e-9a0b-3c1f5b3f7f10")


def practitioner_id(agency: str, own_id: str) -> UUID:
    """The opaque id of an agency's practitioner, from the id that the agency itself gives them.

    Who moves to another agency is somebody else here: nothing ties the two together.
    """
    return uuid5(_PRACTITIONERS, f"{agency}/{own_id}")
