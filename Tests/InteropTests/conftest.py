import secrets
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from apache import apache  # noqa: E402
from flask_site import create_site  # noqa: E402
from provider import Provider  # noqa: E402
from serving import serving  # noqa: E402


@pytest.fixture(scope="session")
def provider(tmp_path_factory):
    provider = Provider(tmp_path_factory.mktemp("wxidp"))
    yield provider
    provider.stop()


@pytest.fixture(scope="session")
def flask_site(provider):
    port = provider.site_ports["flask"]
    site = create_site(
        f"http://127.0.0.1:{port}", provider.issuer("default"), "flask", "interop-secret-of-the-flask-site")
    with serving(site, port) as url:
        yield url


@pytest.fixture(scope="session")
def apache_site(provider, tmp_path_factory):
    with apache(tmp_path_factory.mktemp("apache"), provider, "apache", "interop-secret-of-the-apache-site",
                passphrase=secrets.token_hex(32)) as url:
        yield url
