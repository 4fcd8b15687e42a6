"""Trains the codec: PCA first, then the convolutions learn what it leaves."""
import copy
import os
import pathlib

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from .codec import Codec
from .optimizer import Run, optimizers, rate
from .sheet import write_sheet
from .world import ALONE, MOTIONS, Clip, Mix

SIZES = ((32, 32), (48, 48), (48, 32), (64, 48))
TRAIN = Mix(SIZES, (5, 9), (8, 8, 8, 4, 16), tuple(MOTIONS), 1, False, sprites=0.25, cameras=0.1, others=0.15, weather=0.04, speeds=0.15)
TRAIN_GRID = Mix(SIZES, (5, 9), (8, 8, 8, 4, 16), tuple(MOTIONS), 8, False, sprites=0.25, cameras=0.1, others=0.15, weather=0.04, speeds=0.15)
TEST = Mix(((64, 64),), (9,), (8,), tuple(MOTIONS), 8, False)
WHOLE = Mix(SIZES, (9,), (8, 8, 8, 4, 16), tuple(MOTIONS), 8, False, sprites=0.3, cameras=0.2, others=0.25, weather=0.06, speeds=0.2)
SPRITES_ONLY = Mix(SIZES, (9,), (8,), ALONE, 8, False, sprites=1.0, others=0.4)
LATENT_NOISE = 0.2  # the decoder must bear the transformer's errors
HOLD = 1.0  # weight of the squared distance to the latents before


def to_float(videos):
    """uint8 [frames, height, width, 3] each -> [batch, frames, 3, height, width] in -1..1"""
    return torch.from_numpy(np.stack(videos)).permute(0, 1, 4, 2, 3).float() / 127.5 - 1


