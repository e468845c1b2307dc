"""Refusals that a person can act on."""

FULL = "The portal cannot keep files just now. Nothing was saved. Try again in a few minutes."


class RuleBroken(Exception):
    """A move that is not allowed, said in one full sentence that the person can act on.

    Raised by operations and rules; answered in one place (core/failures) with 409 and the sentence.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TooManyTries(RuleBroken):
    """The same thing was tried too often; answered with 429. `seconds` says when to try again.

    It is no news where the audit has been told already: who tries a thousand times must not write a thousand rows.
    """

    def __init__(self, sentence: str, seconds: int, *, is_news: bool = True) -> None:
        super().__init__(sentence)
        self.seconds = seconds
        self.is_news = is_news


class Conflict(RuleBroken):
    """Somebody else changed the same text meanwhile. `theirs` is what stands there now; nothing of either is lost."""

    def __init__(self, sentence: str, theirs: object) -> None:
        super().__init__(sentence)
        self.theirs = theirs


class CannotKeep(Exception):
    """A file cannot be kept just now: the disk is full or closed to us. Nothing of it is left. Answered with 503."""

    def __init__(self, sentence: str = FULL) -> None:
        super().__init__(sentence)
        self.sentence = sentence
