"""Writes README.md and metafile.yml of every method's folder and model-index.yml.

python .dev/model_index.py
"""

import ast
import csv
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = ROOT / 'configs'
HEADLINE = CONFIGS / 'glcnet_potsdam.py'
GLCNET = (
    'Global and Local Contrastive Self-Supervised Learning for Semantic Segmentation '
    'of HR Remote Sensing Images (TGRS 2022)',
    'https://doi.org/10.1109/TGRS.2022.3147513',
)
TMCNET = ('TMCNet (TGRS 2025)', 'https://doi.org/10.1109/TGRS.2025.3542868')
# Folder: name, paper, its address.
METHODS = {
    'glcnet': ('GLCNet', *GLCNET),
    'simclr': ('SimCLR', 'SimCLR (ICML 2020)', 'https://arxiv.org/abs/2002.05709'),
    'moco': ('MoCo v2', 'MoCo v2 (2020)', 'https://arxiv.org/abs/2003.04297'),
    'jigsaw': (
        'Jigsaw',
        'Unsupervised Learning of Visual Representations by Solving Jigsaw Puzzles '
        '(ECCV 2016)',
        'https://arxiv.org/abs/1603.09246',
    ),
    'inpainting': (
        'Inpainting',
        'Context Encoders: Feature Learning by Inpainting (CVPR 2016)',
        'https://arxiv.org/abs/1604.07379',
    ),
    'multitask': ('Multi-task', 'Li, Chen and Shi (JSTARS 2021)', ''),
    'mpinet': (
        'MPINet',
        'Liu, Li and Li (Adv. Space Res. 2025)',
        'https://doi.org/10.1016/j.asr.2024.10.026',
    ),
    'tmcnet': ('TMCNet', *TMCNET),
    'mssnet': ('MSSNet', *TMCNET),
    'deeplabv3plus': (
        'DeepLabV3+',
        'Encoder-Decoder with Atrous Separable Convolution for Semantic Image '
        'Segmentation (ECCV 2018)',
        'https://arxiv.org/abs/1802.02611',
    ),
    'segformer': (
        'SegFormer',
        'SegFormer (NeurIPS 2021)',
        'https://arxiv.org/abs/2105.15203',
    ),
    'upernet': (
        'UPerNet',
        'Unified Perceptual Parsing for Scene Understanding (ECCV 2018)',
        'https://arxiv.org/abs/1807.10221',
    ),
}
HARDWARE = '2 cores of an Intel Xeon with AMX, no GPU'
# Studies whose small recipes are configs of the folders: rows of docs/results.
STUDIES = ('india', 'dubai', 'ombria')
# Name of a row of a study and the folder whose method it is.
ROWS = {
    'glcnet': ('GLCNet', 'Early concatenation, GLCNet'),
    'mssnet': ('TMCNet + MSSNet', 'Two streams, random'),
    'deeplabv3plus': ('Random', 'Early concatenation, random'),
    'tmcnet': ('TMCNet + MSSNet',),
    'multitask': ('Multi-task',),
}


def configs_of(folder: str) -> list[Path]:
    """Configs of a method; the headline entry is GLCNet's first."""
    paths = sorted((CONFIGS / folder).glob('*.py'))
    return [HEADLINE, *paths] if folder == 'glcnet' else paths


def summary_of(path: Path) -> str:
    """First line of a config's own description."""
    return ast.get_docstring(ast.parse(path.read_text())).partition('\n')[0]


def field(path: Path, name: str, default: str) -> str:
    """Paper, backbone and data by the parts of a config's name."""
    if path == HEADLINE:
        return dict(backbone='r50', data='potsdam')[name]
    parts = path.stem.split('_')
    return dict(backbone=parts[1], data=parts[-1]).get(name, default)


def measured(folder: str) -> list[tuple[str, str, str, float, float, int]]:
    """Study, row, share, mean Kappa and OA in per cent and draws, of a method."""
    names = ROWS.get(folder, (METHODS[folder][0],))
    rows = []
    for study in STUDIES:
        groups: dict[tuple[str, str], list[dict]] = {}
        with open(ROOT / f'docs/results/{study}_results.csv', newline='') as file:
            for row in csv.DictReader(file):
                if row['method'] in names:
                    groups.setdefault((row['method'], row['fraction']), []).append(row)
        for (method, share), runs in groups.items():
            means = [
                sum(float(r[k]) for r in runs) / len(runs) for k in ('Kappa', 'OA')
            ]
            rows.append((study, method, share, *means, len(runs)))
    return rows


def metafile(folder: str) -> str:
    """Text of a folder's metafile.yml."""
    name, title, url = METHODS[folder]
    collection = dict(
        Name=name, Paper=dict(Title=title, URL=url), README=readme(folder)
    )
    models = [
        dict(
            Name=path.stem,
            In_Collection=name,
            Config=str(path.relative_to(ROOT)),
            Metadata=dict(
                {'Training Data': field(path, 'data', '')},
                Architecture=field(path, 'backbone', ''),
            ),
        )
        for path in configs_of(folder)
    ]
    content = dict(Collections=[collection], Models=models)
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=88)


def readme(folder: str) -> str:
    """Path of a folder's README.md from the root."""
    return f'configs/{folder}/README.md'


def page(folder: str) -> str:
    """Text of a folder's README.md."""
    name, title, url = METHODS[folder]
    paper = f'[{title}]({url})' if url else title
    lines = [f'# {name}', '', f'{paper}.', '', '| config | what it is |', '|---|---|']
    for path in configs_of(folder):
        link = path.name if path.parent.name == folder else f'../{path.name}'
        lines.append(f'| [{path.stem}]({link}) | {summary_of(path)} |')
    rows = measured(folder)
    if rows:
        lines += ['', '## Measured', '']
        lines += [
            f'Means over draws of the labels, short runs of the small recipes on '
            f'{HARDWARE}; intervals and settings are on the pages of the studies.',
            '',
            '| study | row | share of the labels | Kappa | OA | draws |',
            '|---|---|---|---|---|---|',
        ]
        for study, method, share, kappa, overall, draws in rows:
            lines.append(
                f'| [{study}](../../docs/results/{study}.md) | {method} | '
                f'{float(share):.0%} | {kappa:.2f} | {overall:.2f} | {draws} |'
            )
    else:
        lines += ['', 'Not yet measured.']
    return '\n'.join(lines) + '\n'


def generated() -> dict[Path, str]:
    """Text of every generated file."""
    texts = {}
    for folder in METHODS:
        texts[ROOT / readme(folder)] = page(folder)
        texts[CONFIGS / folder / 'metafile.yml'] = metafile(folder)
    index = dict(Import=[f'configs/{folder}/metafile.yml' for folder in METHODS])
    texts[ROOT / 'model-index.yml'] = yaml.safe_dump(index, sort_keys=False)
    return texts


if __name__ == '__main__':
    for path, text in generated().items():
        path.write_text(text, encoding='utf-8')
