"""What was found and is accepted: each with a reason, and with a day after which somebody has to look again."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

_FILE = Path(__file__).with_name("accepted.yaml")
_Reason = Annotated[str, Field(min_length=20)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Vulnerability(_Entry):
    """A known vulnerability of a package that does not reach us, and why. It counts until the day `until`."""

    package: str
    id: str
    reason: _Reason
    until: date


class Literal(_Entry):
    """What looks like a secret and is none: in which file, by which rule how often, and why."""

    path: str
    rule: str
    times: int = Field(ge=1)
    reason: _Reason


class Accepted(_Entry):
    """Everything that is accepted."""

    vulnerabilities: Sequence[Vulnerability]
    literals: Sequence[Literal]


def accepted(file: Path = _FILE) -> Accepted:
    """What is accepted. Raises ValidationError where an entry lacks its reason or its day."""
    return Accepted.model_validate(yaml.safe_load(file.read_text()))
