// fetchUserInfo(): the name and picture of whoever signed in.

import test from 'node:test';
import assert from 'node:assert/strict';
import { fakeWindow, load } from './fakeWindow.mjs';

const session = { accessToken: 'a.b.c', claims: { sub: 's' } };

/** Asks a provider that answers with `status` and `body`. */
function asked({ body, status = 200, options = { appId: 'web' } }) {
  const window = fakeWindow();
  window.answer = async () => ({ ok: status === 200, json: async () => body });
  const Wxmp = load(window);
  return { window, answer: new Wxmp(options).fetchUserInfo(session) };
}

test('an answer about another person is refused', async () => {
  await assert.rejects(asked({ body: { sub: 'x', name: 'Mallory' } }).answer, { code: 'invalid_answer' });
});

test('an answer about nobody is refused', async () => {
  await assert.rejects(asked({ body: { name: 'Mallory' } }).answer, { code: 'invalid_answer' });
  await assert.rejects(asked({ body: null }).answer, { code: 'invalid_answer' });
});

test('the provider\'s error becomes the code', async () => {
  const body = { error: 'invalid_token', error_description: 'expired' };
  await assert.rejects(asked({ body, status: 401 }).answer, { code: 'invalid_token', message: 'expired' });
});

test('no network', async () => {
  const Wxmp = load(fakeWindow());
  await assert.rejects(new Wxmp({ appId: 'web' }).fetchUserInfo(session), { code: 'network_error' });
});

test('the token goes in the header, without cookies, and the answer comes back whole', async () => {
  const body = { sub: 's', name: '<b>小明🐧', picture: 'https://wx.qlogo.cn/1' };
  const { window, answer } = asked({ body });
  assert.deepEqual(await answer, body);
  assert.equal(window.requests.length, 1);
  const [{ url, headers, credentials, method }] = window.requests;
  assert.equal(url, 'https://id.example/oidc/me');
  assert.deepEqual(headers, { Authorization: 'Bearer a.b.c' });
  assert.equal(credentials, 'omit');
  assert.equal(method, undefined);
});

test('another pool has its own address', async () => {
  const { window, answer } = asked({ body: { sub: 's' }, options: { appId: 'web', pool: 'other' } });
  await answer;
  assert.equal(window.requests[0].url, 'https://id.example/pools/other/oidc/me');
});
