// The web page of a server that asks for keys.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { address, barriers, eventually, launch, LONGEST_MS, open } from './browser.mjs';

const key = process.env.ZOETROPE_TEST_KEY;
let browser;

before(async () => {
  browser = await launch();
});

after(() => browser.close());

it('is entered with a key, which stays nowhere in the page', { timeout: 4 * LONGEST_MS }, async () => {
  const { page, context, troubles } = await open(browser);
  const field = page.getByLabel('API key');
  await field.waitFor();
  assert.equal(await page.locator('#studio').isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'key');
  assert.deepEqual(await barriers(page), []);
  await field.fill('a-key-of-another-server');
  await page.keyboard.press('Enter');
  await page.getByText('This is not a key of this server.').waitFor();
  assert.equal(await field.getAttribute('aria-invalid'), 'true');

  await field.fill(key);
  await page.keyboard.press('Enter');
  await page.getByLabel('Prompt', { exact: true }).fill('a red ball');
  await page.getByText('More settings').click();
  await page.getByLabel('Steps').fill('1');
  await page.keyboard.press('Enter');
  const player = page.locator('#screen video[src$="/content"]');
  await player.waitFor();
  await eventually('media come with the cookie', () => player.evaluate(element => element.readyState >= 2));
  await eventually('pictures too', () => page.locator('.card img').evaluate(image => image.naturalWidth > 0));
  const kept = await page.evaluate(() => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }));
  assert.equal(kept, '{}', 'scripts see neither cookie nor key');
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.expires], [true, 'Strict', -1]);
  assert.equal(cookie.value.includes(key), false);

  await page.reload();
  await player.waitFor();
  assert.equal((await fetch(`${address}/v1/videos`)).status, 401, 'others are not let in by that');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await field.waitFor();
  assert.equal(await page.locator('.card').count(), 0, 'nothing of it is left');
  await page.reload();
  await field.waitFor();

  await field.fill(key);
  await page.keyboard.press('Enter');
  await player.waitFor();
  await context.clearCookies(); // as when the session is over
  await page.getByRole('button', { name: 'Render again' }).click();
  await field.waitFor();
  assert.deepEqual(troubles, []);
  await context.close();
});
