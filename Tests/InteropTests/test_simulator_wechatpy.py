"""Is the simulator a WeChat to wechatpy, which knows only the real one?"""

import base64
import time
from urllib.parse import parse_qs, urlsplit

import flask
import pytest
from wechatpy import WeChatClient, WeChatOAuth, WeChatOAuthException, parse_message
from wechatpy.crypto import WeChatCrypto, WeChatWxaCrypto
from wechatpy.exceptions import (
    InvalidAppIdException, InvalidSignatureException, WeChatClientException)
from wechatpy.utils import check_signature, check_wxa_signature

from serving import serving
from simulator import ACCOUNT, CALLBACK, MINI_PROGRAM, MOBILE_APP, WEBSITE, _simulator, wechat  # noqa: F401

TOKEN = "tokenOfTheAccount"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


def code_of(address):
    assert address.startswith(CALLBACK)
    return parse_qs(urlsplit(address).query)["code"][0]


def sign_in(wechat, user="xiaoming", scope="snsapi_userinfo"):
    oauth = WeChatOAuth(*ACCOUNT, CALLBACK, scope, "s1")
    oauth.fetch_access_token(code_of(wechat.open(oauth.authorize_url, user)))
    return oauth


# Signing in at an account's page


def test_base_sign_in_gives_an_openid_and_no_profile(wechat):
    wechat.control("behaviour", "PATCH", strictPattern=True)
    oauth = WeChatOAuth(*ACCOUNT, CALLBACK, "snsapi_base", "s1")
    address = wechat.open(oauth.authorize_url)
    assert parse_qs(urlsplit(address).query)["state"] == ["s1"]
    answer = oauth.fetch_access_token(code_of(address))
    assert answer["expires_in"] == 7200 and "unionid" not in answer
    assert oauth.check_access_token()
    with pytest.raises(WeChatOAuthException) as refused:
        oauth.get_user_info()
    assert refused.value.errcode == 48001
    with pytest.raises(WeChatOAuthException) as used:
        oauth.fetch_access_token(code_of(address))
    assert used.value.errcode == 40163


def test_userinfo_sign_in_gives_the_profile_and_refreshes(wechat):
    oauth = sign_in(wechat)
    profile = oauth.get_user_info()
    assert profile["nickname"] == "小明🐧" and profile["openid"] == oauth.open_id
    assert profile["headimgurl"].startswith("https://thirdwx.qlogo.cn/")
    first, refresh_token = oauth.access_token, oauth.refresh_token
    oauth.refresh_access_token(refresh_token)
    assert oauth.access_token == first
    wechat.control("clock", advance=7201)
    with pytest.raises(WeChatOAuthException) as expired:
        oauth.get_user_info()
    assert expired.value.errcode == 42001
    oauth.refresh_access_token(refresh_token)
    assert oauth.access_token != first
    assert oauth.get_user_info()["unionid"] == profile["unionid"]


@pytest.mark.parametrize("user", ["control-characters", "broken-utf8", "json", "missing-fields", "empty-name"])
def test_every_profile_of_the_zoo_can_be_read(wechat, user):
    oauth = sign_in(wechat, user)
    assert oauth.get_user_info()["openid"] == oauth.open_id


def test_faults_reach_the_caller_as_wechats_errors(wechat):
    oauth = WeChatOAuth(*ACCOUNT, CALLBACK)
    for number in (-1, 45009, 45011, 40125):
        wechat.control("faults", endpoint="exchange", fault={"kind": "error", "number": number})
        with pytest.raises(WeChatOAuthException) as failed:
            oauth.fetch_access_token("bogus")
        assert failed.value.errcode == number
    wechat.control("faults", endpoint="exchange", fault={"kind": "badGateway"})
    with pytest.raises(WeChatOAuthException) as gateway:
        oauth.fetch_access_token("bogus")
    assert gateway.value.response.status_code == 502