def to_bytes(frames):
    return ((frames.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 1, 3, 4, 2).numpy()


def psnr(a, b, weight=None):
    error = (a.astype(np.float32) - b.astype(np.float32)) ** 2
    mean = error.mean() if weight is None else (error.mean(-1) * weight).sum() / max(1e-9, weight.sum())
    return float(10 * np.log10(255 ** 2 / max(mean, 1e-9)))


@torch.no_grad()
def measure(codec, clips):
    """-> reconstructions; mean PSNR of whole clips and inside the thing, frames 1 and later"""
    made = [to_bytes(codec.decode(codec.encode(to_float([c.video]))))[0] for c in clips]
    whole = np.mean([psnr(c.video, m) for c, m in zip(clips, made)])
    thing = np.mean([psnr(c.video[1:], m[1:], c.cover[1:]) for c, m in zip(clips, made)])
    return made, round(float(whole), 2), round(float(thing), 2)


def batch(seed, step, count, mixes=(TRAIN, TRAIN_GRID)):
    """Clips of one size and length, drawn from the mixes in turn. -> frames, cover [batch, frames, 1, height, width]"""
    rng = np.random.default_rng([seed, 1, step])
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    clips = [Clip(mixes[i % len(mixes)], seed, 2, step, i, width=width, height=height, frames=9) for i in range(count)]
    return to_float([c.video for c in clips]), torch.from_numpy(np.stack([c.cover for c in clips]))[:, :, None]


def loss_of(made, frames, cover):
    """Charbonnier, squares and edges; the thing counts three times."""
    d, weight = made - frames, 1 + 2 * cover
    edges = (weight[..., 1:] * (d[..., 1:] - d[..., :-1]).abs()).mean() + (weight[..., 1:, :] * (d[..., 1:, :] - d[..., :-1, :]).abs()).mean()
    return (weight * (d * d + 1e-4).sqrt()).mean() + 2 * (weight * d * d).mean() + 0.5 * edges


def load_codec(path):
    """The codec with the layout's channels, as the transformer sees it."""
    codec = Codec()
    codec.load_state_dict(load_file(path))
    return codec.widened().eval().requires_grad_(False)


def step_of(codec, run, frames, cover, noise_level, generator, before=None):
    """One step of every optimiser of the run; latents stay near those of the codec `before`. -> loss"""
    latents = codec.encode(frames)
    noise = torch.rand(len(frames), 1, 1, 1, 1, generator=generator) * noise_level * torch.randn(latents.shape, generator=generator)
    loss = loss_of(codec.decode(latents + noise), frames, cover) + 2e-4 * latents.pow(2).mean()
    if before is not None:
        loss = loss + HOLD * (latents - before.encode(frames)).pow(2).mean()
    for optimizer in run.optimizers:
        optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_([p for p in codec.parameters() if p.requires_grad], 1.0)
    for optimizer in run.optimizers:
        optimizer.step()
    run.step, run.samples = run.step + 1, run.samples + len(frames)
    return loss.item()


def finish(codec, run, test):
    """Writes codec.safetensors and a sheet of round trips."""
    codec.eval()
    made, whole, thing = measure(codec, test)
    run.log(final_psnr=(whole, thing), latent_std=round(codec.latent_std[0].item(), 3))
    part = run.folder / 'codec.part'
    save_file({k: v.contiguous() for k, v in codec.state_dict().items()}, part)
    os.replace(part, run.folder / 'codec.safetensors')
    pairs = [x for c, m in zip(test[:10], made) for x in (c.video, m)]
    write_sheet(pairs, [x for c in test[:10] for x in (c.caption, 'round trip')], run.folder / f'{run.name}.png', 2)
    return codec


def train(folder, length, count=6, lr=2.5e-3, seed=0):
    folder = pathlib.Path(folder)
    torch.manual_seed(seed)
    codec = Codec().to(memory_format=torch.channels_last)
    run = Run(folder, 'codec', length, dict(codec=codec), optimizers(codec, lr))
    test = [Clip(TEST, 99, i) for i in range(24)]
    if run.step == 0:
        codec.fit_pca(to_float([Clip(TRAIN, seed, 3, i, width=32, height=32, frames=9).video for i in range(500)]))
        run.log(psnr=measure(codec, test)[1:], parameters=sum(p.numel() for p in codec.parameters()))
    progress, losses = run.tick(), []
    while progress < 1:
        run.learning_rate(lr * rate(progress, run.step, 40, 0.35, 0.02))
        generator = torch.Generator().manual_seed(seed * 1_000_003 + run.step)
        losses.append(step_of(codec, run, *batch(seed, run.step, count), LATENT_NOISE, generator))
        progress = run.tick()
        if run.step % 100 == 0:
            run.log(loss=round(float(np.mean(losses)), 4), psnr=measure(codec, test[:12])[1:])
            losses = []
        run.save(120)
    run.save()
    codec.fit_normalisation(to_float([Clip(TEST, seed, 4, i).video for i in range(150)]))
    return finish(codec, run, test)


def refine(folder, length, count=6, lr=1.5e-3, seed=1):
    """Goes on with both sides of the codec on the whole world. Latents are held to what they were, so a transformer may be trained
    on them at the same time and goes on with the refined codec."""
    folder = pathlib.Path(folder)
    codec = Codec().to(memory_format=torch.channels_last)
    codec.load_state_dict(load_file(folder / 'codec.safetensors'))
    before = copy.deepcopy(codec).requires_grad_(False)
    run = Run(folder, 'refine', length, dict(codec=codec, before=before), optimizers(codec, lr))
    test = [Clip(WHOLE, 99, i, width=64, height=64) for i in range(24)]
    progress, losses = run.tick(), []
    while progress < 1:
        run.learning_rate(lr * rate(progress, run.step, 40, 0.3, 0.02))
        generator = torch.Generator().manual_seed(seed * 1_000_003 + run.step)
        losses.append(step_of(codec, run, *batch(seed, run.step, count, (WHOLE, SPRITES_ONLY, WHOLE)), LATENT_NOISE, generator, before))
        progress = run.tick()
        if run.step % 100 == 0:
            run.log(loss=round(float(np.mean(losses)), 4), psnr=measure(codec, test[:12])[1:])
            losses = []
        run.save(120)
    run.save()
    return finish(codec, run, test)
