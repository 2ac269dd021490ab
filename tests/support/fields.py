"""Routes that a test makes up, and that the table of fields therefore does not know."""

import pytest

from shared.access.fields import Field, View
from shared.service import showing


def show_all_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that an answer holds is shown, whatever the request."""
    monkeypatch.setattr(showing, "view_of", lambda name: View(name, {"**": Field()}))
