"""Reports: tables as Markdown or HTML, and pages that need no other file."""

import base64
import html
import re
from collections.abc import Iterable
from typing import NamedTuple

STYLE = """
body { font-family: sans-serif; max-width: 75em; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; margin-bottom: 1.5em; }
td, th { border-bottom: 1px solid #ccc; padding: .25em .7em; text-align: right; }
td:first-child, th:first-child { text-align: left; }
.best { font-weight: bold; }
img { max-width: 100%; }
pre { background: #f4f4f4; padding: 1em; overflow-x: auto; }
.wrong { background: #fff3cd; border-left: .4em solid #e0a800; padding: .5em 1em; }
.right { background: #e6f4ea; border-left: .4em solid #34a853; padding: .5em 1em; }
figure { margin: 2em 0; }
figcaption { font-size: .9em; overflow-wrap: anywhere; }
"""


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

    def html(self) -> str:
        """As HTML, with a heading."""
        head = ''.join(f'<th>{html.escape(text)}</th>' for text in self.head)
        lines = [f'<h3>{html.escape(self.title)}</h3><table><tr>{head}</tr>']
        for y, row in enumerate(self.rows):
            cells = [
                f'<td class="best">{html.escape(text)}</td>'
                if (y, x) in self.bold
                else f'<td>{html.escape(text)}</td>'
                for x, text in enumerate(row)
            ]
            lines.append(f'<tr>{"".join(cells)}</tr>')
        return '\n'.join([*lines, '</table>'])


def markdown_text(name: str) -> str:
    """A name as Markdown shows it, none of its signs as markup."""
    signs = r'[\\`*\[\]<>|#&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])'
    return re.sub(signs, r'\\\g<0>', ' '.join(name.split()))


def csv_text(name: str) -> str:
    """A name as a cell of a table; one like a formula is marked as text."""
    name = ' '.join(name.split())
    return f"'{name}" if name[:1] in ('=', '+', '-', '@') else name


def picture(name: str, content: bytes) -> str:
    """A PNG file as a part of a page."""
    data = base64.b64encode(content).decode()
    return f'<img alt="{html.escape(name)}" src="data:image/png;base64,{data}">'


def page(title: str, parts: Iterable[str]) -> str:
    """One HTML file that needs no other."""
    title = html.escape(title)
    head = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>'
    )
    return '\n'.join([head, *parts, '</body></html>']) + '\n'


def _row(texts: Iterable[str]) -> str:
    return f'| {" | ".join(texts)} |'
