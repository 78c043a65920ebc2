"""Whether the compiler is tracing the code that asks."""

import torch


def is_compiling() -> bool:
    """True while ``torch.compile`` or ``torch.export`` traces the caller."""
    if hasattr(torch.compiler, 'is_compiling'):
        return torch.compiler.is_compiling()
    # torch up to 2.2, where importing it takes a second.
    from torch._dynamo.external_utils import is_compiling as traced

    return traced()
