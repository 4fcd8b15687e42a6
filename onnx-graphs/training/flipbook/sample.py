"""Samples clips with the plain Euler sampler and classifier-free guidance: the reference for what the runtime does."""
import torch

from .packing import Segment, clip_times, pack
from .text import no_text
from .transformer import ROLES, Transformer


def sizes_of(state):
    """Width, depth and heads of a transformer's weights"""
    width = state['latent_in.weight'].shape[0]
    return dict(width=width, depth=len({key.split('.')[1] for key in state if key.startswith('blocks.')}),
                heads=width // state['blocks.0.attention.q_norm.weight'].shape[0])


def load_transformer(path):
    """The averaged weights of a stage's checkpoint."""
    state = torch.load(path, weights_only=True)['average']
    model = Transformer(**sizes_of(state))
    model.load_state_dict(state)
    return model.scale_layout().eval().requires_grad_(False)


def schedule(steps, shift):
    """Noise levels from 1 to 0, [steps + 1]"""
    t = torch.linspace(1, 0, steps + 1)
    return shift * t / (1 + (shift - 1) * t)


@torch.no_grad()
def sample(model, texts, groups, height, width, seed=0, steps=16, guidance=3.0, shift=3.0, fps=8, first=None, limit=16):
    """texts: states per clip; first: latents [1, channels, h, w] per clip, or None. height, width in pixels.
    -> latents [clips, groups, channels, h, w]"""
    out, channels = [], model.config['latent_channels']
    for start in range(0, len(texts), limit):
        part = texts[start:start + limit]
        x = torch.stack([torch.randn(groups, channels, height // 8, width // 8, generator=torch.Generator().manual_seed(seed * 1000 + start + i))
                         for i in range(len(part))])
        times = clip_times(groups, fps)
        sigmas = schedule(steps, shift)
        for a, b in zip(sigmas[:-1].tolist(), sigmas[1:].tolist()):
            segments = []
            for states in (part, [no_text()] * len(part)):
                for i, s in enumerate(states):
                    level, role = [a] * groups, [ROLES['noisy']] * groups
                    if first is not None:
                        x[i, :1] = first[start + i]
                        level[0], role[0] = 0.0, ROLES['reference']
                    segments.append(Segment(s, x[i], *times, level, role))
            velocity = model(**pack(segments)).reshape(2, len(part), groups, height // 8, width // 8, channels).permute(0, 1, 2, 5, 3, 4)
            if first is not None:
                velocity[:, :, 0] = 0
            x = x + (b - a) * (velocity[1] + guidance * (velocity[0] - velocity[1]))
        out.append(x)
    return torch.cat(out)
