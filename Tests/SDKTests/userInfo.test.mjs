// getUserInfo(): what comes back in the address is from strangers until its state is known.

import test from 'node:test';
import assert from 'node:assert/strict';
import { arriveAt, fakeWindow, load, withoutStorage } from './fakeWindow.mjs';

const USER = { id: '1', nickname: '小明', token: 'a.b.c' };

/** A page that has started a sign-in, and the state it sent. */
function started(options) {
  const window = fakeWindow(options);
  const Wxmp = load(window);
  const wxmp = new Wxmp({ userPoolId: 'default' });
  const state = new URL(wxmp.getAuthorizationUrl()).searchParams.get('state');
  return { window, state, Wxmp, later: () => new Wxmp({ userPoolId: 'default' }) };
}

function answer(state, { code = '200', message = '', data = JSON.stringify(USER), mark = '#' } = {}) {
  return `https://shop.example/page${mark}code=${code}&message=${encodeURIComponent(message)}`
    + `&data=${encodeURIComponent(data)}&state=${state}`;
}

test('a page without an answer: not ok, no message, nothing thrown', () => {
  const { later } = started();
  assert.deepEqual(later().getUserInfo(), { ok: false, userinfo: null, userInfo: null, message: null });
});

for (const [what, change] of [
  ['another state', (url) => url.replace(/state=.{4}/, 'state=0000')],
  ['no state', (url) => url.replace(/&state=.*/, '')],
  ['an empty state', (url) => url.replace(/state=.*/, 'state=')],
  ['a state that is a property of objects', (url) => url.replace(/state=.*/, 'state=__proto__')],
]) {
  test(`${what} shows nothing of the data and still cleans the address`, () => {
    const { window, state, later } = started();
    arriveAt(window, change(answer(state)));
    const result = later().getUserInfo();
    assert.equal(result.ok, false);
    assert.equal(result.userinfo, null);
    assert.equal(result.userInfo, null);
    assert.match(result.message, /重新登录/);
    assert.equal(window.location.href, 'https://shop.example/page');
  });
}

test('a state works once', () => {
  const { window, state, later } = started();
  arriveAt(window, answer(state));
  assert.equal(later().getUserInfo().ok, true);
  arriveAt(window, answer(state));
  assert.equal(later().getUserInfo().ok, false);
});

test('a state ends after thirty minutes', (t) => {
  const { window, state, later } = started();
  const now = Date.now();
  t.mock.method(Date, 'now', () => now + 30 * 60 * 1000);
  arriveAt(window, answer(state));
  assert.equal(later().getUserInfo().ok, false);
});

test('a state of signIn() is none of getUserInfo()', async () => {
  const { window, Wxmp, later } = started();
  await new Wxmp({ appId: 'web' }).signIn();
  const state = new URL(window.went[0]).searchParams.get('state');
  arriveAt(window, answer(state));
  assert.equal(later().getUserInfo().ok, false);
});

for (const data of ['', '{', '{"token":', 'null', '7', '"text"', '<html>', '{"a":1}}', '\u0000']) {
  test(`data ${JSON.stringify(data)} is an answer that cannot be read, not an exception`, () => {
    const { window, state, later } = started();
    arriveAt(window, answer(state, { data }));
    const result = later().getUserInfo();
    assert.equal(result.ok, false);
    assert.equal(result.userinfo, null);
    assert.match(result.message, /无法读取/);
  });
}

test('broken percent signs do not throw', () => {
  const { window, state, later } = started();
  arriveAt(window, `https://shop.example/page#code=200&message=%&data=%zz%E4%BD&state=${state}`);
  assert.equal(later().getUserInfo().ok, false);
});

for (const code of ['500', '0', '', '200.0', '2e2', ' 200', 'authdeny']) {
  test(`code ${JSON.stringify(code)} is a failure, with the provider's message and without the user`, () => {
    const { window, state, later } = started();
    arriveAt(window, answer(state, { code, message: '你已取消登录' }));
    assert.deepEqual(later().getUserInfo(), { ok: false, userinfo: null, userInfo: null, message: '你已取消登录' });
  });
}

test('a failure without a message gets one, in the language of the browser', () => {
  for (const [language, text] of [['zh-CN', /重试/], ['en-US', /try again/i]]) {
    const { window, state, later } = started({ language });
    arriveAt(window, answer(state, { code: '500' }));
    assert.match(later().getUserInfo().message, text);
  }
});

test('the fragment is read, the address cleaned, the page\'s own query kept as it was', () => {
  const { window, state, later } = started();
  arriveAt(window, answer(state).replace('/page#', '/page?item=a%20b&sort#'));
  const result = later().getUserInfo();
  assert.equal(result.ok, true);
  assert.deepEqual(result.userinfo, USER);
  assert.equal(result.userInfo, result.userinfo);
  assert.equal(window.location.href, 'https://shop.example/page?item=a%20b&sort');
  assert.deepEqual(window.history.replaced[0].state, { page: 1 });
});

