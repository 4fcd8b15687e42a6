"""The protocol's own Python client, unmodified, against a server: videos.py BASE_URL KEY PICTURE. Ends with status 0 when all is as it takes it to be."""
import base64
import pathlib
import sys
import warnings

import openai

warnings.simplefilter('ignore', DeprecationWarning)  # its maker has closed the service, and marked all of this so
base_url, key, picture = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key=key, max_retries=0, timeout=60)
small = dict(num_inference_steps=2, guidance_scale=1.5)


def expect(what, expected, found):
    if expected != found:
        sys.exit(f'{what}: expected {expected!r}, found {found!r}')


def refused(kind, call):
    try:
        call()
    except kind as error:
        return error
    sys.exit(f'expected {kind.__name__}, found an answer')


# create, poll by the client's own helper, download
first = client.videos.create_and_poll(prompt='a red ball', seconds='1', size='32x32', extra_body=small)
expect('status', 'completed', first.status)
expect('progress', 100, first.progress)
expect('size', '32x32', first.size)
expect('file', b'ftyp', client.videos.download_content(first.id).read()[4:8])
expect('thumbnail', b'\x89PNG', client.videos.download_content(first.id, variant='thumbnail').read()[:4])

# from a picture; over to another prompt; as JSON
second = client.videos.create_and_poll(prompt='a blue square', input_reference=pathlib.Path(picture), extra_body=dict(num_frames=2, num_inference_steps=1))
expect('status from a picture', 'completed', second.status)
remix = client.videos.poll(client.videos.remix(first.id, prompt='a green star').id)
expect('remixed from', first.id, remix.remixed_from_video_id)
fourth = client.videos.create(prompt='a ring', seconds='1', size='32x32', extra_headers={'Content-Type': 'application/json'}, extra_body=small)
expect('status of JSON', 'completed', client.videos.poll(fourth.id).status)

# over to another prompt from a file, and more of it
clip = picture + '.mp4'
client.videos.download_content(first.id).write_to_file(clip)
edit = client.videos.poll(client.videos.edit(prompt='snow', video=pathlib.Path(clip), extra_body=dict(num_inference_steps=1)).id)
expect('status of an edit', 'completed', edit.status)
longer = client.videos.poll(client.videos.extend(prompt='a red ball', seconds='1', video=pathlib.Path(clip), extra_body=dict(num_inference_steps=1)).id)
expect('seconds of an extension', '2', longer.seconds)
expect('status of an extension', 'completed', longer.status)

# list over pages, delete
expect('list', [longer.id, edit.id, fourth.id, remix.id, second.id, first.id], [video.id for video in client.videos.list(limit=3)])
expect('deleted', True, client.videos.delete(first.id).deleted)

# pictures, at once and as they come
pictures = client.images.generate(prompt='a red ball', n=2, size='32x32', output_format='webp', extra_body=dict(num_inference_steps=4)).data
expect('pictures', [b'RIFF', b'RIFF'], [base64.b64decode(one.b64_json)[:4] for one in pictures])
events = client.images.generate(prompt='a red ball', size='32x32', stream=True, partial_images=2, extra_body=dict(num_inference_steps=4))
expect('events', ['image_generation.partial_image'] * 2 + ['image_generation.completed'], [event.type for event in events])

# errors
expect('code', 'not_found', refused(openai.NotFoundError, lambda: client.videos.retrieve(first.id)).code)
expect('param', 'size', refused(openai.BadRequestError, lambda: client.videos.create(prompt='a ball', size='1x1')).param)
refused(openai.BadRequestError, lambda: client.videos.create(prompt=''))
refused(openai.NotFoundError, lambda: client.videos.download_content('video_none'))
refused(openai.AuthenticationError, lambda: openai.OpenAI(base_url=base_url, api_key='another', max_retries=0).videos.list())
