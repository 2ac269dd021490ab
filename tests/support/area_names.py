"""What the directories of tests call areas: never their codes, so that a page that shows a code is found."""

_NAMES = {"E10000014": "Hampshire", "E10000030": "Surrey", "E08000013": "St. Helens", "E06000045": "Southampton"}


def called(code: str) -> str:
    """The name of an area."""
    return _NAMES.get(code, f"An area of {code[1:]}")
