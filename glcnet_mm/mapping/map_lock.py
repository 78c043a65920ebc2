"""One call at a time makes a map."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import locks


@contextmanager
def map_lock(out: str | Path, shared: bool = False) -> Iterator[None]:
    """Holds the name of a map, or of another file to be.

    Args:
        out: The file.
        shared: Of a call for a part: others of its kind may work beside it.

    Raises:
        InUse: Another process makes it.
    """
    out = Path(out)
    lock = out.with_name(f'.{out.name}.lock')
    message = (
        f'Another process is making {out}: wait for its end, or name another file.'
    )
    with (locks.shared if shared else locks.held)(lock, message):
        yield


def remove_leftovers(out: str | Path) -> None:
    """Deletes what killed calls had begun to write of a file; see ``partial_name``.

    To be called with the lock held, by no call for a part.
    """
    out = Path(out)
    names = re.compile(
        rf'\.{re.escape(out.stem)}\.(\d+|[0-9a-f]{{32}})\.part{re.escape(out.suffix)}'
    )
    if out.parent.is_dir():
        for path in out.parent.iterdir():
            if names.fullmatch(path.name):
                path.unlink(missing_ok=True)
