"""Tools and configs that travel with the package."""

import sys
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


def runs_own_tool() -> bool:
    """Whether this process was started as one of the package's command-line tools."""
    # ``python -m glcnet_mm`` imports the package before it is the main program.
    if sys.argv[:1] == ['-m']:
        return sys.orig_argv[sys.orig_argv.index('-m') + 1] == PACKAGE.name
    main = getattr(sys.modules['__main__'], '__file__', None)
    if main is None:
        return False
    path = Path(main).resolve()
    return path == PACKAGE / '__main__.py' or path.parent == shipped_file('tools')
