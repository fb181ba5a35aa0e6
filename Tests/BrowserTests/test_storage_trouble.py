"""The page for a fault of ours: another program keeps the database to itself, as a forgotten shell would."""

import contextlib
import re
import sqlite3

import pytest

from phone import Phone
from public_url import LocalhostProvider
from test_consent import CONFIGURATION, open_request
from test_pages import LANGUAGES


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("storage-trouble")


@pytest.fixture(scope="module")
def provider(folder):
    provider = LocalhostProvider(folder, CONFIGURATION)
    yield provider
    provider.stop()


@contextlib.contextmanager
def locked(database):
    other = sqlite3.connect(database, isolation_level=None, timeout=10)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_database_that_does_not_answer(provider, folder, any_phone, language):
    visitor = any_phone(languages=LANGUAGES[language], dark=language == "en", size=(360, 640), scripts=False)
    with locked(folder / "wxidp.sqlite"):
        open_request(visitor, provider, "shop")
        assert visitor.marker == "internal-error"
        assert visitor.status == 503
        assert visitor.language == language
        request = visitor.text(".request code")
        assert re.fullmatch("[0-9a-f]{16}", request)
        visitor.shoot(f"page-internal-error-{language}")
        # The operator finds the reason under the id that the visitor reads out.
        assert any(request in line and " error " in line for line in (folder / "serve.log").read_text().splitlines())
    open_request(visitor, provider, "shop")
    assert visitor.marker == "sign-in"
    assert visitor.is_shown(Phone.MAIN)
