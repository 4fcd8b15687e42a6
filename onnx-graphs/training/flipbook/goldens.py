"""Writes the parity goldens: a tiny random model folder (fp32) and its inputs and outputs, `reference.safetensors`.

    python -m flipbook.goldens <folder>             tiny model + reference
    python -m flipbook.goldens --random <folder>    a full-size random model (fp16), no reference
    python -m flipbook.goldens --of <model folder> <reference.safetensors>      the reference of any model folder

Every parameter is random and none is trivial, so a transposed weight, a lost bias or a swapped axis shows. Keys of the
reference: `<case>.<input or output>`; each case's own comment says what it covers. Velocities of groups with sigma 0 are divided
by SIGMA_MIN and mean nothing: leave them out of a comparison, or compare them relative to their size.
"""
import functools
import pathlib
import sys

import torch
from safetensors.torch import save_file

from .codec import Codec
from .export import load_shipped, write_model
from .packing import Segment, clip_times, pack
from .text import TextEncoder, no_text
from .transformer import ROLES, Transformer

PROMPTS = ['a red ball bounces over the sea at night', 'Zwei Füße, naïve café: 3.5 hoops!']


def randomise(module, seed):
    """Random parameters and buffers that keep activations near 1."""
    generator = torch.Generator().manual_seed(seed)
    tensors = module.state_dict()
    for key in sorted(tensors):
        value = tensors[key]
        noise = torch.randn(value.shape, generator=generator)
        if key == 'latent_std':
            value.copy_(0.7 + 0.3 * noise.abs())
        elif key == 'pca_decode':
            value.copy_(0.1 * noise)
        elif key.endswith('norm.weight'):
            value.copy_(1 + 0.2 * noise)
        elif value.ndim > 1:
            value.copy_(noise * (0.7 / value[0].numel() ** 0.5 if 'role' not in key else 0.5))
        else:
            value.copy_(0.1 * noise)
    return module


