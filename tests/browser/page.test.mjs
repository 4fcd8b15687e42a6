// The web page of a server without keys, in a real browser. What the page shows is held against what the API says.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { address, barriers, eventually, launch, LONGEST_MS, open, picture } from './browser.mjs';

const LONG = { num_frames: 1000, num_inference_steps: 1000 };
/** Decoded for many seconds on any machine, and cancelled long before that. */
const ENDLESS = { seconds: '200', steps: '1', side: '160' };
const SHORT = { num_frames: 2, num_inference_steps: 1 };

let browser;

before(async () => {
  browser = await launch();
});

after(() => browser.close());

async function api(path, method = 'GET', body = undefined) {
  const headers = body ? { 'Content-Type': 'application/json' } : {};
  const response = await fetch(address + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, ...(await response.json()) };
}

const video = id => api(`/v1/videos/${id}`);
const create = body => api('/v1/videos', 'POST', { prompt: 'a red ball', ...body });
const completed = id => eventually(`${id} is completed`, async () => (await video(id)).status === 'completed');
const inFront = page => page.evaluate(() => location.hash.slice(1));
const card = (page, id) => page.locator(`.card:has(.open[data-id="${id}"])`);

/** Asks for a video as somebody at the page does, and waits until it is in front. */
async function askFor(page, { prompt, seconds, steps, side }) {
  await page.getByLabel('Prompt', { exact: true }).fill(prompt);
  if (side) {
    await page.getByRole('group', { name: 'Size' }).getByLabel('Other').check();
    await page.getByLabel('Width').fill(side);
    await page.getByLabel('Height').fill(side);
  }
  await page.getByRole('group', { name: 'Length' }).getByLabel('Other').check();
  await page.getByLabel('Seconds').fill(seconds);
  await page.getByText('More settings').click();
  await page.getByLabel('Steps').fill(steps);
  await page.getByRole('button', { name: 'Render', exact: true }).click();
  return eventually(`${prompt} is in front`, async () => (await video(await inFront(page))).prompt === prompt && inFront(page));
}

/** What the video in front does; nothing where there is none. */
const playing = page =>
  page.evaluate(() => {
    const element = document.querySelector('#screen video');
    return element && {
      source: element.getAttribute('src'),
      time: element.currentTime,
      duration: element.duration,
      ready: element.readyState,
      frames: element.getVideoPlaybackQuality().totalVideoFrames,
      loop: element.loop,
    };
  });

async function removeAll() {
  for (const { id } of (await api('/v1/videos?limit=100')).data) {
    await api(`/v1/videos/${id}`, 'DELETE');
  }
}

/** A page for one test; nothing may have gone wrong in it. */
async function visit(work, options = {}) {
  const { page, context, troubles } = await open(browser, options);
  await page.locator('#studio').waitFor();
  try {
    await work(page, context);
    assert.deepEqual(troubles, []);
  } finally {
    await context.close();
  }
}

