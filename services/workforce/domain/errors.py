"""What a person may have asked that cannot be done."""

NO_SESSION = "There is no training session with this id."
NO_PLACE = "There is no place of this id in this session."
NO_TRAINING = "There is no completed training with this id."


class NotAllowedError(Exception):
    """The session, the place or the follow-up is not in a state that allows it. The message is a plain sentence."""


class UnknownError(Exception):
    """There is nothing of this id. The message is a plain sentence."""


class InvalidError(Exception):
    """What was asked breaks rules: each as (field, rule). Never the value, which may be somebody's name."""

    def __init__(self, findings: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {rule}" for field, rule in findings))
        self.findings = findings