def smooth_frames(generator, frames, height, width):
    """Clips in -1..1 with content at several scales."""
    coarse = torch.randn(1, frames * 3, height // 8, width // 8, generator=generator)
    clip = torch.nn.functional.interpolate(coarse, (height, width), mode='bilinear') + 0.2 * torch.randn(1, frames * 3, height, width, generator=generator)
    return clip.clamp(-1, 1).reshape(1, frames, 3, height, width)


def share_rows(packed):
    """Two segments of one clip (guided and unguided) read the same latent rows: half of the rows go, `order` repeats the rest."""
    rows = len(packed['latent']) // 2
    packed['latent'] = packed['latent'][:rows].clone()
    packed['order'][packed['visual']] = len(packed['text']) + torch.arange(rows).repeat(2)
    return packed


def transformer_case(out, name, transformer, segments, shared=False):
    packed = share_rows(pack(segments)) if shared else pack(segments)
    velocity = transformer(**packed)
    lengths = packed.pop('lengths')
    out.update({f'{name}.{key}': value for key, value in packed.items()})
    out[f'{name}.lengths'] = torch.tensor(lengths)
    out[f'{name}.velocity'] = velocity
    for i, s in enumerate(segments):  # what packing starts from
        parts = dict(text=s.text, latents=s.latents, seconds=torch.tensor(s.seconds), spans=torch.tensor(s.spans),
                     sigmas=torch.tensor(s.sigmas), roles=torch.tensor(s.roles))
        out.update({f'{name}.segment{i}.{key}': value for key, value in parts.items()})
    return velocity


def segment(generator, channels, text_tokens, groups, height, width, fps, sigmas, roles):
    text = torch.randn(text_tokens, 384, generator=generator) if text_tokens else no_text()
    latents = torch.randn(groups, channels, height, width, generator=generator)
    return Segment(text, latents, *clip_times(groups, fps), sigmas, [ROLES[r] for r in roles])


def transformer_cases(out, transformer, generator):
    of = functools.partial(segment, generator, transformer.config['latent_channels'])
    one = of(7, 3, 3, 5, 8, [0.6] * 3, ['noisy'] * 3)
    alone = transformer_case(out, 'single', transformer, [one])
    several = [
        one,
        of(0, 2, 4, 4, 8, [0.9] * 2, ['noisy'] * 2),  # a dropped prompt
        of(12, 4, 2, 3, 4, [0.0, 0.35, 0.35, 0.0], ['reference', 'noisy', 'noisy', 'reference']),  # first and last group given
        of(3, 1, 4, 6, 16, [1.0], ['noisy']),  # an image from pure noise
        of(5, 3, 2, 2, 8, [0.1, 0.5, 0.5], ['reference', 'noisy', 'noisy']),  # a reference held at a light noise level
    ]
    packed = transformer_case(out, 'packed', transformer, several)
    # Packing must not change a segment: the first one is the single case again.
    torch.testing.assert_close(packed[:len(alone)], alone, rtol=1e-4, atol=1e-4)
    guided = of(6, 2, 3, 4, 8, [0.7] * 2, ['noisy'] * 2)
    unguided = Segment(no_text(), guided.latents, guided.seconds, guided.spans, guided.sigmas, guided.roles)
    shared = transformer_case(out, 'shared', transformer, [guided, unguided], shared=True)
    torch.testing.assert_close(shared, transformer(**pack([guided, unguided])), rtol=1e-4, atol=1e-4)


def codec_case(out, name, codec, frames):
    """Whole clip and group by group; the caches of a step are the inputs of the next."""
    latents = codec.encode(frames)
    decoded = codec.decode(latents)
    out.update({f'{name}.frames': frames[0], f'{name}.latents': latents[0], f'{name}.decoded': decoded[0]})
    feature = torch.zeros(1, codec.config['wide_channels'], *latents.shape[-2:])
    hidden, before = torch.zeros_like(feature), torch.zeros_like(latents[:, 0])
    pieces = []
    for index, group in enumerate(codec.groups(frames)):
        latent, feature = codec.encode_group(group[None], feature)
        piece, hidden = codec.decode_group(latent, before, hidden)
        before = latent
        pieces.append(piece[0] if index else piece[0, -1:])
        out.update({f'{name}.group{index}.feature': feature[0], f'{name}.group{index}.hidden': hidden[0]})
        torch.testing.assert_close(latent, latents[:, index], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(torch.cat(pieces), decoded[0], rtol=1e-4, atol=1e-4)


@torch.no_grad()
def write_reference(codec, transformer, path, encoder=None):
    """Inputs and outputs of a model's networks, and of the text encoder if there is one."""
    generator, out = torch.Generator().manual_seed(3), {}
    transformer_cases(out, transformer, generator)
    codec_case(out, 'codec13', codec, smooth_frames(generator, 13, 24, 40))
    codec_case(out, 'codec9', codec, smooth_frames(generator, 9, 48, 64))
    codec_case(out, 'codec1', codec, smooth_frames(generator, 1, 32, 32))
    metadata = {}
    for index, prompt in enumerate(PROMPTS if encoder else []):
        metadata[f'text{index}.prompt'] = prompt
        out[f'text{index}.ids'] = torch.from_numpy(encoder.ids(prompt))
        out[f'text{index}.states'] = torch.from_numpy(encoder.states(prompt))
    save_file({key: value.clone().contiguous() for key, value in out.items()}, path, metadata=metadata)
    for key in ('single.velocity', 'packed.velocity', 'codec13.latents', 'codec13.decoded'):
        print(f'{key} {list(out[key].shape)} std {out[key].std():.3f} max {out[key].abs().max():.2f}')


def write_goldens(folder):
    folder = pathlib.Path(folder)
    codec = randomise(Codec(48, 8, 16, 4), 1).eval()
    transformer = randomise(Transformer(48, 48, 2, 2, layout_channels=6, layout_scale=5.0), 2).eval()
    write_model(codec, transformer, folder / 'tiny', torch.float32, shift=1.0)
    write_reference(codec, transformer, folder / 'reference.safetensors', TextEncoder())


def write_reference_of(model_folder, path):
    """For a model folder as the runtime reads it: its fp16 weights, computing in fp32."""
    codec, transformer = load_shipped(model_folder)
    write_reference(codec.eval(), transformer.eval(), path)


@torch.no_grad()
def write_random(folder):
    write_model(randomise(Codec().widened(), 1), randomise(Transformer().scale_layout(), 2), folder)


if __name__ == '__main__':
    torch.set_num_threads(1)
    if sys.argv[1] == '--random':
        write_random(sys.argv[2])
    elif sys.argv[1] == '--of':
        write_reference_of(sys.argv[2], sys.argv[3])
    else:
        write_goldens(sys.argv[1])