def test_website_and_mobile_app_give_the_same_unionid(wechat):
    website = WeChatOAuth(*WEBSITE, CALLBACK, state="s1")
    website.fetch_access_token(code_of(wechat.scan(website.qrconnect_url, "alice")))
    app = WeChatOAuth(*MOBILE_APP, CALLBACK)
    app.fetch_access_token(wechat.control("mobile/code", app=MOBILE_APP[0], user="alice", state="x")["code"])
    profiles = [website.get_user_info(), app.get_user_info(), sign_in(wechat, "alice").get_user_info()]
    assert len({profile["unionid"] for profile in profiles}) == 1
    assert len({profile["openid"] for profile in profiles}) == 3


# The account's own calls


def test_account_tokens_expire_and_are_fetched_anew(wechat):
    client = WeChatClient(*ACCOUNT)
    assert client.misc.get_wechat_ips() == ["127.0.0.1"]
    first = client.access_token
    # wechatpy looks at its own clock; WeChat's says that the token is over, and wechatpy tries again with a new one.
    wechat.control("clock", advance=7201)
    assert client.misc.get_wechat_ips() == ["127.0.0.1"]
    assert client.access_token != first


def test_the_allow_list_refuses_and_names_the_caller(wechat):
    wechat.control(f"apps/{ACCOUNT[0]}", "PATCH", allowedAddresses=["203.0.113.7"])
    try:
        with pytest.raises(WeChatClientException) as refused:
            WeChatClient(*ACCOUNT).fetch_access_token()
    finally:
        wechat.control(f"apps/{ACCOUNT[0]}", "PATCH", allowedAddresses=None)
    assert refused.value.errcode == 40164
    assert "127.0.0.1" in refused.value.errmsg


def test_a_page_signed_by_wechatpy_may_use_the_js_sdk(wechat):
    client = WeChatClient(*ACCOUNT)
    url = "http://127.0.0.1:8080/page?a=1&b=%E4%B8%AD"
    timestamp = str(int(time.time()))
    signature = client.jsapi.get_jsapi_signature("n0nce", client.jsapi.get_jsapi_ticket(), timestamp, url)
    configuration = {"app": ACCOUNT[0], "nonceStr": "n0nce", "timestamp": timestamp, "signature": signature}
    assert wechat.control("jssdk", url=url, **configuration) == {"errMsg": "config:ok"}
    assert wechat.control("jssdk", url=url + "x", **configuration) == {"errMsg": "config:invalid signature"}


# Mini programs


def mini_program(wechat, user="alice"):
    client = WeChatClient(*MINI_PROGRAM)
    code = wechat.control("miniprogram/login", app=MINI_PROGRAM[0], user=user)["code"]
    return client, code, client.wxa.code_to_session(code)


def test_a_login_code_gives_a_session_once(wechat):
    client, code, session = mini_program(wechat)
    assert len(base64.b64decode(session["session_key"])) == 16
    assert session["unionid"] == sign_in(wechat, "alice").get_user_info()["unionid"]
    for wrong, number in ((code, 40163), ("bogus", 40029)):
        with pytest.raises(WeChatClientException) as refused:
            client.wxa.code_to_session(wrong)
        assert refused.value.errcode == number


def test_encrypted_data_opens_and_names_the_mini_program(wechat):
    _, _, session = mini_program(wechat)
    app = {"app": MINI_PROGRAM[0], "user": "alice"}
    data = wechat.control("miniprogram/profile", **app)
    opened = WeChatWxaCrypto(session["session_key"], data["iv"], MINI_PROGRAM[0]).decrypt_message(data["encryptedData"])
    assert opened["openId"] == session["openid"] and opened["unionId"] == session["unionid"]
    check_wxa_signature(session["session_key"], data["rawData"], data["signature"])

    phone = wechat.control("miniprogram/profile", content="phoneNumber", **app)
    opened = WeChatWxaCrypto(session["session_key"], phone["iv"], MINI_PROGRAM[0]).decrypt_message(
        phone["encryptedData"])
    assert opened["purePhoneNumber"] == "2025550123"

    foreign = wechat.control("miniprogram/profile", flaw="wrongAppID", **app)
    with pytest.raises(InvalidAppIdException):
        WeChatWxaCrypto(session["session_key"], foreign["iv"], MINI_PROGRAM[0]).decrypt_message(
            foreign["encryptedData"])
    forged = wechat.control("miniprogram/profile", flaw="wrongSignature", **app)
    with pytest.raises(InvalidSignatureException):
        check_wxa_signature(session["session_key"], forged["rawData"], forged["signature"])


