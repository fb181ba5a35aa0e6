"""What a visitor sees when it does not go well. Each test is a person of its own: the others are known already."""

import pytest

from phone import DESKTOP, SAFARI


@pytest.mark.parametrize("refusal", ["stateOnly", "authDeny"])
def test_refusing_at_wechat_brings_the_visitor_back(demo, simulator, phone, refusal):
    simulator.behave(defaultUser="no-avatar", refusal=refusal)
    visitor = phone()
    visitor.start_sign_in(demo.shop())
    visitor.reach_consent()
    visitor.refuse()
    message = visitor.wait_for_message()
    assert message.get_attribute("data-code") == "access_denied"
    assert visitor.url == demo.shop(path="/auth/callback")
    assert simulator.calls("profile") == []
    visitor.shoot(f"refused-{refusal}")


def test_refusing_the_legacy_way(demo, simulator, phone):
    simulator.behave(defaultUser="no-avatar", refusal="authDeny")
    visitor = phone()
    visitor.start_sign_in(demo.shop(path="/legacy"))
    visitor.reach_consent()
    visitor.refuse()
    assert "取消" in visitor.wait_for_message().text
    assert "state=" not in visitor.url and "message=" not in visitor.url
    visitor.shoot("refused-legacy")


def test_the_snapshot_page_signs_nobody_in(demo, simulator, phone):
    simulator.behave(defaultUser="text-sex", snapshot="always", snapshotDelivery="redirect")
    visitor = phone()
    visitor.start_sign_in(demo.shop())
    visitor.wait_for_page("sign-in")
    visitor.tap(visitor.MAIN)
    visitor.wait_for_page("snapshot")
    assert "使用完整服务" in visitor.text("main")
    assert not visitor.is_shown("#name")
    assert simulator.calls("profile") == []
    visitor.shoot("snapshot")
    # The person taps 使用完整服务 and is the real one now, whom nobody has seen yet.
    simulator.behave(snapshot="never")
    visitor.start_sign_in(demo.shop())
    visitor.reach_consent()
    visitor.allow()
    assert visitor.wait_until_signed_in() == "老样本"


def test_a_lost_cookie_costs_one_more_tap(demo, simulator, phone):
    simulator.behave(defaultUser="http-avatar")
    visitor = phone()
    visitor.start_sign_in(demo.shop())
    visitor.reach_consent()
    visitor.forget_cookies()
    visitor.allow()
    visitor.wait_for_page("one-more-tap")
    visitor.shoot("one-more-tap")
    visitor.tap(visitor.MAIN)
    visitor.reach_consent()
    visitor.allow()
    assert visitor.wait_until_signed_in() == "旧头像"


def test_a_browser_without_cookies_is_told_so(demo, simulator, phone):
    simulator.behave(defaultUser="missing-fields")
    visitor = phone()
    visitor.start_sign_in(demo.shop())
    visitor.reach_consent()
    visitor.forget_cookies()
    visitor.allow()
    visitor.wait_for_page("one-more-tap")
    visitor.tap(visitor.MAIN)
    visitor.reach_consent()
    visitor.forget_cookies()
    visitor.allow()
    visitor.wait_for_page("cookies-blocked")
    visitor.shoot("cookies-blocked")


@pytest.mark.parametrize("languages, lang, word", [("zh-CN", "zh-CN", "微信"), ("en", "en", "WeChat")])
def test_a_phones_other_browser_is_asked_to_open_wechat(demo, simulator, phone, languages, lang, word):
    visitor = phone(user_agent=SAFARI, languages=languages, dark=lang == "en", size=(360, 740))
    visitor.start_sign_in(demo.shop())
    visitor.wait_for_page("open-in-wechat")
    assert word in visitor.text("h1")
    visitor.shoot(f"open-in-wechat-{lang}")


def test_the_legacy_page_knows_that_it_is_not_in_wechat(demo, phone):
    visitor = phone(user_agent=DESKTOP)
    visitor.start_sign_in(demo.shop(path="/legacy"))
    assert "微信" in visitor.wait_for_message().text
    assert visitor.url == demo.shop(path="/legacy")


def test_wechat_in_trouble(demo, simulator, phone):
    simulator.behave(defaultUser="extra-fields")
    visitor = phone()
    visitor.start_sign_in(demo.shop())
    visitor.reach_consent()
    simulator.fail_next("exchange", kind="badGateway")
    visitor.allow()
    visitor.wait_for_page("wechat-unreadable")
    visitor.shoot("wechat-unreadable")
    visitor.tap(visitor.MAIN)
    visitor.wait_for(lambda: visitor.marker == "sign-in" or visitor.is_shown(visitor.ALLOW), "it should go on")


@pytest.mark.parametrize("path, marker", [
    ("/oidc/auth?client_id=nobody&redirect_uri=https://evil.example/&response_type=code", "unknown-client"),
    ("/connections/wechat/callback?code=x&state=00000000000000000000000000000000", "start-again"),
    ("/nowhere", "not-found"),
])
@pytest.mark.parametrize("languages, lang", [("zh-CN", "zh-CN"), ("en-GB,en", "en")])
def test_pages_of_a_bad_address(demo, phone, path, marker, languages, lang):
    visitor = phone(languages=languages, dark=lang == "en")
    visitor.open(demo.provider + path)
    assert visitor.marker == marker
    assert visitor.language == lang
    assert visitor.url.startswith(demo.provider)
    visitor.shoot(f"{marker}-{lang}")


def test_a_return_address_of_a_stranger_is_refused(demo, phone):
    visitor = phone()
    visitor.open(demo.shop())
    client = visitor.run("return document.body.dataset.client")
    visitor.open(f"{demo.provider}/oidc/auth?client_id={client}&response_type=code&scope=openid"
                 "&redirect_uri=https://evil.example/cb")
    assert visitor.marker == "redirect-not-allowed"
    visitor.shoot("redirect-not-allowed")