test('the query of a legacy connection is read, and the page\'s own parts stay', () => {
  const { window, state, later } = started();
  arriveAt(window, answer(state, { mark: '?' }).replace('?', '?item=7&') + '#part');
  assert.equal(later().getUserInfo().ok, true);
  assert.equal(window.location.href, 'https://shop.example/page?item=7#part');
});

test('the page\'s own code in its query is not an answer', () => {
  const { window, later } = started();
  arriveAt(window, 'https://shop.example/page?code=SPRING&state=open');
  assert.equal(later().getUserInfo().message, null);
  assert.equal(window.location.search, '?code=SPRING&state=open');
});

test('text that is handed over is read, and gone from the address where it came from', () => {
  const { window, state, later } = started();
  arriveAt(window, answer(state, { mark: '?' }));
  assert.equal(later().getUserInfo(window.location.search).ok, true);
  assert.equal(window.location.href, 'https://shop.example/page');
});

test('asked twice, a page gets the same answer', () => {
  const { window, state, later } = started();
  arriveAt(window, answer(state));
  const page = later();
  assert.equal(page.getUserInfo(), page.getUserInfo());
  assert.equal(page.getUserInfo().ok, true);
});

test('names come through as they are: plus, percent, emoji, quotes, HTML', () => {
  const names = ['a+b c', '100% %41', '小明🐧👨‍👩‍👧', '"\u0301<\u200D>\uFE0F', '<img src=x onerror=alert(1)>', '&data=1#'];
  for (const nickname of names) {
    const { window, state, later } = started();
    arriveAt(window, answer(state, { data: JSON.stringify({ nickname }) }));
    assert.equal(later().getUserInfo().userinfo.nickname, nickname);
  }
});

test('a plus of form encoding is a space', () => {
  const { window, state, later } = started();
  arriveAt(window, `https://shop.example/page#code=200&message=a+b&data=%7B%22n%22%3A%22a+b%2B%22%7D&state=${state}`);
  assert.deepEqual(later().getUserInfo().userinfo, { n: 'a b+' });
});

for (const lost of [['sessionStorage'], ['localStorage'], ['sessionStorage', 'localStorage']]) {
  test(`works without ${lost.join(' and ')}`, () => {
    const window = fakeWindow();
    withoutStorage(window, ...lost);
    const Wxmp = load(window);
    const url = new Wxmp({ userPoolId: 'p' }).getAuthorizationUrl();
    arriveAt(window, answer(new URL(url).searchParams.get('state')));
    assert.equal(new Wxmp({ userPoolId: 'p' }).getUserInfo().ok, true);
    assert.equal(window.document.cookie, '');
  });
}

test('a web view that empties its session storage on the way still knows the state', () => {
  const { window, state, later } = started();
  Object.keys(window.sessionStorage).forEach((key) => window.sessionStorage.removeItem(key));
  arriveAt(window, answer(state));
  assert.equal(later().getUserInfo().ok, true);
});

test('a browser that keeps nothing says so before anyone is sent away', () => {
  const window = fakeWindow();
  withoutStorage(window, 'sessionStorage', 'localStorage');
  Object.defineProperty(window.document, 'cookie', { get: () => '', set: () => {} });
  const Wxmp = load(window);
  assert.throws(() => new Wxmp({ userPoolId: 'p' }).getAuthorizationUrl(), { code: 'storage_unavailable' });
});

test('started sign-ins do not pile up', (t) => {
  const { window, Wxmp } = started();
  const now = Date.now();
  t.mock.method(Date, 'now', () => now + 31 * 60 * 1000);
  new Wxmp({ userPoolId: 'p' }).getAuthorizationUrl();
  assert.equal(Object.keys(window.localStorage).length, 1);
});

test('a history that refuses does not matter', () => {
  const { window, state, later } = started();
  arriveAt(window, answer(state));
  window.history.replaceState = () => { throw new Error('SecurityError'); };
  assert.equal(later().getUserInfo().ok, true);
});

test('the published snippet runs unchanged', () => {
  const window = fakeWindow();
  load(window);
  const snippet = (body) => new Function('window', 'AuthingWxmp', 'alert', body)(window, window.AuthingWxmp, () => {});
  snippet(`
    const authingWxmp = new AuthingWxmp({ userPoolId: 'default' })
    if (authingWxmp.checkWechatUA()) {
      window.location = authingWxmp.getAuthorizationUrl()
    }`);
  const url = new URL(window.location);
  assert.equal(url.origin + url.pathname, 'https://id.example/oauth/wechatmp/url/default');
  arriveAt(window, answer(url.searchParams.get('state')));
  assert.deepEqual(snippet(`
    const authingWxmp = new AuthingWxmp({ userPoolId: 'default' })
    const { ok, userinfo, message } = authingWxmp.getUserInfo()
    if (ok) { return userinfo } else if (message) { alert(message) }`), USER);
});
