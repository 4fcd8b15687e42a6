"""Scores a model on prompts of trained and of held-out combinations and draws contact sheets to look at."""
import json
import pathlib
import time

import numpy as np
import torch

from .judge import score
from .sample import sample
from .sheet import write_sheet
from .text import TextEncoder
from .train_codec import load_codec, psnr, to_bytes, to_float
from .transformer import Transformer
from .world import Clip, Mix, Spec, held_out

README_PROMPT = 'a red ball bounces over the sea at night'
README_SPEC = Spec('ball', 'red', 'bounce', ('sea', 'night'))


def load_transformer(path):
    """The averaged weights of a stage's checkpoint."""
    state = torch.load(path, weights_only=True)['average']
    depth = len({key.split('.')[1] for key in state if key.startswith('blocks.')})
    width = state['latent_in.weight'].shape[0]
    model = Transformer(width=width, depth=depth, heads=width // state['blocks.0.attention.q_norm.weight'].shape[0])
    model.load_state_dict(state)
    return model.eval().requires_grad_(False)


def test_clips(count, out, width=64, height=64, frames=9):
    """Clips of trained (out=False) or of held-out combinations, with captions that name everything."""
    mix, clips, i = Mix(((width, height),), (frames,), grid=16, hold_out=False), [], 0
    while len(clips) < count:
        clip = Clip(mix, 77, int(out), i)
        named = clip.caption.count(' ') >= 5 or frames == 1
        if held_out(clip.spec) == out and named:
            clips.append(clip)
        i += 1
    return clips


@torch.no_grad()
def decode(codec, latents):
    return np.concatenate([to_bytes(codec.decode(part)) for part in latents.split(8)])


def text_to_video(codec, model, text, clips, **settings):
    frames, height, width = clips[0].video.shape[:3]
    z = sample(model, [text(c.caption) for c in clips], 1 + (frames - 1) // 4, height, width, **settings)
    return decode(codec, z)


def image_to_video(codec, model, text, clips, **settings):
    frames, height, width = clips[0].video.shape[:3]
    first = [codec.encode(to_float([c.video[:1]]))[0] for c in clips]
    z = sample(model, [text(c.caption) for c in clips], 1 + (frames - 1) // 4, height, width, first=first, **settings)
    return decode(codec, z)


def evaluate(folder, stage, count=24, frames=9, codec_path=None, **settings):
    """-> dict of scores; writes <stage>_trained.png, <stage>_held_out.png and <stage>_animate.png"""
    folder = pathlib.Path(folder)
    codec, model, text = load_codec(codec_path or folder / 'codec.safetensors'), load_transformer(folder / f'{stage}.pt'), TextEncoder()
    out, started = dict(stage=stage, settings=settings, clips=count), time.time()
    for name, held in (('trained', False), ('held_out', True)):
        clips = test_clips(count, held, frames=frames)
        specs = [c.spec for c in clips]
        videos = text_to_video(codec, model, text, clips, **settings)
        write_sheet(list(videos[:14]), [c.caption for c in clips[:14]], folder / f'{stage}_{name}.png')
        out[name] = score(videos, specs)
        if not held:
            out['shifted'] = score(videos, specs[1:] + specs[:1])
            out['round_trip'] = score(decode(codec, codec.encode(to_float([c.video for c in clips]))), specs)
            if frames > 1:
                made = image_to_video(codec, model, text, clips[:8], **settings)
                write_sheet([x for pair in zip([c.video for c in clips], made) for x in pair], [x for c in clips[:8] for x in (c.caption, 'from its first frame')], folder / f'{stage}_animate.png')
                out['animate'] = score(made, specs[:8])
                out['animate_psnr'] = [round(float(np.mean([psnr(c.video[f], m[f]) for c, m in zip(clips, made)])), 1) for f in range(frames)]
    out['seconds'] = round(time.time() - started)
    with open(folder / 'evaluation.jsonl', 'a') as file:
        file.write(json.dumps(out) + '\n')
    return out
