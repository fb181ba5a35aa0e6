"""Signing in on a computer with a phone beside it: two browsers, the provider between them."""

import base64
import hashlib
from urllib.parse import urlencode

import pytest

from phone import DESKTOP, SAFARI, Phone

LANGUAGES = {"zh-CN": "zh-CN,zh;q=0.9", "en": "en-US,en;q=0.9"}
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()

# Somebody whom no other test expects to be new.
PERSON = "empty-name"


def request(demo, client="demo-shop", **more):
    return f"{demo.provider}/oidc/auth?" + urlencode({
        "response_type": "code", "client_id": client, "redirect_uri": demo.shop(path="/auth/callback"),
        "scope": "openid profile", "state": "browser-tests", "code_challenge": CHALLENGE,
        "code_challenge_method": "S256", **more})


def ticket(desktop):
    """What stands in the QR code; with a simulator the page links to it as well."""
    return desktop.attribute("a.link[href*='/oidc/scan/']", "href").split("?")[0]


def number(desktop):
    return desktop.text(".number strong")


def sign_in(visitor):
    """Whatever the phone is asked before the page with the numbers: nothing, when the person is known."""
    visitor.wait_for(lambda: visitor.marker in ("sign-in", "scan-confirm"), "the phone should be asked something")
    if visitor.marker == "sign-in":
        visitor.reach_consent()
        visitor.allow()
    visitor.wait_for_page("scan-confirm")


def confirm(visitor, address):
    """From the QR code to the page with the numbers."""
    visitor.open(address)
    sign_in(visitor)


def pick(visitor, value):
    visitor.tap(f"button[name=number][value='{value}']")


def wrong(visitor, desktop):
    numbers = visitor.run("return Array.from(document.querySelectorAll('button[name=number]'), (one) => one.value)")
    assert len(numbers) == 3 and number(desktop) in numbers
    return next(one for one in numbers if one != number(desktop))


def is_back(demo, desktop):
    """The whole window is at the application, whose page has taken the answer out of the address; and signed in."""
    desktop.wait_for(lambda: desktop.url.startswith(demo.shop()), "the whole window should be at the application")
    desktop.open(request(demo, "demo-shop-desktop"))
    desktop.wait_for(lambda: desktop.url.startswith(demo.shop()), "the browser should stay signed in")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_desktop_signs_in_by_scan(demo, simulator, phone, language):
    simulator.behave(defaultUser=PERSON)
    desktop = phone(user_agent=DESKTOP, languages=LANGUAGES[language], dark=language == "en", size=(1280, 900))
    desktop.start_sign_in(demo.shop())
    desktop.wait_for_page("scan")
    desktop.shoot(f"scan-desktop-{language}")
    assert desktop.attribute(".code", "ariaLabel")
    visitor = phone(languages=LANGUAGES[language], dark=language == "en", size=(360, 740))
    confirm(visitor, ticket(desktop))
    visitor.shoot(f"scan-confirm-{language}")
    assert "Chrome" in visitor.text(".details") and "Linux" in visitor.text(".details")
    pick(visitor, number(desktop))
    visitor.wait_for_page("scan-done")
    visitor.shoot(f"scan-done-{language}")
    # Nobody touches the desktop: it goes on by the event.
    desktop.wait_until_signed_in()
    visitor.open(visitor.url.removesuffix("/confirm"))
    visitor.wait_for_page("scan-over")
    visitor.shoot(f"scan-over-{language}")


def test_the_page_asks_again_where_there_are_no_event_streams(demo, simulator, phone):
    simulator.behave(defaultUser=PERSON)
    desktop = phone(user_agent=DESKTOP, size=(1280, 900))
    desktop._tell("Page.addScriptToEvaluateOnNewDocument", source="delete window.EventSource")
    desktop.start_sign_in(demo.shop())
    desktop.wait_for_page("scan")
    visitor = phone()
    confirm(visitor, ticket(desktop))
    pick(visitor, number(desktop))
    desktop.wait_until_signed_in()


