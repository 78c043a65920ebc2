"""Vector files, which pyogrio reads and writes."""

from types import ModuleType

from ..errors import UserError


def vector_io(what: str, else_do: str = '') -> ModuleType:
    """``pyogrio`` with ``pyogrio.raw``, which is an extra.

    Args:
        what: What is done by it, such as ``'Vectors are read'``.
        else_do: What to do instead of installing it.

    Raises:
        UserError: It is not installed.
    """
    try:
        import pyogrio
        import pyogrio.raw
    except ImportError as error:
        raise UserError(
            f'{what} by pyogrio, which is not installed: pip install pyogrio{else_do}.'
        ) from error
    return pyogrio
