"""Errors that a user can mend."""

import re


class UserError(ValueError):
    """One sentence for the user: which file or setting, what is wrong, what to do.

    The tools print it without a traceback; every other error keeps its own.
    """


class MissingFileError(UserError, FileNotFoundError):
    """A file or folder that the user names does not exist."""


class WriteError(UserError, OSError):
    """A file cannot be written; what was there before is as it was."""


class NotFiniteError(UserError, FloatingPointError):
    """A loss or a weight is NaN or infinite."""


def sentence_of(error: UserError) -> str:
    """What the user reads; torch puts a traceback around what a worker raises."""
    text = str(error)
    if not text.startswith('Caught '):
        return text
    return re.split(r'^\S*Error: ', text, flags=re.MULTILINE)[-1].strip()
