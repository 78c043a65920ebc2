"""Calls a tool from any folder: ``python -m glcnet_mm TOOL ...``."""

import ast
import os
import runpy
import sys
from pathlib import Path

from .shipped import shipped_file


def list_tools() -> str:
    """A line for every tool, the first of its own description."""
    lines = ['python -m glcnet_mm TOOL ..., where TOOL is one of', '']
    for path in sorted(shipped_file('tools').glob('*.py')):
        text = ast.get_docstring(ast.parse(path.read_text(encoding='utf-8'))) or ''
        lines.append(f'  {path.stem:<18}{text.partition(chr(10))[0]}')
    scripts = sorted(path.stem for path in shipped_file('tools').glob('*.sh'))
    lines += [f'  {name:<18}The same on several processes.' for name in scripts]
    configs = shipped_file('configs')
    return '\n'.join([*lines, '', f'Configs are in {configs}.'])


def find_tool(name: str) -> Path | None:
    """The file of a tool; its name goes with or without ``.py``."""
    tools = shipped_file('tools')
    names = [name] if name.endswith(('.py', '.sh')) else [f'{name}.py', f'{name}.sh']
    found = [tools / n for n in names if Path(n).name == n and (tools / n).is_file()]
    return found[0] if found else None


def main() -> None:
    """Runs the named tool in this process as if it had been called by its path."""
    name, *arguments = sys.argv[1:] or ['--help']
    if name in ('-h', '--help'):
        print(list_tools())  # noqa: T201
        return
    path = find_tool(name)
    if path is None:
        sys.exit(f'Error: there is no tool {name}; python -m glcnet_mm lists them.')
    if path.suffix == '.sh':
        os.execvp('bash', ['bash', str(path), *arguments])
    sys.argv = [str(path), *arguments]
    runpy.run_path(str(path), run_name='__main__')


if __name__ == '__main__':
    main()
