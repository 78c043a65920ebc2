"""Small files that are never half-written."""

import json
from pathlib import Path
from uuid import uuid4


def write_bytes(path: str | Path, content: bytes) -> None:
    """Writes under a name of its own and renames when all is written."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'.{path.name}.{uuid4().hex}.partial')
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Writes UTF-8 as ``write_bytes`` does."""
    write_bytes(path, text.encode())


def write_json(path: str | Path, content: object) -> None:
    """Writes as ``write_bytes`` does."""
    write_text(path, json.dumps(content, indent=1) + '\n')
