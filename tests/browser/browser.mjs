// The browser of the page's tests, and the few things that all of them do with it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Far longer than anything here takes, on two busy cores. */
export const LONGEST_MS = 60_000;

const require = createRequire(`${process.env.ZOETROPE_TEST_BROWSER}/`);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const address = process.env.ZOETROPE_TEST_ADDRESS;

export const launch = () =>
  chromium.launch({
    executablePath: process.env.ZOETROPE_TEST_CHROMIUM,
    args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--force-color-profile=srgb'],
  });

/** A page of its own, with what went wrong in it and what it asked other servers for. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  context.setDefaultTimeout(LONGEST_MS);
  const page = await context.newPage();
  const troubles = [];
  page.on('pageerror', error => troubles.push(String(error)));
  page.on('console', message => /Content Security Policy|Trusted/i.test(message.text()) && troubles.push(message.text()));
  page.on('dialog', dialog => {
    troubles.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('request', request => {
    const isOwn = request.url().startsWith(address) || /^(blob|data):/.test(request.url());
    isOwn || troubles.push(`asked ${request.url()}`);
  });
  await page.goto(address);
  return { page, context, troubles };
}

/** What axe-core finds that keeps somebody from using the page. */
export async function barriers(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any.map(({ message }) => message)}`).join(' | ')}`);
}

/** Waits until something is there and gives it. */
export async function eventually(what, found) {
  const start = Date.now();
  for (;;) {
    const value = await found();
    if (value) {
      return value;
    }
    assert.ok(Date.now() - start < LONGEST_MS, `not within ${LONGEST_MS / 1000} s: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

/** A PNG of one colour. */
export async function picture(page, width, height) {
  const encoded = await page.evaluate(
    ([across, down]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: across, height: down });
      const context = canvas.getContext('2d');
      context.fillStyle = '#3070c0';
      context.fillRect(0, 0, across, down);
      return canvas.toDataURL('image/png').split(',')[1];
    },
    [width, height],
  );
  return Buffer.from(encoded, 'base64');
}
