"""What a person asked for and cannot be done."""


class NotThereError(Exception):
    """There is nothing of this id, or nothing that this person may see. The message is a plain sentence."""


class UnknownCaseError(NotThereError):
    """There is no case with this id."""

    def __init__(self) -> None:
        super().__init__("There is no case with this id.")
