"""The main job, as a person does it: a page inside WeChat signs its visitor in."""

import pytest

from phone import DESKTOP


@pytest.mark.parametrize("host, languages, lang, user, name, dark", [
    ("127.0.0.1", "zh-CN,zh;q=0.9", "zh-CN", "xiaoming", "小明🐧", False),
    # Another host altogether: the token endpoint is asked across origins.
    ("localhost", "en-US,en;q=0.9", "en", "alice", "Alice", True),
])
def test_sign_in_with_code_and_pkce(demo, simulator, phone, host, languages, lang, user, name, dark):
    simulator.behave(defaultUser=user)
    visitor = phone(languages=languages, dark=dark)
    visitor.open(demo.shop(host))
    visitor.wait_for(lambda: visitor.is_shown("#sign-in"), "the shop should invite")
    visitor.shoot(f"shop-{lang}")
    visitor.tap("#sign-in")
    visitor.wait_for_page("sign-in")
    assert visitor.language == lang
    assert ("微信" if lang == "zh-CN" else "WeChat") in visitor.text(visitor.MAIN)
    visitor.shoot(f"sign-in-{lang}")
    visitor.reach_consent()
    visitor.shoot(f"consent-{lang}")
    visitor.allow()
    assert visitor.wait_until_signed_in() == name
    assert visitor.text("#issuer") == f"{demo.provider}/oidc"
    visitor.shoot(f"signed-in-{lang}")
    # Nothing of the answer stays in the address bar.
    assert visitor.url == demo.shop(host, "/auth/callback")
    # The page asked the provider itself, which is another origin.
    assert visitor.run("return location.origin") != demo.provider
    assert visitor.run("return performance.getEntriesByType('resource').map((entry) => entry.name)").count(
        f"{demo.provider}/oidc/token") == 1


@pytest.mark.parametrize("path, body, error", [
    ("/oidc/token", "grant_type=authorization_code&client_id=demo-shop&code=wrong&redirect_uri=x", "invalid_grant"),
    ("/oidc/token", "grant_type=authorization_code&client_id=nobody", "invalid_client"),
    ("/oidc/me", "access_token=wrong", "invalid_token"),
])
def test_a_page_of_another_origin_can_read_why_it_is_refused(demo, phone, path, body, error):
    visitor = phone()
    visitor.open(demo.shop("localhost"))
    answer = visitor.ask(demo.provider + path, "POST", body)
    assert answer["body"]["error"] == error and 400 <= answer["status"] < 500, answer


def test_a_page_of_another_origin_cannot_send_the_visitors_cookies(demo, phone):
    visitor = phone()
    visitor.open(demo.shop("localhost"))
    assert visitor.ask(demo.provider + "/oidc/token", "POST", "", credentials="include") == "TypeError"


def test_a_known_person_passes_without_any_page(demo, simulator, phone):
    simulator.behave(defaultUser="long-name")
    first = phone()
    first.start_sign_in(demo.shop())
    first.reach_consent()
    first.shoot("consent-long-name")
    first.allow()
    name = first.wait_until_signed_in()
    subject = first.text("#subject")
    first.shoot("signed-in-long-name")
    # Another browser, so that only WeChat knows who this is.
    second = phone()
    second.start_sign_in(demo.shop())
    assert second.wait_until_signed_in() == name
    assert second.text("#subject") == subject
    # Redirects all the way, on which the browser carries WeChat's fragment along.
    assert second.url == demo.shop(path="/auth/callback")


def test_the_authing_snippet(demo, simulator, phone):
    simulator.behave(defaultUser="emoji-only")
    visitor = phone()
    visitor.open(demo.shop(path="/legacy"))
    visitor.shoot("shop-legacy")
    visitor.tap("#sign-in")
    visitor.reach_consent()
    visitor.allow()
    assert visitor.wait_until_signed_in() == "👨‍👩‍👧‍👦🏳️‍🌈"
    assert "#" not in visitor.url and "data=" not in visitor.url
    visitor.shoot("signed-in-legacy")


@pytest.mark.parametrize("user, name", [
    ("html", "<script>alert(1)</script>\"'&<b>"),
    ("combining-html", "\"\u0301><\u200dimg src=x onerror=alert(1)>\ufe0f"),
    ("json", '","errcode":40029,"x":"\\'),
])
def test_a_name_is_only_ever_text(demo, simulator, phone, user, name):
    simulator.behave(defaultUser=user)
    visitor = phone()
    visitor.start_sign_in(demo.shop())
    visitor.reach_consent()
    visitor.allow()
    assert visitor.wait_until_signed_in() == name
    assert visitor.run("return document.querySelectorAll('#name *, img[src=x], b').length") == 0
    visitor.shoot(f"signed-in-{user}")


def test_a_person_without_a_name(demo, simulator, phone):
    simulator.behave(defaultUser="nobody")
    visitor = phone()
    visitor.start_sign_in(demo.shop())
    visitor.reach_consent()
    visitor.allow()
    assert visitor.wait_until_signed_in() == "微信用户"


def test_a_callback_that_comes_twice(demo, simulator, phone):
    simulator.behave(defaultUser="right-to-left", callbackRepeat="otherVisitorFirst")
    visitor = phone()
    visitor.start_sign_in(demo.shop())
    visitor.reach_consent()
    visitor.allow()
    visitor.wait_until_signed_in()
    exchanged = [call["outcome"] for call in simulator.calls("exchange")]
    # Once without a page and once after the tap; the other visitor's request exchanged nothing.
    assert len(exchanged) == 2, exchanged


def test_going_on_in_a_desktop_browser_when_wechat_is_simulated(demo, simulator, phone):
    simulator.behave(defaultUser="control-characters", userAgentGate=False)
    visitor = phone(user_agent=DESKTOP, size=(1280, 800))
    visitor.start_sign_in(demo.shop())
    visitor.wait_for_page("scan")
    visitor.tap("a.link[href*='/oidc/auth/'][href*='step=here']")
    visitor.wait_for_page("sign-in")
    visitor.shoot("sign-in-desktop")
    visitor.reach_consent()
    visitor.allow()
    assert visitor.wait_until_signed_in().startswith("铃")
    visitor.shoot("signed-in-desktop")
