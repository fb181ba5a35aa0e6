// signIn() and handleCallback(): code with PKCE.

import test from 'node:test';
import assert from 'node:assert/strict';
import { arriveAt, fakeWindow, foreignTop, fullStorage, idToken, load, withoutStorage } from './fakeWindow.mjs';

const ISSUER = 'https://id.example/oidc';

/** Starts a sign-in; `answer` builds the address the visitor comes back to. */
async function started({ options = { appId: 'web' }, signIn, window = fakeWindow() } = {}) {
  const Wxmp = load(window);
  await new Wxmp(options).signIn(signIn);
  const request = Object.fromEntries(new URL(window.went[0]).searchParams);
  const claims = { iss: ISSUER, aud: 'web', sub: 's', nonce: request.nonce, name: '小明🐧' };
  const tokens = { access_token: 'at', token_type: 'Bearer', expires_in: 3600, scope: 'openid profile' };
  window.answer = async () => ({ ok: true, json: async () => ({ ...tokens, id_token: idToken(claims) }) });
  const answer = (members) => 'https://shop.example/page?'
    + new URLSearchParams({ code: 'c0de', state: request.state, iss: ISSUER, ...members });
  return { window, request, claims, answer, later: () => new Wxmp(options) };
}

test('without an answer there is no session and no request', async () => {
  const { window, later } = await started();
  assert.equal(await later().handleCallback(), null);
  assert.equal(window.requests.length, 0);
});

test('signIn() needs appId', async () => {
  const Wxmp = load(fakeWindow());
  await assert.rejects(new Wxmp({ userPoolId: 'p' }).signIn(), { code: 'invalid_option' });
});

