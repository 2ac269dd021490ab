"""The content of a submission, as bytes that are the same for two records with the same content."""

import orjson

from shared.contracts.front_door import Submission


def content_of(submission: Submission) -> bytes:
    """The submission as JSON in one form.

    The order of its keys, spaces, `1` and `1.0`, another offset of the same time, and a field that is given as what it
    is anyhow make no difference. A field that is added to the contract later makes none for records without it.
    """
    return orjson.dumps(submission.model_dump(mode="json", exclude_defaults=True), option=orjson.OPT_SORT_KEYS)
