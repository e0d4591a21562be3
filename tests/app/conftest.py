"""One browser for all tests: Playwright allows no second one in a thread."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.app.browser import chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser
