/*
 * The protocol's own Node client, unmodified, against a server: node videos.mjs BASE_URL KEY PICTURE, in a folder where
 * `npm install` has put what package.json says. Ends with status 0 when all is as it takes it to be.
 */
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';

const { OpenAI } = createRequire(`${process.cwd()}/package.json`)('openai');
const [baseURL, apiKey, picture] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 60_000 });
const small = { num_inference_steps: 2, guidance_scale: 1.5 };

/** This client has no helper that waits. */
async function finished(video) {
    const end = Date.now() + 120_000;
    while (video.status === 'queued' || video.status === 'in_progress') {
        assert(Date.now() < end, `${video.id} is over within two minutes`);
        await pause(100);
        video = await client.videos.retrieve(video.id);
    }
    return video;
}

async function bytes(response) {
    return Buffer.from(await response.arrayBuffer());
}

// create, poll, download
const first = await finished(await client.videos.create({ prompt: 'a red ball', seconds: '1', size: '32x32', ...small }));
assert.equal(first.status, 'completed');
assert.equal(first.progress, 100);
assert.equal(first.size, '32x32');
assert.equal((await bytes(await client.videos.downloadContent(first.id))).toString('latin1', 4, 8), 'ftyp');
assert.equal(
    (await bytes(await client.videos.downloadContent(first.id, { variant: 'thumbnail' }))).toString('latin1', 1, 4),
    'PNG',
);

// from a picture; over to another prompt
const second = await finished(
    await client.videos.create({
        prompt: 'a blue square',
        input_reference: createReadStream(picture),
        num_frames: 2,
        num_inference_steps: 1,
    }),
);
assert.equal(second.status, 'completed');
const remix = await finished(await client.videos.remix(first.id, { prompt: 'a green star' }));
assert.equal(remix.remixed_from_video_id, first.id);

// list over pages, delete
const listed = [];
for await (const video of client.videos.list({ limit: 2 })) {
    listed.push(video.id);
}
assert.deepEqual(listed, [remix.id, second.id, first.id]);
assert.equal((await client.videos.delete(first.id)).deleted, true);

// errors
await assert.rejects(client.videos.retrieve(first.id), (e) => e instanceof OpenAI.NotFoundError && e.code === 'not_found');
await assert.rejects(
    client.videos.create({ prompt: 'a ball', size: '1x1' }),
    (e) => e instanceof OpenAI.BadRequestError && e.param === 'size' && e.requestID.length > 0,
);
await assert.rejects(client.videos.create({ prompt: '' }), OpenAI.BadRequestError);
await assert.rejects(client.videos.downloadContent('video_none'), OpenAI.NotFoundError);
await assert.rejects(
    new OpenAI({ baseURL, apiKey: 'another', maxRetries: 0 }).videos.list(),
    OpenAI.AuthenticationError,
);