def test_a_desktop_without_scripts_goes_on_by_a_link(demo, simulator, phone):
    simulator.behave(defaultUser=PERSON)
    desktop = phone(user_agent=DESKTOP, size=(1280, 900), scripts=False)
    desktop.open(request(demo))
    desktop.wait_for_page("scan")
    desktop.tap(Phone.MAIN)
    desktop.wait_for_page("scan")
    visitor = phone(scripts=False)
    confirm(visitor, ticket(desktop))
    pick(visitor, number(desktop))
    visitor.wait_for_page("scan-done")
    desktop.tap(Phone.MAIN)
    desktop.wait_for(lambda: "code=" in desktop.url, "the application should get its code")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_number_ends_the_code_and_a_press_shows_another(demo, simulator, phone, language):
    simulator.behave(defaultUser=PERSON)
    desktop = phone(user_agent=DESKTOP, languages=LANGUAGES[language], size=(360, 740))
    desktop.start_sign_in(demo.shop())
    desktop.wait_for_page("scan")
    desktop.shoot(f"scan-narrow-{language}")
    before = ticket(desktop)
    visitor = phone(languages=LANGUAGES[language])
    confirm(visitor, before)
    pick(visitor, wrong(visitor, desktop))
    visitor.wait_for_page("scan-mismatch")
    visitor.shoot(f"scan-mismatch-{language}")
    desktop.wait_for_page("scan-wrong-number")
    desktop.shoot(f"scan-wrong-number-{language}")
    desktop.tap(Phone.MAIN)
    desktop.wait_for_page("scan")
    assert ticket(desktop) != before
    visitor.open(ticket(desktop))
    visitor.wait_for_page("scan-confirm")
    visitor.tap("button[value=deny]")
    visitor.wait_for_page("scan-denied")
    visitor.shoot(f"scan-denied-{language}")
    # The application hears of it by itself.
    assert desktop.wait_for_message().text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_camera_that_opens_another_browser_is_sent_to_wechat(demo, simulator, phone, language):
    desktop = phone(user_agent=DESKTOP, size=(1280, 900))
    desktop.open(request(demo))
    desktop.wait_for_page("scan")
    visitor = phone(user_agent=SAFARI, languages=LANGUAGES[language], dark=language == "en", size=(360, 740))
    visitor.open(ticket(desktop))
    visitor.wait_for_page("scan-outside")
    visitor.shoot(f"scan-outside-{language}")
    visitor.open(ticket(desktop) + "/confirm")
    visitor.wait_for_page("scan-sign-in-first")
    visitor.shoot(f"scan-sign-in-first-{language}")


def test_one_person_can_try_it_alone_with_the_simulator(demo, simulator, phone):
    simulator.behave(defaultUser=PERSON, userAgentGate=False)
    visitor = phone(user_agent=DESKTOP, size=(1280, 900))
    visitor.start_sign_in(demo.shop())
    visitor.wait_for_page("scan")
    shown = number(visitor)
    first = visitor.driver.current_window_handle
    visitor.tap("a.link[href*='/oidc/scan/']")
    visitor.wait_for(lambda: len(visitor.driver.window_handles) == 2, "the phone should be a tab of its own")
    visitor.driver.switch_to.window(next(one for one in visitor.driver.window_handles if one != first))
    sign_in(visitor)
    pick(visitor, shown)
    visitor.wait_for_page("scan-done")
    visitor.driver.switch_to.window(first)
    visitor.wait_until_signed_in()


@pytest.mark.parametrize("language", LANGUAGES)
def test_wechats_own_code_in_a_frame_signs_the_window_in(demo, simulator, phone, language):
    simulator.behave(defaultUser=PERSON)
    desktop = phone(user_agent=DESKTOP, languages=LANGUAGES[language], dark=language == "en", size=(1280, 900))
    desktop.open(request(demo, "demo-shop-desktop"))
    desktop.wait_for_page("website")
    desktop.wait_for(lambda: desktop.is_shown("iframe.frame"), "WeChat's code should be shown")
    desktop.driver.switch_to.frame(0)
    desktop.wait_for(lambda: desktop.is_shown("#qr"), "the frame should show the code")
    uuid = desktop.run("return document.querySelector('#qr').dataset.uuid")
    desktop.driver.switch_to.default_content()
    desktop.shoot(f"website-{language}")
    simulator.confirm(uuid, PERSON)
    is_back(demo, desktop)


def test_wechats_own_code_in_the_whole_window(demo, simulator, phone):
    simulator.behave(defaultUser=PERSON)
    desktop = phone(user_agent=DESKTOP, size=(360, 740))
    desktop.open(request(demo, "demo-shop-desktop"))
    desktop.wait_for_page("website")
    desktop.tap(Phone.MAIN)
    desktop.wait_for(lambda: desktop.is_shown("#qr"), "WeChat should show its code")
    simulator.confirm(desktop.run("return document.querySelector('#qr').dataset.uuid"), PERSON)
    is_back(demo, desktop)
