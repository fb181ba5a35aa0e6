// examples/miniprogram, run outside WeChat: a fake `wx` records what would be sent.

import test from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { sha1 } = require('../../examples/miniprogram/utils/sha1.js');
const { encoded, target, withQuery } = require('../../examples/miniprogram/utils/address.js');
const { createSignedSession, signature } = require('../../examples/miniprogram/utils/signed-session.js');
const { createTokenSession } = require('../../examples/miniprogram/utils/token-session.js');

const PROVIDER = 'https://id.example.com';
const NOW = 1_700_000_000_123;

/** A `wx` whose server answers from a function. */
function fakeWX(answer) {
  const storage = new Map();
  const sent = [];
  let codes = 0;
  return {
    sent,
    storage,
    request(options) {
      sent.push(options);
      const reply = answer(options, sent.length);
      if (reply === null) queueMicrotask(() => options.fail({ errMsg: 'request:fail timeout' }));
      else queueMicrotask(() => options.success({ statusCode: reply.status ?? 200, data: reply.data ?? {}, header: {} }));
    },
    login({ success }) {
      codes += 1;
      success({ code: `code-${codes}`, errMsg: 'login:ok' });
    },
    getAccountInfoSync: () => ({ miniProgram: { appId: 'wx0123456789abcdef' } }),
    getStorageSync: (key) => storage.get(key) ?? '',
    setStorageSync: (key, value) => storage.set(key, value),
    removeStorageSync: (key) => storage.delete(key),
  };
}

const LOGIN = { openid: 'o1', stoken: 'ST1:wx:o1:AAAA', skey: '2+y3q8Zz0KHq9b35P8viow==', expires_in: 604800 };

/** A session over a provider that lets everybody in. */
function signed(answer = () => ({}), random = () => 0) {
  const wx = fakeWX((options, count) => (options.url.endsWith('/login') ? { data: LOGIN } : answer(options, count)));
  return { wx, session: createSignedSession({ wx, provider: PROVIDER, now: () => NOW, random }) };
}

test('SHA-1 is right for every length around a block, and for text in UTF-8', () => {
  for (let length = 0; length < 200; length += 1) {
    const text = '你a'.repeat(length).slice(0, length);
    assert.equal(sha1(text), createHash('sha1').update(text, 'utf8').digest('hex'), `length ${length}`);
  }
  assert.equal(sha1('😀'), createHash('sha1').update('😀', 'utf8').digest('hex'));
});

test('the known answer of the contract', () => {
  assert.equal(
    signature('/auth?x=1&y=%E4%BD%A0', '2+y3q8Zz0KHq9b35P8viow==', 1700000000123, 42),
    'SG1:1700000000123:42:3321e52b6c0efe551203e77bc4f986e2b73162e2',
  );
});

test('what is signed is what travels: path and query, percent-encoded once', () => {
  assert.equal(target('https://api.example.com/a/b?x=1#top'), '/a/b?x=1');
  assert.equal(target('https://api.example.com'), '/');
  assert.equal(target('https://api.example.com?x=1'), '/?x=1');
  assert.equal(encoded('https://a.example.com/你?y=%E4%BD%A0 z'), 'https://a.example.com/%E4%BD%A0?y=%E4%BD%A0%20z');
  assert.equal(withQuery('/a?x=1#t', { y: '你 &', z: undefined, n: 0 }), '/a?x=1&y=%E4%BD%A0%20%26&n=0#t');
  assert.equal(withQuery('/a', {}), '/a');
  assert.equal(withQuery('/a?', { b: 1 }), '/a?b=1');
});

test('a login posts appid and code as JSON, once for all who ask meanwhile', async () => {
  const { wx, session } = signed();
  await Promise.all([session.login(), session.login(), session.request({ url: 'https://api.example.com/x' })]);
  const logins = wx.sent.filter(({ url }) => url.endsWith('/login'));
  assert.equal(logins.length, 1);
  assert.equal(logins[0].method, 'POST');
  assert.equal(logins[0].header['content-type'], 'application/json');
  assert.deepEqual(logins[0].data, { appid: 'wx0123456789abcdef', code: 'code-1' });
});

test('a request carries both headers, signed over its own path and query', async () => {
  const { wx, session } = signed();
  await session.request({ url: 'https://api.example.com/orders?id=7', method: 'POST', data: { a: 1 } });
  const { url, header, data } = wx.sent.at(-1);
  assert.equal(header['WX-LOGIN-STOKEN'], LOGIN.stoken);
  assert.equal(header['WX-LOGIN-SIG'], signature('/orders?id=7', LOGIN.skey, NOW, 1));
  assert.equal(url, 'https://api.example.com/orders?id=7');
  assert.deepEqual(data, { a: 1 }, 'a body is not part of the address');
});

test('a GET with data is signed with its query, and wx.request appends nothing more', async () => {
  const { wx, session } = signed();
  await session.request({ url: 'https://api.example.com/订单', data: { q: '小明', page: 2 } });
  const { url, header, data } = wx.sent.at(-1);
  assert.equal(url, `https://api.example.com/${encodeURIComponent('订单')}?q=${encodeURIComponent('小明')}&page=2`);
  assert.equal(data, undefined);
  assert.equal(header['WX-LOGIN-SIG'], signature(target(url), LOGIN.skey, NOW, 1));
});

test('the nonce begins at random, counts up, and is an unsigned whole number', async () => {
  const { wx, session } = signed(undefined, () => 0.999999999999);
  for (let i = 0; i < 3; i += 1) await session.request({ url: 'https://api.example.com/x' });
  const nonces = wx.sent.slice(1).map(({ header }) => header['WX-LOGIN-SIG'].split(':')[2]);
  assert.equal(new Set(nonces).size, 3);
  for (const nonce of nonces) assert.match(nonce, /^[0-9]{1,16}$/);
  assert.equal(Number(nonces[2]) - Number(nonces[0]), 2);
});

