"""A person without a browser: follows redirects and presses the main control of each page, inside WeChat."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/15E148 MicroMessenger/8.0.31(0x18001f2f) NetType/WIFI Language/zh_CN"
)

# What the main control of a page says, ours and WeChat's.
MAIN = re.compile("微信|WeChat|登录|Sign in|继续|Continue|同意|允许|Allow")


class Controls(HTMLParser):
    """The links and form buttons of a page, in order: (text, method, address, fields)."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self._form = None
        self._open = None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self._form = (attributes.get("method", "get").lower(), attributes.get("action", ""), [])
        elif tag == "input" and self._form:
            self._form[2].append((attributes.get("name"), attributes.get("value", "")))
        elif tag == "a":
            self._open = ["", "get", attributes.get("href", ""), []]
        elif tag == "button" and self._form:
            method, action, fields = self._form
            own = [(attributes["name"], attributes.get("value", ""))] if "name" in attributes else []
            self._open = ["", method, action, fields + own]

    def handle_data(self, data):
        if self._open:
            self._open[0] += data

    def handle_endtag(self, tag):
        if tag in ("a", "button") and self._open:
            self.found.append(tuple(self._open))
            self._open = None
        elif tag == "form":
            self._form = None


class Visitor:
    def __init__(self, user):
        self._session = requests.Session()
        self._session.headers["User-Agent"] = WECHAT
        self._session.headers["Accept"] = "text/html"
        self._session.headers["Accept-Language"] = "zh-CN"
        # Only the simulator looks at it: who holds the phone.
        self._session.headers["SIMULATOR-USER"] = user

    def sign_in(self, address, callback):
        """From an authorization request to the address that the application would be called back at."""
        return self._walk(address, lambda following: following.startswith(callback))

    def open(self, address, **headers):
        """A page of a site, signing in on the way when the site asks for it: the site's last answer."""
        site = "{0.scheme}://{0.netloc}/".format(urlsplit(address))
        return self._walk(address, lambda _: False, lambda page: page.url.startswith(site), headers)

    def get(self, address):
        """One request, following nothing."""
        return self._session.get(address, allow_redirects=False, timeout=15)

    def _walk(self, address, ends_before, ends_with=lambda _: False, headers=None):
        """Follows redirects and presses main controls until an address or a page that is the end."""
        response = self._session.get(address, headers=headers, allow_redirects=False, timeout=15)
        for _ in range(30):
            if response.is_redirect:
                following = urljoin(response.url, response.headers["Location"])
                if ends_before(following):
                    return following
                response = self._session.get(following, headers=headers, allow_redirects=False, timeout=15)
                continue
            if ends_with(response):
                return response
            assert response.status_code == 200, f"{response.status_code} at {response.url}: {response.text[:2000]}"
            method, action, fields = self._main_control(response)
            response = self._session.request(
                method, urljoin(response.url, action), data=fields or None, allow_redirects=False, timeout=15)
        raise AssertionError(f"thirty steps and still at {response.url}")

    @staticmethod
    def _main_control(page):
        for text, method, action, fields in Controls(page.text).found:
            if MAIN.search(text):
                return method, action, fields
        raise AssertionError(f"nothing to press at {page.url}: {page.text[-2000:]}")