test('a page that is not secure says how to become so', async () => {
  const window = fakeWindow({ address: 'http://192.168.1.7/page' });
  delete window.crypto.subtle;
  const Wxmp = load(window);
  await assert.rejects(new Wxmp({ appId: 'web' }).signIn(), { code: 'insecure_context', message: /https:\/\// });
  assert.deepEqual(window.went, []);
});

test('a frame that may not navigate says how to', async () => {
  const window = fakeWindow();
  const blocked = new Error('SecurityError');
  window.top = foreignTop(() => { throw blocked; });
  const Wxmp = load(window);
  await assert.rejects(new Wxmp({ appId: 'web' }).signIn(), { code: 'navigation_blocked', cause: blocked });
});

test('a browser that keeps nothing is told before it leaves', async () => {
  const window = fakeWindow();
  withoutStorage(window, 'sessionStorage', 'localStorage');
  Object.defineProperty(window.document, 'cookie', { get() { throw new Error('SecurityError'); } });
  const Wxmp = load(window);
  await assert.rejects(new Wxmp({ appId: 'web' }).signIn(), { code: 'storage_unavailable' });
  assert.deepEqual(window.went, []);
});

test('a browser whose storage is full is told before it leaves', async () => {
  const window = fakeWindow();
  window.sessionStorage = fullStorage();
  window.localStorage = fullStorage();
  Object.defineProperty(window.document, 'cookie', { get: () => '', set() {} });
  const Wxmp = load(window);
  await assert.rejects(new Wxmp({ appId: 'web' }).signIn(), { name: 'WxmpError', code: 'storage_unavailable' });
  assert.deepEqual(window.went, []);
});

test('one storage that is full is no reason to give up', async () => {
  const window = fakeWindow();
  window.sessionStorage = fullStorage();
  const { answer, later } = await started({ window });
  arriveAt(window, answer());
  assert.ok(await later().handleCallback());
});

test('a cookie remembers where all storage is full', async () => {
  const window = fakeWindow();
  window.sessionStorage = fullStorage();
  window.localStorage = fullStorage();
  const { answer, later } = await started({ window });
  arriveAt(window, answer());
  assert.ok(await later().handleCallback());
});

for (const redirectUrl of ['/in', '', 'https://shop.example/#in']) {
  test(`signIn() refuses redirectUrl ${JSON.stringify(redirectUrl)}`, async () => {
    const Wxmp = load(fakeWindow());
    await assert.rejects(new Wxmp({ appId: 'web' }).signIn({ redirectUrl }), { code: 'invalid_option' });
  });
}

for (const [what, change, code] of [
  ['a state nobody here sent', { state: 'f'.repeat(32) }, 'state_mismatch'],
  ['an empty state', { state: '' }, 'state_mismatch'],
  ['another issuer', { iss: 'https://evil.example/oidc' }, 'issuer_mismatch'],
  ['the issuer with a slash', { iss: `${ISSUER}/` }, 'issuer_mismatch'],
  ['the issuer of another pool', { iss: 'https://id.example/pools/other/oidc' }, 'issuer_mismatch'],
  ['an empty issuer', { iss: '' }, 'issuer_mismatch'],
  ['an error of another issuer', { error: 'access_denied', iss: 'https://evil.example' }, 'issuer_mismatch'],
  ['an error with a state of nobody', { error: 'access_denied', state: 'x' }, 'state_mismatch'],
]) {
  test(`${what}: ${code}, no request, a clean address`, async () => {
    const { window, answer, later } = await started();
    arriveAt(window, answer(change));
    await assert.rejects(later().handleCallback(), { name: 'WxmpError', code });
    assert.equal(window.requests.length, 0);
    assert.equal(window.location.href, 'https://shop.example/page');
  });
}

for (const [what, answer] of [
  ['without issuer', '?code=c&state=theirs'],
  ['with their issuer', '?code=c&state=theirs&iss=https%3A%2F%2Fother.example'],
  ['with an error', '?error=access_denied&state=theirs'],
  ['in the fragment', '#code=c&state=theirs'],
]) {
  test(`another provider's answer ${what} is left to whom it is for`, async () => {
    const { window, later } = await started();
    arriveAt(window, `https://shop.example/page${answer}`);
    assert.equal(await later().handleCallback(), null);
    assert.equal(window.location.href, `https://shop.example/page${answer}`);
    assert.equal(window.requests.length, 0);
  });
}

test('an answer is found beside another provider\'s', async () => {
  const { window, answer, later } = await started();
  arriveAt(window, `${answer()}#code=c&state=theirs`);
  assert.ok(await later().handleCallback());
  assert.equal(window.location.href, 'https://shop.example/page#code=c&state=theirs');
});

test('an answer without issuer is refused', async () => {
  const { window, answer, later } = await started();
  arriveAt(window, answer({}).replace(/&iss=.*/, ''));
  await assert.rejects(later().handleCallback(), { code: 'issuer_mismatch' });
});

test('an answer for one pool is not taken to another', async () => {
  const { window, answer } = await started();
  const Wxmp = window.AuthingWxmp;
  arriveAt(window, answer({ iss: 'https://id.example/pools/other/oidc' }));
  await assert.rejects(new Wxmp({ appId: 'web', pool: 'other' }).handleCallback(), { code: 'issuer_mismatch' });
  assert.equal(window.requests.length, 0);
});

test('the provider\'s error becomes the code', async () => {
  const { window, answer, later } = await started();
  const refusal = { error: 'access_denied', error_description: 'the person declined' };
  arriveAt(window, answer(refusal).replace('code=c0de&', ''));
  await assert.rejects(later().handleCallback(), { code: 'access_denied', message: 'the person declined' });
  assert.equal(window.requests.length, 0);
});

for (const [what, change, code] of [
  ['another nonce', { nonce: 'x' }, 'nonce_mismatch'],
  ['no nonce', { nonce: undefined }, 'nonce_mismatch'],
  ['another audience', { aud: 'mobile' }, 'invalid_id_token'],
  ['other audiences', { aud: ['a', 'b'] }, 'invalid_id_token'],
  ['another issuer', { iss: 'https://evil.example/oidc' }, 'invalid_id_token'],
]) {
  test(`an ID token with ${what}: ${code}`, async () => {
    const { window, claims, answer, later } = await started();
    Object.assign(claims, change);
    arriveAt(window, answer());
    await assert.rejects(later().handleCallback(), { code });
  });
}

for (const token of ['', 'a', 'a.%.c', 'a.bnVsbA.c', `a.${Buffer.from('{').toString('base64url')}.c`, 7]) {
  test(`an ID token ${JSON.stringify(token)} is refused`, async () => {
    const { window, answer, later } = await started();
    window.answer = async () => ({ ok: true, json: async () => ({ access_token: 'at', id_token: token }) });
    arriveAt(window, answer());
    await assert.rejects(later().handleCallback(), { name: 'WxmpError', code: /^(invalid_id_token|invalid_answer|nonce_mismatch)$/ });
  });
}

test('no network', async () => {
  const { window, answer, later } = await started();
  const cause = new TypeError('Failed to fetch');
  window.answer = async () => { throw cause; };
  arriveAt(window, answer());
  await assert.rejects(later().handleCallback(), { code: 'network_error', cause });
});

test('an answer that is a page', async () => {
  const { window, answer, later } = await started();
  window.answer = async () => ({ ok: false, json: async () => JSON.parse('<html>') });
  arriveAt(window, answer());
  await assert.rejects(later().handleCallback(), (error) =>
    error.code === 'network_error' && error.cause instanceof SyntaxError);
});

test('a refused exchange', async () => {
  const { window, answer, later } = await started();
  const body = { error: 'invalid_grant', error_description: 'used' };
  window.answer = async () => ({ ok: false, json: async () => body });
  arriveAt(window, answer());
  await assert.rejects(later().handleCallback(), { code: 'invalid_grant', message: 'used' });
});

test('tokens in a refusal are not taken', async () => {
  const { window, claims, answer, later } = await started();
  const body = { access_token: 'at', id_token: idToken(claims) };
  window.answer = async () => ({ ok: false, json: async () => body });
  arriveAt(window, answer());
  await assert.rejects(later().handleCallback(), { code: 'invalid_answer' });
});

test('an answer for getUserInfo() is left to it', async () => {
  const { window, later } = await started();
  for (const address of ['#code=500&message=no&state=x', '?code=200&data=%7B%7D&state=x']) {
    arriveAt(window, `https://shop.example/page${address}`);
    assert.equal(await later().handleCallback(), null);
    assert.equal(window.location.href, `https://shop.example/page${address}`);
  }
});

test('an answer is taken once', async () => {
  const { window, answer, later } = await started();
  arriveAt(window, answer());
  assert.ok(await later().handleCallback());
  arriveAt(window, answer());
  await assert.rejects(later().handleCallback(), { code: 'state_mismatch' });
  assert.equal(window.requests.length, 1);
  assert.deepEqual(Object.keys(window.sessionStorage), []);
  assert.deepEqual(Object.keys(window.localStorage), []);
});

test('an exchange that failed is not tried again', async () => {
  const { window, answer, later } = await started();
  window.answer = async () => { throw new TypeError(); };
  arriveAt(window, answer());
  await assert.rejects(later().handleCallback(), { code: 'network_error' });
  arriveAt(window, answer());
  await assert.rejects(later().handleCallback(), { code: 'state_mismatch' });
});

test('two calls at once share one exchange', async () => {
  const { window, answer, later } = await started();
  arriveAt(window, answer());
  const wxmp = later();
  const [first, second] = await Promise.all([wxmp.handleCallback(), wxmp.handleCallback()]);
  assert.equal(first, second);
  assert.equal(window.requests.length, 1);
  assert.equal(await wxmp.handleCallback(), null);
});

test('the whole way', async () => {
  const { window, request, claims, answer, later } = await started({
    signIn: { scope: 'openid', prompt: 'login', maxAge: 0, uiLocales: 'zh-CN', state: { from: '/cart' } },
    window: fakeWindow({ address: 'https://shop.example/page?x=1#y' }),
  });
  assert.match(window.went[0], /^https:\/\/id\.example\/oidc\/auth\?/);
  const { state, nonce, code_challenge: challenge, ...rest } = request;
  assert.deepEqual(rest, {
    client_id: 'web', redirect_uri: 'https://shop.example/page', response_type: 'code', scope: 'openid',
    code_challenge_method: 'S256', prompt: 'login', max_age: '0', ui_locales: 'zh-CN',
  });
  assert.match(challenge, /^[A-Za-z0-9_-]{43}$/);
  assert.notEqual(state, nonce);
  const now = Date.now();
  arriveAt(window, answer().replace('?', '?kept=1&'));
  const session = await later().handleCallback();
  assert.deepEqual(session.claims, claims);
  assert.equal(session.accessToken, 'at');
  assert.equal(session.refreshToken, undefined);
  assert.deepEqual(session.state, { from: '/cart' });
  assert.ok(session.expiresAt >= now + 3600e3 && session.expiresAt < now + 3700e3);
  assert.equal(window.location.href, 'https://shop.example/page?kept=1');
  const [{ url, method, credentials, headers, form }] = window.requests;
  assert.deepEqual([url, method, credentials], [`${ISSUER}/token`, 'POST', 'omit']);
  assert.deepEqual(headers, { 'Content-Type': 'application/x-www-form-urlencoded' });
  assert.match(form.code_verifier, /^[A-Za-z0-9_-]{43}$/);
  delete form.code_verifier;
  assert.deepEqual(form, {
    grant_type: 'authorization_code', code: 'c0de', redirect_uri: 'https://shop.example/page', client_id: 'web',
  });
});

test('the fragment that browsers carry along from WeChat leaves the address too', async () => {
  const { window, answer, later } = await started();
  arriveAt(window, answer() + '&wechat_redirect#wechat_redirect');
  assert.equal((await later().handleCallback()).idToken !== undefined, true);
  assert.equal(window.location.href, 'https://shop.example/page?wechat_redirect');
});

test('PKCE as in RFC 7636, appendix B', async () => {
  const octets = [116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105,
    214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121];
  const random = (array) => { array.set(octets.slice(0, array.length)); return array; };
  const { window, request, answer, later } = await started({ window: fakeWindow({ random }) });
  assert.equal(request.code_challenge, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
  arriveAt(window, answer());
  await later().handleCallback();
  assert.equal(window.requests[0].form.code_verifier, 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk');
});

test('a pool, and a redirectUrl of its own', async () => {
  const window = fakeWindow();
  const Wxmp = load(window);
  await new Wxmp({ appId: 'web', pool: 'other', redirectUrl: 'https://shop.example/a' })
    .signIn({ redirectUrl: 'https://shop.example/b' });
  const url = new URL(window.went[0]);
  assert.equal(url.pathname, '/pools/other/oidc/auth');
  assert.equal(url.searchParams.get('redirect_uri'), 'https://shop.example/b');
});

test('the answer may come in the fragment', async () => {
  const { window, answer, later } = await started();
  arriveAt(window, answer().replace('?', '#'));
  assert.ok(await later().handleCallback());
  assert.equal(window.location.href, 'https://shop.example/page');
});

test('from a frame the whole tab leaves', async () => {
  const window = fakeWindow();
  const went = [];
  window.top = foreignTop((to) => went.push(to));
  await new (load(window))({ appId: 'web' }).signIn();
  assert.equal(went.length, 1);
  assert.deepEqual(window.went, []);
});
