// Takes the pictures of the page that the documentation shows. Argument: the folder for them.
import { join } from 'node:path';
import { address, eventually, launch, open } from './browser.mjs';

const folder = process.argv[2];
const VIDEOS = [
  ['a purple ring moves left in the desert', '96x64', 3],
  ['a pink moon stays still in the night sky', '64x64', 7],
  ['a yellow star rises over a meadow', '96x64', 2],
  ['a white heart falls in the sky at sunset', '64x64', 4],
  ['a blue square stays still over a snowy field', '64x96', 3],
  ['a red car moves left in the city at night', '64x64', 22],
  ['a red ball bounces over the sea at night', '64x64', 1],
];

const post = async body => {
  const headers = { 'Content-Type': 'application/json' };
  return (await fetch(`${address}/v1/videos`, { method: 'POST', headers, body: JSON.stringify(body) })).json();
};
const status = async id => (await (await fetch(`${address}/v1/videos/${id}`)).json()).status;

for (const [prompt, size, seed] of VIDEOS) {
  const { id } = await post({ prompt, size, seed, seconds: '2' });
  await eventually(prompt, async () => (await status(id)) === 'completed');
}

const browser = await launch();

async function take(name, options, prepare) {
  const { page, context } = await open(browser, options);
  await page.locator('#screen video').waitFor();
  await eventually('pictures', () => page.evaluate(() => [...document.querySelectorAll('.card img')].slice(0, 4).every(image => image.complete)));
  await prepare(page);
  await page.screenshot({ path: join(folder, name), type: 'png' });
  await context.close();
}

/** A moment into the video, without the browser's controls. */
async function rest(page) {
  await page.locator('#screen video').evaluate(async player => {
    player.pause();
    player.controls = false;
    player.currentTime = 0.8;
    await new Promise(resolve => player.addEventListener('seeked', resolve, { once: true }));
  });
  await page.mouse.move(0, 0);
}

const desktop = { width: 1180, height: 800 };
await take('page-light.png', { viewport: desktop, colorScheme: 'light' }, rest);
await take('page-phone.png', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }, async page => {
  await page.locator('#stage').scrollIntoViewIfNeeded();
  await page.evaluate(() => window.scrollTo(0, document.getElementById('stage').offsetTop - 12));
  await rest(page);
});
await take('page-dark.png', { viewport: desktop, colorScheme: 'dark' }, async page => {
  await page.getByLabel('Prompt', { exact: true }).fill('an orange cat stays still over the meadow');
  await page.getByLabel('8 s').check();
  await page.getByRole('button', { name: 'Render', exact: true }).click();
  await page.locator('#screen .preview').waitFor();
  await eventually('half of it', async () => Number(await page.locator('#progress').getAttribute('aria-valuenow')) > 35);
});
await browser.close();
