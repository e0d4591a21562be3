"""What a request was wrong with."""

from __future__ import annotations


class AnswerError(ValueError):
    """What was sent cannot be answered; code says why in one word, for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
