"""One self-contained page, or a folder of pictures with the facts beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import UserError
from ..files import write_bytes, write_text
from ..visualization.page import Table, page
from ..writable import check_file, check_folder

PAGE_SUFFIXES = ('.html', '.htm')
OTHER_FILES = ('.png', '.jpg', '.jpeg', '.pdf', '.svg', '.tif', '.txt', '.md')
FACTS = 'facts.md'


class Picture(NamedTuple):
    """A PNG file with its name and what it shows."""

    name: str
    caption: str
    content: bytes


class Section(NamedTuple):
    """What there is to see of a data set, or of a domain of a mixture."""

    name: str
    wrong: list[str]
    tables: list[Table]
    pictures: list[Picture]


def check_out(out: str) -> None:
    """Refuses what cannot be written, before long work.

    Raises:
        UserError: ``out`` is of another kind, or its folder cannot be made.
    """
    path = Path(out)
    suffix = path.suffix.lower()
    if suffix in OTHER_FILES:
        raise UserError(f'{out} names a {suffix} file; --out is a folder or .html.')
    to_page = suffix in PAGE_SUFFIXES
    if to_page and path.is_dir():
        raise UserError(f'{out} is a folder; name another page or remove it.')
    if to_page:
        check_file(path)
    else:
        check_folder(path)


def write_report(out: str, title: str, sections: Sequence[Section]) -> None:
    """Writes the page, or the PNG files and their facts."""
    path = Path(out)
    if path.suffix.lower() in PAGE_SUFFIXES:
        write_text(path, page('browse', title, sections=sections))
        return
    texts, written = [f'# {title}'], set()
    for section in sections:
        prefix = f'{section.name.replace(" ", "_")}_' if section.name else ''
        texts += _lines(section, prefix)
        for drawn in section.pictures:
            name = f'{prefix}{drawn.name}.png'
            write_bytes(path / name, drawn.content)
            written.add(name)
    # Samples of an earlier, longer call would pass for some of this one.
    if (path / FACTS).exists():
        for old in path.glob('*sample_*.png'):
            if old.name not in written:
                old.unlink()
    write_text(path / FACTS, '\n\n'.join(texts) + '\n')


def _lines(section: Section, prefix: str) -> list[str]:
    """A section as Markdown."""
    wrong = '\n'.join(f'- {sentence}' for sentence in section.wrong)
    captions = [f'`{prefix}{p.name}.png`: {p.caption}' for p in section.pictures]
    return [
        *([f'## {section.name}'] if section.name else []),
        f'What looks wrong:\n\n{wrong}' if wrong else 'Nothing looks wrong.',
        *(table.markdown() for table in section.tables),
        *captions,
    ]
