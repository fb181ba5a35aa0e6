// jssdkConfig(): a signature for WeChat's own JS-SDK.

import test from 'node:test';
import assert from 'node:assert/strict';
import { fakeWindow, load } from './fakeWindow.mjs';

const config = { appId: 'wx0', timestamp: 1700000000, nonceStr: 'n', signature: '9062a934' };

/** A page at `address` whose provider answers with `body`. */
function page({ address, body = config, status = 200, options = { appId: 'web' } }) {
  const window = fakeWindow({ address });
  window.answer = async () => ({ ok: status === 200, json: async () => body });
  const Wxmp = load(window);
  return { window, wxmp: new Wxmp(options) };
}

/** The page that the provider was asked about. */
const askedFor = (window) => new URL(window.requests[0].url).searchParams.get('url');

test('an answer without a signature is refused', async () => {
  for (const body of [null, {}, { ...config, signature: '' }, { ...config, timestamp: undefined }]) {
    await assert.rejects(page({ address: 'https://shop.example/', body }).wxmp.jssdkConfig(), { code: 'invalid_answer' });
  }
});

test('the provider\'s refusal becomes the code', async () => {
  const body = { error: 'access_denied', error_description: 'another host' };
  await assert.rejects(page({ address: 'https://shop.example/', body, status: 403 }).wxmp.jssdkConfig(),
    { code: 'access_denied', message: 'another host' });
});

test('no network', async () => {
  const Wxmp = load(fakeWindow());
  await assert.rejects(new Wxmp({ appId: 'web' }).jssdkConfig(), { code: 'network_error' });
});

test('this page is asked for as the browser shows it, without its fragment', async () => {
  const address = 'https://shop.example/app?a=1&b=%E4%B8%AD+x&amp;c={d}#/route?e=f#g';
  const { window, wxmp } = page({ address });
  assert.deepEqual(await wxmp.jssdkConfig(), config);
  assert.equal(askedFor(window), address.split('#')[0]);
  assert.equal(window.requests.length, 1);
  assert.equal(window.requests[0].credentials, 'omit');
});

test('another page can be asked for: the first one of a single-page app on iOS', async () => {
  const { window, wxmp } = page({ address: 'https://shop.example/later' });
  await wxmp.jssdkConfig('https://shop.example/first?x=1#top');
  assert.equal(askedFor(window), 'https://shop.example/first?x=1');
});

test('the connection and the pool are in the path, the application beside the page', async () => {
  const path = async (options) => {
    const { window, wxmp } = page({ address: 'https://shop.example/', options });
    await wxmp.jssdkConfig();
    return window.requests[0].url.split('&url=')[0];
  };
  assert.equal(await path({ appId: 'web', identifier: 'mp' }),
    'https://id.example/api/v1/wechat/mp/jssdk-config?app_id=web');
  assert.equal(await path({ appId: 'web', pool: 'shop' }),
    'https://id.example/pools/shop/api/v1/wechat/wechat:webpage-authorization/jssdk-config?app_id=web');
});