describe('the page', { concurrency: false, timeout: 4 * LONGEST_MS }, () => {
  it('shows progress, and plays the video before its job ends', async () => {
    await visit(async page => {
      const id = await askFor(page, { prompt: 'a red ball bounces over the sea', ...ENDLESS });
      const seen = [];
      const progress = page.locator('#progress');
      const look = async () => {
        const value = Number(await progress.getAttribute('aria-valuenow'));
        seen.at(-1) === value || seen.push(value);
      };
      const early = await eventually('it plays', async () => {
        await look();
        const now = await playing(page);
        return now && now.time > 0.25 && now.frames >= 2 && now;
      });
      const status = (await video(id)).status; // asked after frames were seen
      assert.equal(status, 'in_progress', `it was being made still: ${JSON.stringify(early)}`);
      assert.equal(early.source, `/v1/videos/${id}/stream`);
      assert.ok(early.ready >= 2, 'there is a picture');
      await eventually('progress moves', async () => {
        await look();
        return seen.length >= 3;
      });
      assert.deepEqual(seen, [...seen].sort((a, b) => a - b), 'and never back');
      await page.getByRole('button', { name: 'Cancel', exact: true }).click();
      await page.getByText('Cancelled before it was done.').waitFor();
      assert.equal(await page.locator('#screen video').count(), 0);
    });
  });

  it('plays the whole video when it is done', async () => {
    await visit(async page => {
      const id = await askFor(page, { prompt: 'a red ball', seconds: '75', steps: '2' });
      await completed(id);
      const whole = await eventually('the file plays', async () => {
        const now = await playing(page);
        return now && now.source.endsWith('/content') && now.ready >= 2 && now.time > 0 && now;
      });
      assert.deepEqual([whole.loop, Math.round(whole.duration)], [true, 75]);
      await card(page, id).locator('img').waitFor();
    });
  });

  it('cancels a running video', async () => {
    const { id } = await create(LONG);
    await visit(async page => {
      await page.getByText(/step \d+ of/).waitFor();
      assert.equal(await inFront(page), id);
      await page.getByRole('button', { name: 'Cancel', exact: true }).click();
      await page.getByText('Cancelled before it was done.').waitFor();
      assert.equal((await video(id)).status, 'cancelled');
      assert.equal(await page.locator('#progress').isVisible(), false);
      await card(page, id).getByText('Cancelled').waitFor();
    });
  });

  it('finds a running video again after a reload', async () => {
    await visit(async page => {
      await page.getByLabel('Prompt', { exact: true }).fill('a yellow star rises');
      await page.getByText('More settings').click();
      await page.getByLabel('Steps').fill('1000');
      await page.getByLabel('Prompt', { exact: true }).press('Enter');
      const step = async () => Number((await page.locator('#status').textContent()).match(/step (\d+) of/)?.[1] ?? 0);
      const first = await eventually('it runs', step);
      const id = await inFront(page);

      await page.reload();
      const later = await eventually('it goes on', async () => (await step()) > first && step());
      assert.ok(later > first);
      assert.equal(await inFront(page), id);
      assert.equal((await video(id)).status, 'in_progress');
      await page.locator('#screen .preview').waitFor();
      // Not image.decode(): that fails when the next preview takes its place meanwhile.
      await eventually('a preview is a picture', () => page.locator('#screen .preview').evaluate(image => image.complete && image.naturalWidth));
      await api(`/v1/videos/${id}/cancel`, 'POST');
      await page.getByText('Cancelled before it was done.').waitFor();
    });
  });

  it('goes on without events, and says when the server is away', async () => {
    await visit(async (page, context) => {
      await context.route('**/events*', route => route.abort());
      await page.getByLabel('Prompt', { exact: true }).fill('a white moon falls');
      await page.keyboard.press('Enter');
      const id = await eventually('it is asked for', async () => (await video(await inFront(page))).prompt === 'a white moon falls' && inFront(page));
      await completed(id);
      await eventually('the video is there', () => page.locator(`#screen video[src$="${id}/content"]`).count());

      await context.setOffline(true);
      await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
      await page.getByText('The server does not answer. Trying again.').waitFor();
      await context.setOffline(false);
      await eventually('it is there again', async () => (await page.locator('#connection').textContent()) === '');
    });
  });

  it('begins with a picture that was chosen or dropped', async () => {
    await visit(async page => {
      const file = { name: 'sky.png', mimeType: 'image/png', buffer: await picture(page, 48, 32) };
      await page.locator('#picture').setInputFiles(file);
      await page.getByText('sky.png').waitFor();
      assert.ok(await page.locator('#picture-thumb').evaluate(image => image.decode().then(() => image.naturalWidth)));
      assert.ok(await page.getByLabel('As picture').isChecked());
      await page.getByRole('button', { name: 'Remove the picture' }).click();
      assert.equal(await page.getByLabel('As picture').isVisible(), false);

      const dropped = await page.evaluateHandle(bytes => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], 'dropped.png', { type: 'image/png' }));
        return transfer;
      }, [...file.buffer]);
      for (const type of ['dragenter', 'dragover', 'drop']) {
        await page.dispatchEvent('main#studio', type, { dataTransfer: dropped });
      }
      await page.getByText('dropped.png').waitFor();

      await page.getByRole('group', { name: 'Length' }).getByLabel('1 s').check();
      await page.getByText('More settings').click();
      await page.getByLabel('Steps').fill('1');
      await page.getByLabel('Prompt', { exact: true }).fill('a blue sky');
      await page.getByRole('button', { name: 'Render', exact: true }).click();
      const id = await eventually('it is asked for', async () => (await video(await inFront(page))).prompt === 'a blue sky' && inFront(page));
      assert.equal((await video(id)).size, '48x32', 'the size is the picture’s');
      await completed(id);
    });
  });

  it('says what is wrong beside the field', async () => {
    await visit(async page => {
      const prompt = page.getByLabel('Prompt', { exact: true });
      await prompt.press('Enter');
      await page.getByText('Say what the video shows.').waitFor();
      assert.equal(await prompt.getAttribute('aria-invalid'), 'true');
      await prompt.fill('a red ball');
      assert.equal(await prompt.getAttribute('aria-invalid'), null, 'until it is changed');

      await page.getByRole('group', { name: 'Size' }).getByLabel('Other').check();
      await page.getByLabel('Width').fill('63');
      await page.getByLabel('Height').fill('64');
      await prompt.press('Enter');
      await page.locator('[data-field=size] .error').waitFor();
      assert.match(await page.locator('[data-field=size] .error').textContent(), /^Expected .*found/);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'width');

      await page.getByLabel('64 × 64').check();
      await page.getByText('More settings').click();
      await page.getByLabel('Steps').fill('none');
      await page.getByText('More settings').click();
      await prompt.press('Enter');
      await page.locator('[data-field=num_inference_steps] .error').waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.id), 'steps', 'in a part that was closed');
      assert.deepEqual(await barriers(page), []);
    });
  });

  it('shows a prompt as the text it is', async () => {
    const hostile = '<img src=x onerror="window.hacked=true"><script>window.hacked=true</script>';
    const { id } = await create({ ...SHORT, prompt: hostile });
    await completed(id);
    await visit(async page => {
      await page.getByRole('heading', { name: hostile }).waitFor();
      assert.equal(await card(page, id).locator('.words').textContent(), hostile);
      await page.getByRole('button', { name: 'Remix' }).click();
      assert.equal(await page.locator('#source-prompt').textContent(), hostile);
      assert.equal(await page.evaluate(() => window.hacked), undefined);
      assert.equal(await page.locator('[onerror]').count(), 0);
    });
  });

  it('extends, loops and smooths', async () => {
    const { id } = await create({ num_frames: 8, num_inference_steps: 1 });
    await completed(id);
    await visit(async page => {
      const made = async (what, act) => {
        await card(page, id).locator('.open').click();
        await page.getByRole('heading', { name: 'a red ball', exact: true }).waitFor();
        await act();
        const next = await eventually(`${what} is in front`, async () => (await inFront(page)) !== id && inFront(page));
        await completed(next);
        return video(next);
      };
      const dialog = async (name, submit) => {
        await page.locator('#actions').getByRole('button', { name }).click();
        await page.getByLabel('1 s').check();
        await page.getByRole('button', { name: submit, exact: true }).and(page.locator('#submit')).click();
      };
      const longer = await made('the longer one', () => dialog('Extend', 'Extend'));
      assert.equal(longer.num_frames, 16);
      assert.equal(longer.remixed_from_video_id, id);
      const loop = await made('the loop', () => dialog('Loop', 'Close the loop'));
      assert.ok(loop.num_frames > 8);
      const smooth = await made('the smooth one', () => page.getByRole('button', { name: 'Smoother' }).click());
      assert.deepEqual([smooth.fps, smooth.num_frames], [16, 15]);
    });
  });

  it('renders again, with the same seed and another, remixes and deletes', async () => {
    const { id } = await create({ ...SHORT, seed: 7, negative_prompt: 'a cat' });
    await completed(id);
    await visit(async page => {
      await card(page, id).locator('.open').click();
      const next = async before => {
        const now = await eventually('another one is in front', async () => (await inFront(page)) !== before && inFront(page));
        await completed(now);
        await page.getByRole('link', { name: 'Download' }).waitFor();
        return video(now);
      };
      await page.getByRole('button', { name: 'Render again' }).click();
      const same = await next(id);
      assert.deepEqual([same.seed, same.negative_prompt, same.num_frames], [7, 'a cat', 2]);

      await page.getByRole('button', { name: 'New seed' }).click();
      const other = await next(same.id);
      assert.notEqual(other.seed, 7);
      assert.equal(other.num_frames, 2);

      await page.getByLabel('Prompt', { exact: true }).fill('what was begun');
      await page.getByRole('button', { name: 'Remix' }).click();
      assert.ok(await page.getByText('Makes over').isVisible());
      await page.keyboard.press('Escape');
      assert.equal(await page.getByText('Makes over').isVisible(), false);
      assert.equal(await page.getByLabel('Prompt', { exact: true }).inputValue(), 'what was begun');
      await page.getByRole('button', { name: 'Remix' }).click();
      await page.keyboard.type('a blue ball'); // over the old prompt, which is selected
      await page.keyboard.press('Enter');
      const remix = await next(other.id);
      assert.deepEqual([remix.prompt, remix.remixed_from_video_id], ['a blue ball', other.id]);

      await page.getByRole('button', { name: 'Use settings' }).click();
      assert.equal(await page.getByLabel('Seed', { exact: true }).inputValue(), String(remix.seed));

      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Download' }).click();
      assert.match((await download).suggestedFilename(), /\.mp4$/);

      await card(page, remix.id).hover();
      await card(page, remix.id).getByRole('button', { name: /^Delete/ }).click();
      await page.getByRole('button', { name: 'Keep it' }).click();
      assert.equal((await video(remix.id)).status, 'completed');
      await page.locator('#actions').getByRole('button', { name: 'Delete' }).click();
      await page.locator('dialog').getByRole('button', { name: 'Delete' }).click();
      await eventually('it is gone', async () => (await card(page, remix.id).count()) === 0);
      assert.equal((await video(remix.id)).status, 404);
    });
  });

  it('takes over settings to the last bit of a seed', async () => {
    const form = new FormData();
    const settings = { prompt: 'a "seed":1234567890123456789', seed: '9007199254740993', width: '48', height: '32', num_frames: '3', num_inference_steps: '1' };
    Object.entries(settings).forEach(([name, value]) => form.append(name, value));
    const { id } = await (await fetch(`${address}/v1/videos`, { method: 'POST', body: form })).json();
    await completed(id);
    await visit(async page => {
      await page.getByRole('button', { name: 'Use settings' }).click();
      const value = label => page.getByLabel(label, { exact: true }).inputValue();
      assert.equal(await value('Prompt'), settings.prompt);
      assert.deepEqual([await value('Seed'), await value('Width'), await value('Height')], ['9007199254740993', '48', '32']);
      assert.equal(await value('Seconds'), (await video(id)).seconds);
    });
  });

  it('is used with the keyboard alone', async () => {
    await removeAll();
    await visit(async page => {
      const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.dataset.does || document.activeElement.className);
      const tabTo = async wanted => {
        for (let steps = 0; (await focused()) !== wanted; steps++) {
          assert.ok(steps < 40, `Tab leads to ${wanted}`);
          await page.keyboard.press('Tab');
          const outline = await page.evaluate(() => {
            const at = document.activeElement;
            if (at.tagName === 'VIDEO' || at === document.body) {
              return true; // the focus is on one of the browser's own buttons
            }
            const shown = [at, at.nextElementSibling, at.parentElement.querySelector('label'), at.querySelector('.thumb')];
            return shown.some(each => each && getComputedStyle(each).outlineStyle !== 'none');
          });
          assert.ok(outline, `the focus is seen on ${await focused()}`);
        }
      };
      await tabTo('prompt');
      await page.keyboard.type('a green heart grows');
      await tabTo('picture');
      await page.keyboard.press('Tab'); // to the sizes
      await page.keyboard.press('ArrowRight');
      assert.ok(await page.getByLabel('96 × 64').isChecked());
      await page.keyboard.press('Tab'); // to the lengths
      await page.keyboard.press('ArrowLeft');
      assert.ok(await page.getByRole('group', { name: 'Length' }).getByLabel('1 s').isChecked());
      await tabTo('submit');
      await page.keyboard.press('Enter');
      const id = await eventually('it is asked for', () => inFront(page));
      await completed(id);
      assert.deepEqual([(await video(id)).size, (await video(id)).seconds], ['96x64', '1']);
      await page.getByRole('link', { name: 'Download' }).waitFor();
      await tabTo('again');
      await tabTo('open');
      await page.keyboard.press('Delete');
      await page.locator('dialog').waitFor();
      await page.keyboard.press('Escape');
      assert.equal(await focused(), 'open', 'the focus is where it was');
      await page.keyboard.press('Delete');
      await page.locator('dialog').waitFor();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await eventually('it is gone', async () => (await video(id)).status === 404);
      await eventually('the page is empty again', () => page.getByText('Nothing here yet.').isVisible());
    });
  });

  it('shows older videos on demand', async () => {
    await removeAll();
    const ids = [];
    for (let number = 0; number < 26; number++) {
      ids.push((await create({ num_frames: 1, num_inference_steps: 1, width: 16, height: 16 })).id);
    }
    await completed(ids.at(-1));
    await Promise.all(ids.map(completed));
    await visit(async page => {
      await eventually('a page of them', async () => (await page.locator('.card').count()) === 24);
      await page.getByRole('button', { name: 'Show older ones' }).click();
      await eventually('all of them', async () => (await page.locator('.card').count()) === 26);
      assert.equal(await page.getByRole('button', { name: 'Show older ones' }).isVisible(), false);
      await eventually('what is deleted elsewhere goes', async () => {
        await api(`/v1/videos/${ids[0]}`, 'DELETE');
        await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
        return (await page.locator('.card').count()) === 25;
      });
    });
  });

  for (const [name, options] of [
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }],
    ['on a narrow phone, calm', { viewport: { width: 320, height: 600 }, isMobile: true, hasTouch: true, reducedMotion: 'reduce' }],
  ]) {
    it(`keeps nobody out: ${name}`, async () => {
      const running = await create({ ...LONG, prompt: `a very long prompt ${'without-a-place-to-break'.repeat(8)}` });
      await visit(async page => {
        await page.getByText(/step \d+ of/).waitFor();
        await page.getByText('More settings').click();
        const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
        assert.ok(await fits(), 'nothing to scroll sideways while it runs');
        if (!options.reducedMotion) {
          assert.deepEqual(await barriers(page), [], 'while it runs');
        }
        await page.locator('.card .open').nth(1).click();
        await page.getByRole('link', { name: 'Download' }).waitFor();
        assert.ok(await fits(), 'nothing to scroll sideways when it is done');
        if (!options.isMobile) {
          assert.deepEqual(await barriers(page), [], 'when it is done');
        }
        const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
        assert.equal(paper[0] < 128, options.colorScheme === 'dark');
        const moves = await page.locator('#screen video').evaluate(player => player.autoplay);
        assert.equal(moves, options.reducedMotion !== 'reduce', 'nothing moves by itself for who wants none of it');
      }, options);
      await api(`/v1/videos/${running.id}`, 'DELETE');
    });
  }
});
