"""Reports: tables as Markdown or HTML, and pages that need no other file."""

import base64
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / 'templates'


class Table(NamedTuple):
    """Rows of text under a title; ``bold`` names (row, column) of the best."""

    title: str
    head: list[str]
    rows: list[list[str]]
    bold: frozenset[tuple[int, int]] = frozenset()

    def markdown(self) -> str:
        """As Markdown, with a heading."""
        lines = [
            f'### {markdown_text(self.title)}',
            '',
            _row(map(markdown_text, self.head)),
            _row(['---'] * len(self.head)),
        ]
        for y, row in enumerate(self.rows):
            marks = ['**' * ((y, x) in self.bold) for x in range(len(row))]
            cells = [markdown_text(row[0]), *row[1:]]
            texts = [f'{m}{text}{m}' for m, text in zip(marks, cells, strict=True)]
            lines.append(_row(texts))
        return '\n'.join(lines) + '\n'


def markdown_text(name: str) -> str:
    """A name as Markdown shows it, none of its signs as markup."""
    signs = r'[\\`*\[\]<>|#&~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])'
    return re.sub(signs, r'\\\g<0>', ' '.join(name.split()))


def csv_text(name: str) -> str:
    """A name as a cell of a table; one like a formula is marked as text."""
    name = ' '.join(name.split())
    return f"'{name}" if name[:1] in ('=', '+', '-', '@') else name


def page(template: str, title: str, **values: object) -> str:
    """One HTML file that needs no other; no text of a value is markup in it.

    Args:
        template: Name of a file of ``templates``, without its suffix.
        title: Of the page.
        **values: What the template shows.
    """
    return (
        _environment().get_template(f'{template}.html.j2').render(title=title, **values)
    )


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters['base64'] = lambda data: base64.b64encode(data).decode()
    return environment


def _row(texts: Iterable[str]) -> str:
    return f'| {" | ".join(texts)} |'
