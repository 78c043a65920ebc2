"""Names of classes and methods stay names in every table and log."""

import csv
import html
import io
import re
from types import SimpleNamespace

import pytest
from markdown_it import MarkdownIt

from glcnet_mm.inspection.output import Picture, Section
from glcnet_mm.mapping.report import ClassArea, write_report
from glcnet_mm.studies.folder import StudyFolder
from glcnet_mm.studies.plan import Cell
from glcnet_mm.studies.report import study_facts
from glcnet_mm.studies.results import Result, results_csv
from glcnet_mm.studies.scheduler import _Run
from glcnet_mm.visualization.page import Table, csv_text, markdown_text, page

FORMULAS = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1']


@pytest.mark.parametrize('name', FORMULAS)
def test_no_cell_of_a_table_is_a_formula(name, tmp_path):
    result = Result(
        name, 0.1, 0, None, 5, {'OA': 1.0}, {name: 2.0}, choice=name
    )  # fmt: skip
    rows = list(csv.reader(io.StringIO(results_csv([result]))))
    write_report(tmp_path / 'areas.csv', {name: [ClassArea(0, name, 3, None)]})
    rows += list(csv.reader(open(tmp_path / 'areas.csv', newline='')))
    cells = [cell for row in rows for cell in row]
    assert not any(re.match(r'\s*[=+@\-\t\r]', cell) for cell in cells)
    assert csv_text('class -1 = water') == 'class -1 = water'


def test_no_name_is_markup_in_tables():
    name = '[x](http://y) | <b>*a*</b> _b_ `c`\n# d'
    escaped = markdown_text(name)
    assert '\n' not in escaped and re.sub(r'\\(.)', r'\1', escaped) == ' '.join(
        name.split()
    )
    # Nothing is left unescaped that Markdown would act on.
    assert not re.search(r'(?<!\\)[\[\]|<>*`#]', escaped)
    lines = Table(f't {name}', ['method', name], [[name, '1 [2, 3]']]).markdown()
    assert lines.count(escaped) == 3 and '1 [2, 3]' in lines
    assert all(line.count('|') - line.count('\\|') == 3 for line in
               lines.splitlines() if line.startswith('| '))  # fmt: skip
    assert markdown_text('pre_training 1.5') == 'pre_training 1.5'


@pytest.mark.parametrize(
    'name',
    [
        '_b_ c',
        '&lt;i&gt; &copy;',
        r'\\*a* \_ b',
        '`c` **d** <i>e</i>',
        '[x](y) ![z](w) ~~v~~',
    ],
)
def test_a_reader_of_markdown_shows_the_name(name):
    """By a parser of CommonMark, which rich brings along."""
    reader = MarkdownIt().enable('strikethrough')
    shown = reader.renderInline(f'x {markdown_text(name)}')
    assert '<' not in shown and html.unescape(shown) == f'x {name}'


def test_no_name_is_markup_on_a_page():
    name = '"><script>alert(1)</script>&{{ 7 * 7 }}'
    table = Table(name, [name], [[name]], frozenset({(0, 0)}))
    section = Section(name, [name], [table], [Picture(name, name, b'png')])
    pages = {
        'browse': (page('browse', name, sections=[section]), 9),
        'study': (
            page(
                'study',
                name,
                facts=[name],
                tables=[table] * 3,
                figures={name: b'png'},
                text=name,
            ),
            14,
        ),
        'windows': (page('windows', name, facts=[name], figures={name: b'png'}), 5),
    }
    for text, count in pages.values():
        assert '<script' not in text
        shown = html.unescape(text)
        assert shown.count(name) == count
        assert 'src="data:image/png;base64,cG5n"' in text


def test_tables_stand_side_by_side_and_settings_behind_a_fold():
    facts, scores = Table('a', ['', ''], [['x', '1']]), Table('b', ['c', 'd'], [])
    shown = page('browse', 't', sections=[Section('', [], [facts, scores], [])])
    side = shown[shown.index('class="tables"') :]
    assert side.index('>a<') < side.index('>b<')
    # A table of facts has no row of empty headings.
    assert re.findall('<th>(.*?)</th>', shown) == ['c', 'd']
    study = page('study', 't', facts=[], tables=[facts] * 3, figures={}, text='seeds')
    assert re.search('<details><summary>.*?</summary><pre>seeds</pre></details>', study)


@pytest.mark.parametrize(
    'last', [b'[/bold] [link=x]y :boom:', b'\xff\xfe\xe4 broken', b'\x1b[2J gone']
)
def test_a_scheduler_survives_any_last_line(tmp_path, last, capsys):
    cell = Cell('finetuning/a', 'finetuning', None)
    study = SimpleNamespace(folder=StudyFolder(tmp_path), methods={})
    (tmp_path / cell.name).mkdir(parents=True)
    (tmp_path / cell.name / 'log.txt').write_bytes(b'first\n' + last + b'\n')
    run = _Run(study, {}, 1)
    run.cells = {cell.name: cell}
    run.running = {cell.name: (SimpleNamespace(exitcode=1), 0)}
    run._collect()
    shown = capsys.readouterr().out
    text = last.decode(errors='replace').replace('\x1b', '?')
    assert text in shown and text in run.failed[cell.name]


def test_a_study_without_pretraining_has_its_facts():
    budget = SimpleNamespace(iterations=3, batch_size=2)
    study = SimpleNamespace(pretraining=None, finetuning=budget)
    facts = study_facts(study, {})
    assert any(fact.startswith('Fine-tuning: 3 iterations') for fact in facts)
    assert not any(fact.startswith('Pre-training') for fact in facts)
