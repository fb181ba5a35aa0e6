// The constructor: every published shape, every mistake.

import test from 'node:test';
import assert from 'node:assert/strict';
import { fakeWindow, load, loadAs } from './fakeWindow.mjs';

const refused = [
  ['nothing at all', undefined, /options are not provided/],
  ['no application', {}, /appId is not provided/],
  ['an empty appId', { appId: ' ' }, /appId is not provided.*client_id/],
  ['an appId that is a number', { appId: 7 }, /appId is not provided/],
  ['a misspelt name', { appID: 'web' }, /"appID" is unknown: write "appId"/],
  ['a misspelt redirectURL', { appId: 'web', redirectURL: 'https://shop.example/' }, /write "redirectUrl"/],
  ['an empty userPoolId', { userPoolId: '' }, /userPoolId is not provided/],
  ['an empty identifier', { appId: 'web', identifier: '' }, /identifier is not provided/],
  ['a host without scheme', { appId: 'web', host: 'id.example' }, /host must be a full address/],
  ['a host that is a script', { appId: 'web', host: 'javascript:alert(1)' }, /host must be a full address/],
  ['a host with a query', { appId: 'web', host: 'https://id.example/?a=b' }, /host must be the address/],
  ['a relative redirectUrl', { appId: 'web', redirectUrl: '/callback' }, /redirectUrl must be a full address/],
  ['a redirectUrl with a fragment', { appId: 'web', redirectUrl: 'https://shop.example/#/in' }, /has no #/],
];

for (const [what, options, message] of refused) {
  test(`refuses ${what} and says what to do`, () => {
    const Wxmp = load(fakeWindow());
    assert.throws(() => new Wxmp(options), (error) => {
      assert.equal(error.code, 'invalid_option');
      assert.match(error.message, message);
      return error instanceof Wxmp.WxmpError && error instanceof Error;
    });
  });
}

test('without host and without a script element the host is missing', () => {
  const Wxmp = load(fakeWindow({ script: null }));
  assert.throws(() => new Wxmp({ appId: 'web' }), /host is not provided/);
  assert.equal(new Wxmp({ appId: 'web', host: 'https://id.example' }).issuer, 'https://id.example/oidc');
});

const addresses = [
  ['1.0', { userPoolId: 'pool 1' }, 'https://id.example/oauth/wechatmp/url/pool%201?'],
  ['1.0 with host', { userPoolId: 'p', host: { oauth: 'https://oauth.example' } },
    'https://oauth.example/oauth/wechatmp/url/p?'],
  ['1.0 with host and slash', { userPoolId: 'p', host: { oauth: 'https://oauth.example/' } },
    'https://oauth.example/oauth/wechatmp/url/p?'],
  ['1.1', { appId: 'web', host: 'https://id.example' },
    'https://id.example/connections/social/wechat:webpage-authorization?app_id=web&'],
  ['1.2', { appId: 'web', host: 'https://id.example', redirectUrl: 'https://shop.example/in?a=1' },
    'https://id.example/connections/social/wechat:webpage-authorization?app_id=web'
    + '&redirect_url=https%3A%2F%2Fshop.example%2Fin%3Fa%3D1&'],
  ['1.3', { appId: 'web', host: 'https://id.example/', identifier: 'wechat-mp' },
    'https://id.example/connections/social/wechat-mp?app_id=web&'],
  ['5.x', { appId: 'web', host: 'https://id.example', identifier: 'wechat-mp', redirectUrl: 'https://shop.example/in' },
    'https://id.example/connections/social/wechat-mp?app_id=web&redirect_url=https%3A%2F%2Fshop.example%2Fin&'],
  ['an identifier that would leave its path', { appId: 'web', identifier: '../../x?y' },
    'https://id.example/connections/social/..%2F..%2Fx%3Fy?app_id=web&'],
  ['a pool', { appId: 'web', identifier: 'mp', pool: 'other' },
    'https://id.example/pools/other/connections/social/mp?app_id=web&'],
  ['the default pool by name', { appId: 'web', identifier: 'mp', pool: 'default' },
    'https://id.example/connections/social/mp?app_id=web&'],
];

for (const [what, options, start] of addresses) {
  test(`getAuthorizationUrl() for ${what}`, () => {
    const Wxmp = load(fakeWindow());
    const url = new Wxmp(options).getAuthorizationUrl();
    assert.equal(url.slice(0, start.length), start);
    assert.match(url.slice(start.length), /^state=[0-9a-f]{32}$/);
  });
}

test('every authorization URL has a state of its own', () => {
  const wxmp = new (load(fakeWindow()))({ userPoolId: 'p' });
  assert.notEqual(wxmp.getAuthorizationUrl(), wxmp.getAuthorizationUrl());
});

test('a script that a pool serves stands for that pool', () => {
  const Wxmp = load(fakeWindow({ script: 'https://id.example/pools/other/wxmp-sdk.js?v=2' }));
  assert.equal(new Wxmp({ appId: 'web' }).issuer, 'https://id.example/pools/other/oidc');
  assert.equal(new Wxmp({ appId: 'web', pool: 'third' }).issuer, 'https://id.example/pools/third/oidc');
  assert.equal(new Wxmp({ appId: 'web', pool: 'default' }).issuer, 'https://id.example/oidc');
  assert.match(new Wxmp({ userPoolId: 'other' }).getAuthorizationUrl(), /^https:\/\/id\.example\/oauth\/wechatmp\//);
});

test('a script from any other folder stands for its origin', () => {
  const Wxmp = load(fakeWindow({ script: 'http://127.0.0.1:8080/assets/wxmp-sdk.js#x' }));
  assert.equal(new Wxmp({ appId: 'web' }).issuer, 'http://127.0.0.1:8080/oidc');
});

test('the globals are one class', () => {
  const window = fakeWindow();
  window.AuthingFactory = { Other: 1 };
  load(window);
  assert.equal(window.Wxmp, window.AuthingWxmp);
  assert.equal(window.AuthingFactory.AuthingWxmp, window.AuthingWxmp);
  assert.equal(window.AuthingFactory.Other, 1);
});

test('CommonJS and AMD get the class and leave the globals alone', () => {
  const window = fakeWindow();
  const module = { exports: {} };
  loadAs(window, { module });
  assert.equal(typeof module.exports, 'function');
  assert.equal(module.exports.default, module.exports);
  assert.equal(module.exports.AuthingWxmp, module.exports);
  let defined;
  loadAs(window, { define: Object.assign((names, factory) => { defined = factory(); }, { amd: {} }) });
  assert.equal(new defined({ appId: 'web' }).host, 'https://id.example');
  assert.equal(window.AuthingWxmp, undefined);
});

test('checkWechatUA() knows WeChat from WeCom and from everything else', () => {
  const inside = (userAgent) => {
    const window = fakeWindow({ userAgent });
    return new (load(window))({ appId: 'web' }).checkWechatUA();
  };
  assert.equal(inside('Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0 Safari/537.36'), false);
  assert.equal(inside('Mozilla/5.0 wxwork/4.1.39 MicroMessenger/7.0.1 Language/zh ColorScheme/Light'), false);
  assert.equal(inside('Mozilla/5.0 XWEB/1160117 MicroMessenger/8.0.46.2540(0x28002E3C) WeChat/arm64 Weixin'), true);
  assert.equal(inside('Mozilla/5.0 MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090a13)'), true);
});