def test_a_phone_code_gives_a_number_once(wechat):
    client, _, _ = mini_program(wechat)
    code = wechat.control("miniprogram/phone", app=MINI_PROGRAM[0], user="xiaoming")["code"]
    # wechatpy 1.8 has no method of its own for this call.
    address = "https://api.weixin.qq.com/wxa/business/getuserphonenumber"
    assert client.post(address, data={"code": code})["phone_info"]["phoneNumber"] == "13800138000"
    with pytest.raises(WeChatClientException) as used:
        client.post(address, data={"code": code})
    assert used.value.errcode == 40029


# Pushed messages


@pytest.fixture
def inbox(wechat):
    """An account's message address, as a site made with wechatpy has it."""
    site = flask.Flask("inbox")
    site.received = []

    @site.route("/wechat", methods=["GET", "POST"])
    def take():
        given = flask.request.args
        check_signature(TOKEN, given["signature"], given["timestamp"], given["nonce"])
        if flask.request.method == "GET":
            return given["echostr"]
        message = flask.request.data.decode()
        if given.get("encrypt_type") == "aes":
            message = WeChatCrypto(TOKEN, AES_KEY, ACCOUNT[0]).decrypt_message(
                message, given["msg_signature"], given["timestamp"], given["nonce"])
        site.received.append(parse_message(message))
        return "success"

    site.config["PROPAGATE_EXCEPTIONS"] = False
    with serving(site) as url:
        def use(mode):
            server = {"url": url + "/wechat", "token": TOKEN, "encodingAESKey": AES_KEY, "mode": mode}
            wechat.control(f"apps/{ACCOUNT[0]}", "PATCH", messageServer=server)
            return site.received

        yield use
    wechat.control(f"apps/{ACCOUNT[0]}", "PATCH", messageServer=None)


@pytest.mark.parametrize("mode", ["plain", "both", "encrypted"])
def test_messages_and_events_arrive(wechat, inbox, mode):
    received = inbox(mode)
    assert wechat.control("message-check", app=ACCOUNT[0])["isDelivered"]
    for event in (
        {"kind": "text", "content": "你好 <b>]]>"}, {"kind": "subscribe"}, {"kind": "CLICK", "eventKey": "menu-1"},
        {"kind": "user_authorization_revoke", "revokeInfo": "205"},
    ):
        report = wechat.control("push", app=ACCOUNT[0], event={"user": "alice", **event})
        assert report["isDelivered"] and len(report["attempts"]) == 1
    text, subscribed, clicked, revoked = received
    assert text.content == "你好 <b>]]>"
    assert subscribed.event == "subscribe" and clicked.key == "menu-1"
    # wechatpy 1.8 has no class for this event, and keeps all its fields.
    assert revoked._data["Event"] == "user_authorization_revoke" and revoked._data["RevokeInfo"] == "205"
    assert revoked._data["OpenID"] == text.source


@pytest.mark.parametrize("flaw", ["wrongSignature", "otherAppID", "otherKey"])
def test_forged_messages_are_refused_by_wechatpy_and_tried_three_times(wechat, inbox, flaw):
    received = inbox("encrypted")
    report = wechat.control("push", app=ACCOUNT[0], event={"kind": "text", "flaw": flaw})
    assert not report["isDelivered"]
    assert [attempt["status"] for attempt in report["attempts"]] == [500, 500, 500]
    assert received == []
