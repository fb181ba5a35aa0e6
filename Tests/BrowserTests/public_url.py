"""Providers that people reach at another address than http://127.0.0.1."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "InteropTests"))

from provider import Provider  # noqa: E402


class LocalhostProvider(Provider):
    """For a template whose `public_url` is `http://localhost:{port}`: another site than 127.0.0.1 to a browser."""

    def __init__(self, folder, template):
        super().__init__(folder, template)
        self.url = self.url.replace("127.0.0.1", "localhost")


class TLSProvider(Provider):
    """For a template with `https://localhost:{port}` and the files `chain.pem` and `key.pem`, which are made here."""

    def __init__(self, folder, template):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-keyout", folder / "key.pem", "-out", folder / "chain.pem"],
            check=True, capture_output=True, timeout=30)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REQUESTS_CA_BUNDLE", str(folder / "chain.pem"))
            super().__init__(folder, template)
        self.url = self._public(self.url)

    def issuer(self, pool):
        return self._public(super().issuer(pool))

    @staticmethod
    def _public(url):
        return url.replace("http://127.0.0.1", "https://localhost")
