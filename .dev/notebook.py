"""Writes docs/python.ipynb from docs/python.md, whose blocks it holds.

python .dev/notebook.py
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE, NOTEBOOK = ROOT / 'docs/python.md', ROOT / 'docs/python.ipynb'
# The notebook ends where other programs begin.
END = '\n## Without this package'


def cells(text: str) -> list[dict]:
    """Cells of a notebook: blocks of Python are code, all else is text."""
    parts = re.split(r'```python\n(.*?)```\n', text.partition(END)[0], flags=re.DOTALL)
    return [
        _cell(('markdown', 'code')[number % 2], part.strip(), number)
        for number, part in enumerate(parts)
        if part.strip()
    ]


def _cell(kind: str, source: str, number: int) -> dict:
    cell = dict(
        cell_type=kind,
        id=f'cell-{number}',
        metadata={},
        source=source.splitlines(keepends=True),
    )
    return cell | dict(execution_count=None, outputs=[]) if kind == 'code' else cell


def notebook(text: str) -> str:
    """The notebook of a page, in format 4.5."""
    kernel = dict(display_name='Python 3', language='python', name='python3')
    content = dict(
        cells=cells(text),
        metadata=dict(kernelspec=kernel, language_info=dict(name='python')),
        nbformat=4,
        nbformat_minor=5,
    )
    return json.dumps(content, indent=1, ensure_ascii=False) + '\n'


if __name__ == '__main__':
    NOTEBOOK.write_text(notebook(PAGE.read_text(encoding='utf-8')), encoding='utf-8')
