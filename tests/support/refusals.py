"""What is a service's own in a refusal, beside the members that every problem has by RFC 9457."""

from typing import Any


def members(answer: dict[str, Any]) -> dict[str, Any]:
    """The findings of an invalid request; of any other refusal its sentence, and the right that is missing."""
    assert {"type", "title", "status", "detail"} <= answer.keys()
    return {
        name: answer[name] for name in (("errors",) if "errors" in answer else ("detail", "right")) if name in answer
    }
