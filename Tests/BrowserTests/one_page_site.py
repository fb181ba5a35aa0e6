"""A site of 127.0.0.1 with one page, whatever the address: somebody's own page, or an attacker's."""

import contextlib
import sys
from pathlib import Path

from werkzeug.wrappers import Response

sys.path.insert(0, str(Path(__file__).parents[1] / "InteropTests"))

from serving import serving  # noqa: E402


class OnePageSite:
    def __init__(self):
        self.page = ""
        self.url = ""
        # What its back end was asked with.
        self.bearer = None

    def __call__(self, environ, start_response):
        self.bearer = environ.get("HTTP_AUTHORIZATION", self.bearer)
        return Response(self.page, content_type="text/html; charset=utf-8")(environ, start_response)


@contextlib.contextmanager
def one_page_site():
    site = OnePageSite()
    with serving(site) as url:
        site.url = url
        yield site
