"""Builds the index tensors of a packed sequence from segments: the Python twin of the runtime's packing."""
import torch

from .transformer import ROLES


class Segment:
    """One clip under work: text [n, 384] (already scaled), latents [groups, channels, h, w], per latent group its centre and
    span in seconds, its noise level and role."""

    def __init__(self, text, latents, seconds, spans, sigmas, roles):
        self.text, self.latents, self.seconds, self.spans, self.sigmas, self.roles = text, latents, seconds, spans, sigmas, roles


def clip_times(groups, fps, temporal=4):
    """Centres and spans in seconds of a run: frame 0 alone, then groups of `temporal` frames; time 0 = start of frame 0.
    Frame i is shown from i/fps to (i+1)/fps."""
    seconds = [0.5 / fps] + [(1 + temporal * (g - 1) + temporal / 2) / fps for g in range(1, groups)]
    spans = [1 / fps] + [temporal / fps] * (groups - 1)
    return seconds, spans


def pack(segments):
    """-> dict of the transformer's inputs; token groups per segment: its text, then one per latent group."""
    latent, text, coordinates, group, sigma, role, pooled, lengths, kind = [], [], [], [], [], [], [], [], []
    for s in segments:
        n, (groups, channels, h, w) = len(s.text), s.latents.shape
        mean = s.text.mean(0)
        first = len(sigma)
        sigma += [0.0] + list(s.sigmas)
        role += [ROLES['text']] + list(s.roles)
        pooled += [mean] * (1 + groups)
        text.append(s.text)
        latent.append(s.latents.permute(0, 2, 3, 1).reshape(-1, channels))
        t = torch.zeros(n, 6)
        t[:, 0] = -(torch.arange(n) + 1) / 2
        c = torch.zeros(groups, h, w, 6)
        c[..., 0] = torch.as_tensor(s.seconds, dtype=torch.float32)[:, None, None]
        c[..., 1] = torch.as_tensor(s.spans, dtype=torch.float32)[:, None, None]
        y, x = torch.arange(h) + 0.5 - h / 2, torch.arange(w) + 0.5 - w / 2
        c[..., 2], c[..., 3] = y[:, None], x
        c[..., 4], c[..., 5] = (y / h)[:, None], x / w
        coordinates += [t, c.reshape(-1, 6)]
        group += [torch.full((n,), first), (first + 1 + torch.arange(groups)).repeat_interleave(h * w)]
        kind += [torch.zeros(n, dtype=torch.bool), torch.ones(groups * h * w, dtype=torch.bool)]
        lengths.append(n + groups * h * w)
    kind = torch.cat(kind)
    text, latent = torch.cat(text), torch.cat(latent)
    visual = kind.nonzero().flatten()
    order = torch.empty(len(kind), dtype=torch.long)
    order[~kind] = torch.arange(len(text))
    order[visual] = len(text) + torch.arange(len(latent))
    return dict(latent=latent, text=text, order=order, visual=visual, coordinates=torch.cat(coordinates), group=torch.cat(group),
                sigma=torch.tensor(sigma), role=torch.tensor(role), pooled=torch.stack(pooled), lengths=lengths)
