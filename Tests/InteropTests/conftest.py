import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from provider import Provider  # noqa: E402


@pytest.fixture(scope="session")
def provider(tmp_path_factory):
    provider = Provider(tmp_path_factory.mktemp("wxidp"))
    yield provider
    provider.stop()
