"""Tools and configs that travel with the package."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def shipped_file(*parts: str) -> Path:
    """Where a file such as ``tools/train.py`` is.

    In a checkout it lies beside the package, in an installed one in its ``.mim``, as
    in every mm package.

    Args:
        *parts: Of its path from the root of the repository.
    """
    beside = PACKAGE.parent.joinpath('configs', 'glcnet_potsdam.py').is_file()
    root = PACKAGE.parent if beside else PACKAGE / '.mim'
    return root.joinpath(*parts)
