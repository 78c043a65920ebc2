"""The small run that the tests of the engine use."""

from tests.engine.conftest import finetuning, quick  # noqa: F401