test('headers that are there already are left alone, whatever their case', async () => {
  const { wx, session } = signed();
  await session.request({
    url: 'https://api.example.com/x', header: { 'wx-login-stoken': 'mine', 'Wx-Login-Sig': 'mine too', 'X-A': 'b' },
  });
  assert.deepEqual(wx.sent.at(-1).header, { 'wx-login-stoken': 'mine', 'Wx-Login-Sig': 'mine too', 'X-A': 'b' });
});

test('a status outside 200 to 299 rejects, with status and body', async () => {
  for (const status of [199, 300, 302, 400, 403, 404, 500, 503]) {
    const { session } = signed(() => ({ status, data: { error: 'x' } }));
    await assert.rejects(session.request({ url: 'https://api.example.com/x' }), (problem) => {
      assert.equal(problem.statusCode, status);
      assert.deepEqual(problem.data, { error: 'x' });
      return true;
    });
  }
  const { session } = signed(() => ({ status: 204 }));
  assert.equal((await session.request({ url: 'https://api.example.com/x' })).statusCode, 204);
  const { session: silent } = signed(() => null);
  await assert.rejects(silent.request({ url: 'https://api.example.com/x' }), /timeout/);
});

test('a login that fails rejects, and the next request tries again', async () => {
  let broken = true;
  const wx = fakeWX(({ url }) => {
    if (!url.endsWith('/login')) return {};
    return broken ? { status: 401, data: { code: 'jscode2session-resp-fail' } } : { data: LOGIN };
  });
  const session = createSignedSession({ wx, provider: PROVIDER, now: () => NOW });
  await assert.rejects(session.request({ url: 'https://api.example.com/x' }), /HTTP 401/);
  assert.equal(wx.storage.size, 0);
  broken = false;
  assert.equal((await session.request({ url: 'https://api.example.com/x' })).statusCode, 200);
});

test('a login that the provider forgot is begun anew, once, with another signature', async () => {
  let refusals = 1;
  const { wx, session } = signed(() => {
    refusals -= 1;
    return refusals >= 0 ? { status: 401, data: { code: 'auth-login-session-fail' } } : {};
  });
  await session.request({ url: 'https://api.example.com/x' });
  assert.deepEqual(wx.sent.map(({ url }) => new URL(url).pathname), ['/login', '/x', '/login', '/x']);
  assert.notEqual(wx.sent[1].header['WX-LOGIN-SIG'], wx.sent[3].header['WX-LOGIN-SIG']);

  refusals = 99;
  await assert.rejects(session.request({ url: 'https://api.example.com/x' }), /HTTP 401/);
  assert.equal(wx.sent.filter(({ url }) => url.endsWith('/login')).length, 3);
});

test('a login is kept until it ends', async () => {
  let time = NOW;
  const wx = fakeWX(({ url }) => (url.endsWith('/login') ? { data: LOGIN } : {}));
  const open = () => createSignedSession({ wx, provider: PROVIDER, now: () => time });
  await open().login();
  await open().login();
  assert.equal(wx.sent.length, 1);
  time += 604800 * 1000;
  await open().login();
  assert.equal(wx.sent.length, 2);
});

test('logging out is signed, and forgets the login even when it fails', async () => {
  const { wx, session } = signed(() => ({ status: 503 }));
  await session.login();
  await assert.rejects(session.logout(), /HTTP 503/);
  const { url, method, header } = wx.sent.at(-1);
  assert.equal(url, `${PROVIDER}/login/logout`);
  assert.equal(method, 'POST');
  assert.equal(header['WX-LOGIN-SIG'], signature('/login/logout', LOGIN.skey, NOW, 1));
  assert.equal(wx.storage.size, 0);
});

test('the phone button sends its code in a signed request', async () => {
  const { wx, session } = signed(() => ({ data: { phone_number: '+8613800000000' } }));
  assert.equal((await session.linkPhone('phone-code')).phone_number, '+8613800000000');
  const { url, data, header } = wx.sent.at(-1);
  assert.equal(url, `${PROVIDER}/api/v1/miniprogram/phone`);
  assert.equal(data.code, 'phone-code');
  assert.equal(header['WX-LOGIN-SIG'], signature('/api/v1/miniprogram/phone', LOGIN.skey, NOW, 1));
});

test('the tutorial session: jsCode and appId in, Bearer out, and the profile beside it', async () => {
  let known = false;
  const wx = fakeWX(({ url, header, method, data }) => {
    if (url === `${PROVIDER}/v1/verify`) return { data: { token: known ? 'second' : 'first', expires_in: 604800 } };
    assert.equal(url, `${PROVIDER}/v1/profile`);
    if (header.Authorization === 'Bearer first' && known) return { status: 401 };
    return { data: method === 'POST' ? data : { nickname: null, avatar: null } };
  });
  const session = createTokenSession({ wx, provider: PROVIDER, now: () => NOW });
  assert.deepEqual(await session.profile(), { nickname: null, avatar: null });
  assert.deepEqual(wx.sent[0].data, { jsCode: 'code-1', appId: 'wx0123456789abcdef' });
  const typed = { nickname: '小明', avatar: 'https://cdn.example.com/a.png' };
  assert.deepEqual(await session.saveProfile(typed), typed);

  known = true;
  assert.deepEqual(await session.saveProfile(typed), typed);
  assert.equal(wx.sent.at(-1).header.Authorization, 'Bearer second');
});
