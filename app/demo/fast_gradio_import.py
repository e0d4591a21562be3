"""Importing Gradio without the stub files that it writes for editors."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def without_stubs() -> Iterator[None]:
    """Import Gradio in this block: parsing the source of each of its components to renew a .pyi beside it takes half of
    the import, at every start. It skips classes whose file it cannot find.
    """
    find = inspect.getfile

    def getfile(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError(f"no stub for {thing.__name__}")
        return find(thing)

    inspect.getfile = getfile  # type: ignore[assignment]  # a narrower function, for a while
    try:
        yield
    finally:
        inspect.getfile = find
