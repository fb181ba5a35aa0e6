"""A person's browser: headless Chromium that says it is WeChat, and the taps a person makes."""

import base64
import shutil

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from demo import ARTEFACTS

SCREENSHOTS = ARTEFACTS / "screenshots"
TIMEOUT = 15

WECHAT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/15E148 MicroMessenger/8.0.31(0x18001f2f) NetType/WIFI Language/zh_CN"
)
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 "
    "Mobile/15E148 Safari/604.1"
)


# #07C160
GREEN = "rgb(7, 193, 96)"

COLORS_OF_MAIN_CONTROLS = """
    return Array.from(document.querySelectorAll('.button.main, button.main'))
        .filter((control) => control.checkVisibility())
        .map((control) => getComputedStyle(control).backgroundColor);"""

# Characters that stand at another height than the one before them.
LINES_THAT_BEGIN_WITH_PUNCTUATION = """
    const found = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let before = null;
    while (texts.nextNode()) {
        const text = texts.currentNode.data;
        for (let at = 0; at < text.length; at++) {
            const range = document.createRange();
            range.setStart(texts.currentNode, at);
            range.setEnd(texts.currentNode, at + 1);
            const box = range.getBoundingClientRect();
            if (!box.width) continue;
            if ('，。、；：！？”）》'.includes(text[at]) && before && before.bottom <= box.top) found.push(text);
            before = box;
        }
    }
    return found;"""


class Phone:
    def __init__(self, user_agent=WECHAT, languages="zh-CN,zh;q=0.9", dark=False, size=(390, 844), scripts=True,
                 any_certificate=False):
        options = webdriver.ChromeOptions()
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(argument)
        if any_certificate:
            options.add_argument("--ignore-certificate-errors")
        options.binary_location = shutil.which("chromium") or ""
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.driver.set_page_load_timeout(30)
        width, height = size
        self._tell("Emulation.setDeviceMetricsOverride",
                   width=width, height=height, deviceScaleFactor=2, mobile=width < 600)
        self._tell("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.become(user_agent, languages, dark)

    def become(self, user_agent=WECHAT, languages="zh-CN,zh;q=0.9", dark=False):
        """Another person's phone, without starting another browser."""
        self.forget_cookies()
        self.impersonate(user_agent, languages)
        self._tell("Emulation.setEmulatedMedia",
                   features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def impersonate(self, user_agent, languages="zh-CN,zh;q=0.9"):
        """Another browser, with the same cookies; windows that it opens are not concerned."""
        self._tell("Emulation.setUserAgentOverride", userAgent=user_agent, acceptLanguage=languages)

    def close(self):
        self.driver.quit()

    def _tell(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    # Looking

    @property
    def url(self):
        return self.driver.current_url

    @property
    def language(self):
        return self._one("html").get_attribute("lang")

    @property
    def marker(self):
        """Which page of the provider this is; None when it is none."""
        # In one step, as the page may go away meanwhile.
        return self.run("return document.querySelector('meta[name=wxidp-page]')?.content ?? null")

    @property
    def status(self):
        """The HTTP status of the page."""
        return self.run("return performance.getEntriesByType('navigation')[0].responseStatus")

    def text(self, selector):
        return self._one(selector).get_property("textContent").strip()

    def attribute(self, selector, name):
        return self._one(selector).get_property(name)

    @property
    def cookies(self):
        """The cookies that the browser holds for this page, by name."""
        return {cookie["name"]: cookie for cookie in self.driver.get_cookies()}

    def is_shown(self, selector):
        return any(element.is_displayed() for element in self.driver.find_elements(By.CSS_SELECTOR, selector))

    def count(self, selector):
        return len(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def run(self, script):
        return self.driver.execute_script(script)

    def ask(self, address, method="GET", body=None, credentials="omit"):
        """What the page itself gets from an address: status and JSON, or the name of the error."""
        return self.driver.execute_async_script("""
            const [address, method, body, credentials, done] = arguments;
            const headers = body === null ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' };
            fetch(address, { method, body, headers, credentials })
                .then(async (answer) => done({ status: answer.status, body: await answer.json() }))
                .catch((error) => done(error.name));""", address, method, body, credentials)

    def wait_for(self, condition, what):
        # A page may go away while it is looked at.
        waiting = WebDriverWait(self.driver, TIMEOUT, ignored_exceptions=[StaleElementReferenceException])
        return waiting.until(lambda _: condition(), f"{what}, but this is {self.url}")

    def wait_for_page(self, marker):
        self.wait_for(lambda: self.marker == marker, f"the page {marker} should come")

    def shoot(self, name):
        """Keeps a screenshot, and looks at what a program can judge of it."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        # The pointer of the last tap may rest on a control of this page, which has another colour then.
        self._tell("Input.dispatchMouseEvent", type="mouseMoved", x=0, y=0)
        shot = self._tell("Page.captureScreenshot", format="png")
        (SCREENSHOTS / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))
        self.check_layout()

    def check_layout(self):
        """Nothing scrolls sideways, a thumb can hit every control, the main one is WeChat's green, and no line of
        Chinese begins with a comma."""
        # Not innerWidth: a phone zooms out until everything is in it.
        width, room = self.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width <= room, f"{self.url} is {width - room} px too wide"
        for element in self.driver.find_elements(By.CSS_SELECTOR, "a, button"):
            if element.is_displayed():
                assert element.rect["height"] >= 44 and element.rect["width"] >= 44, f"{element.text}: {element.rect}"
        for color in self.run(COLORS_OF_MAIN_CONTROLS):
            assert color == GREEN, f"{self.url}: the main control is {color}"
        assert self.run(LINES_THAT_BEGIN_WITH_PUNCTUATION) == []

    def policy_violations(self):
        return [entry["message"] for entry in self.driver.get_log("browser")
                if "Content Security Policy" in entry["message"]]

    # Doing

    def open(self, url):
        self.driver.get(url)

    def tap(self, selector):
        self.wait_for(lambda: self.is_shown(selector), f"{selector} should be there to tap")
        self._one(selector).click()

    def type(self, selector, text):
        self._one(selector).send_keys(text)

    def forget_cookies(self):
        self._tell("Network.clearBrowserCookies")

    def _one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    # The steps of a sign-in

    ALLOW = "form[action='/connect/oauth2/authorize/decision'] button[value=allow]"
    REFUSE = "form[action='/connect/oauth2/authorize/decision'] button[value=refuse]"
    MAIN = ".button.main"

    def start_sign_in(self, url):
        self.open(url)
        self.tap("#sign-in")

    def reach_consent(self):
        """From the provider's page with one button to WeChat's question."""
        self.wait_for_page("sign-in")
        self.tap(self.MAIN)
        self.wait_for(lambda: self.is_shown(self.ALLOW), "WeChat should ask")

    def allow(self):
        self.tap(self.ALLOW)

    def refuse(self):
        self.tap(self.REFUSE)

    def wait_until_signed_in(self):
        """The name the shop shows, once its back end has verified the token."""
        self.wait_for(lambda: self.is_shown("#verified"), "the shop should show the visitor")
        assert "failed" not in self._one("#verified").get_attribute("class"), self.text("#verified")
        return self.text("#name")

    def wait_for_message(self):
        self.wait_for(lambda: self.is_shown("#message"), "the shop should say why not")
        return self._one("#message")
