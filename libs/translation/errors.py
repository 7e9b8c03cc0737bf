"""What can go wrong while a document is translated. Six kinds, and the kind decides what is done:

TranslationError
├── PermanentFault     this file will never translate: it fails now, with a code
├── DocumentLost       the process that had it ended, or took too long: try again a few times
├── NoProcess          the machine has no room for a process that reads documents: wait and try again
├── EngineBlocked      credentials or quota: no file will translate until an operator acts
├── EngineThrottled    too fast: wait and ask again; no attempt is spent
└── EngineUnavailable  anything else that may pass: try again with backoff
    └── EngineTooSlow  no answer in time: a smaller request may have one
"""


class TranslationError(Exception):
    """Root of the tree; never raised itself."""


class PermanentFault(TranslationError):
    """This file fails whatever is tried. ``code`` is stable and for programs, the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class DocumentLost(TranslationError):
    """The process that read or wrote this document died of it or near it (``document_crashed``), or was ended
    for want of an answer (``document_timeout``). It may have been chance; the same again and again is not.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NoProcess(TranslationError):
    """No process could be started to read or write this document (processes, memory or file descriptors are
    used up). No document is to blame.
    """


class EngineBlocked(TranslationError):
    """The engine refuses everything from us (credentials, quota spent)."""


class EngineThrottled(TranslationError):
    """The engine asks for a slower pace. ``wait`` is its wish in seconds, 0 where it has none."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


class EngineUnavailable(TranslationError):
    """The engine did not answer, or broke; the same request may succeed later."""


class EngineTooSlow(EngineUnavailable):
    """The engine did not answer within the time of one request; a smaller request may have its answer."""
