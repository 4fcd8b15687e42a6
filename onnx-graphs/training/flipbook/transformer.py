"""Diffusion transformer on one packed sequence of tokens (NaViT packing): text, reference and noisy tokens of any number of
segments of any size, end to end; a token attends only inside its own segment.

The module knows nothing of clips. It is given, for S packed tokens, V latent rows, P predictions, T text tokens, G token groups:

    latent       [V, channels]  visual tokens (noisy or reference), segments end to end, latent cells in (group, row, column) order
    text         [T, 384]       token states of the text encoder x TEXT_SCALE, segments end to end
    order        [S] int64      packed position -> row of concat(text, latent): per segment its text tokens, then its visual tokens
    visual       [P] int64      packed positions of the visual tokens, in packed order: one prediction each. Usually P = V; two segments
                                may share latent rows (guidance: the same latents with and without the prompt), then P > V
    coordinates  [S, 6]         seconds (centre), span in seconds, y, x in latent cells from the frame centre,
                                relative y, relative x in -0.5..0.5 (cell centre / frame size)
    group        [S] int64      packed position -> token group: tokens that share noise level, role and text
    sigma        [G]            noise level of the group: 1 = pure noise, 0 = clean (text groups: 0)
    role         [G] int64      see ROLES
    pooled       [G, 384]       masked mean of the text states of the group's segment, x TEXT_SCALE
    lengths      [segments]     tokens of each segment; they add up to S

Text token i of a segment has coordinates (-(i + 1) / 2, 0, 0, 0, 0, 0). A dropped prompt is one text token of zeros (pooled 0).

Objective: rectified flow z = (1 - sigma) x + sigma e. The network predicts the clean x ("x-prediction"); `forward` returns the
velocity dz/dsigma = (z - x) / sigma [P, channels]. Rows of groups with sigma 0 are references: their velocity has no meaning.

Sources: DiT, adaLN-Zero (arXiv:2212.09748); one shared modulation projection with a bias per block, PixArt-alpha
(arXiv:2310.00426 §2.3); q/k RMS norm, SD3 (arXiv:2403.03206); packing, NaViT (arXiv:2307.06304); a noise level per token group,
Diffusion Forcing (arXiv:2407.01392); rotary positions on three axes (arXiv:2104.09864).
"""
import math
import torch
import torch.nn as nn
import torch.nn.functional as F

from .codec import LAYOUT, LAYOUT_SCALE

TEXT_SCALE = 2.0  # MiniLM token states have a standard deviation near 0.5
ROLES = dict(text=0, noisy=1, reference=2, extra_reference=3, timeless_reference=4)  # 5..7 are reserved
ROLE_COUNT = 8
SIGMA_MIN = 1e-3  # below it velocity is clamped: a reference has none
ROPE_SECONDS = 2.0  # rotary time unit: half a second, so text token i sits at -(i + 1)
ROPE_BASE = 100.0
FEATURES = 32  # sine/cosine features of each position quantity


def sincos(x, width, scale=30.0):
    """[...] -> [..., width]: sine then cosine of x * scale at geometric frequencies 1 .. 1/1000."""
    half = width // 2
    frequency = torch.exp(torch.arange(half, device=x.device, dtype=torch.float32) * (-math.log(1000.0) / half)) * scale
    angle = x[..., None] * frequency
    return torch.cat([angle.sin(), angle.cos()], -1)


def rope_frequencies(head_dim):
    """Per axis (time, y, x): the head's pairs are split in three, the time axis takes what is left over."""
    pairs = head_dim // 2
    third = pairs // 3
    return [torch.exp(-torch.arange(n, dtype=torch.float32) / n * math.log(ROPE_BASE)) for n in (pairs - 2 * third, third, third)]


def rotate(x, cos, sin):
    """Rotary embedding, halves convention: x [S, heads, head_dim], cos/sin [S, 1, head_dim/2]."""
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.q_norm = nn.RMSNorm(width // heads, eps=1e-6)
        self.k_norm = nn.RMSNorm(width // heads, eps=1e-6)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x, cos, sin, lengths):
        tokens, width = x.shape
        q, k, v = self.qkv(x).view(tokens, 3, self.heads, -1).unbind(1)  # each [S, heads, head_dim]
        q, k = rotate(self.q_norm(q), cos, sin), rotate(self.k_norm(k), cos, sin)
        parts = []
        for a, b, c in zip(*(y.transpose(0, 1).split(lengths, 1) for y in (q, k, v))):  # [heads, segment, head_dim]
            parts.append(F.scaled_dot_product_attention(a[None], b[None], c[None])[0])
        return self.out(torch.cat(parts, 1).transpose(0, 1).reshape(tokens, width))


class Block(nn.Module):
    def __init__(self, width, heads, expansion):
        super().__init__()
        self.attention = Attention(width, heads)
        self.up = nn.Linear(width, expansion * width)
        self.down = nn.Linear(expansion * width, width)
        self.modulation = nn.Parameter(torch.zeros(6 * width))  # added to the shared modulation table

    def forward(self, x, table, group, cos, sin, lengths):
        """table [G, 6*width]: scale, shift, gate of attention, then of the feed-forward part."""
        scale1, shift1, gate1, scale2, shift2, gate2 = (table + self.modulation)[group].chunk(6, -1)
        x = x + gate1 * self.attention(F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale1) + shift1, cos, sin, lengths)
        y = self.up(F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale2) + shift2)
        return x + gate2 * self.down(F.gelu(y, approximate='tanh'))


class Transformer(nn.Module):
    def __init__(self, latent_channels=48 + LAYOUT, width=192, depth=6, heads=6, expansion=4, text_width=384, layout_channels=LAYOUT, layout_scale=1.0):
        super().__init__()
        self.config = dict(latent_channels=latent_channels, width=width, depth=depth, heads=heads, expansion=expansion, text_width=text_width,
                           layout_channels=layout_channels, layout_scale=layout_scale)
        self.width, self.heads = width, heads
        self.layout, self.layout_scale = layout_channels, layout_scale
        self.latent_in = nn.Linear(latent_channels - layout_channels, width)
        if layout_channels:
            self.layout_in = nn.Linear(layout_channels, width, bias=False)
            nn.init.zeros_(self.layout_in.weight)
        self.text_in = nn.Linear(text_width, width)
        self.position_in = nn.Linear(4 * FEATURES, width, bias=False)
        self.pooled_in = nn.Linear(text_width, width)
        self.time1 = nn.Linear(width, width)
        self.time2 = nn.Linear(width, width)
        self.role = nn.Embedding(ROLE_COUNT, width)
        self.modulation = nn.Linear(width, 6 * width)
        self.blocks = nn.ModuleList([Block(width, heads, expansion) for _ in range(depth)])
        self.final_modulation = nn.Linear(width, 2 * width)
        self.latent_out = nn.Linear(width, latent_channels)
        nn.init.normal_(self.role.weight, std=0.02)
        for layer in (self.modulation, self.final_modulation, self.latent_out):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def layout_gain(self, sigma):
        """Factor on the noisy layout that makes it size 1 at every noise level, [G]: at 0.97 only a thirtieth of it is left (c_in of EDM,
        arXiv:2206.00364, table 1)."""
        noise = 1 if self.layout_scale > 1 else 1 / LAYOUT_SCALE
        return ((1 - sigma) ** 2 * self.layout_scale ** 2 + (sigma * noise) ** 2).rsqrt()

    @torch.no_grad()
    def scale_layout(self, factor=LAYOUT_SCALE):
        """Turns a network trained on a layout of size 1 into the same on one of size `factor`: noise is then 1 on every channel, as
        samplers have it."""
        if self.layout:
            self.layout_scale *= factor
            self.config['layout_scale'] = self.layout_scale
            self.latent_out.weight[-self.layout:] *= factor
            self.latent_out.bias[-self.layout:] *= factor
        return self

    def positions(self, coordinates):
        """[S, 6] -> additive features [S, 4*FEATURES], rotary cos and sin [S, 1, head_dim/2]"""
        seconds, span, y, x, rel_y, rel_x = coordinates.unbind(-1)
        features = torch.cat([sincos(q, FEATURES) for q in (rel_y, rel_x, span, seconds / 4)], -1)
        axes = (seconds * ROPE_SECONDS, y, x)
        angle = torch.cat([p[:, None] * f.to(p.device) for p, f in zip(axes, rope_frequencies(self.width // self.heads))], -1)
        return features, angle.cos()[:, None], angle.sin()[:, None]

    def predict(self, latent, text, order, visual, coordinates, group, sigma, role, pooled, lengths):
        """-> the clean latent x [P, channels]"""
        features, cos, sin = self.positions(coordinates)
        picture = latent.shape[1] - self.layout
        x = torch.cat([self.text_in(text), self.latent_in(latent[:, :picture])])[order] + self.position_in(features)
        if self.layout:
            layout = torch.cat([torch.zeros_like(text[:, :self.layout]), latent[:, picture:]])[order]
            x = x + self.layout_in(layout * self.layout_gain(sigma)[group][:, None])
        time = self.time2(F.silu(self.time1(sincos(sigma, self.width))))
        condition = F.silu(time + self.pooled_in(pooled) + self.role(role))  # [G, width]
        table = self.modulation(condition)
        for block in self.blocks:
            x = block(x, table, group, cos, sin, lengths)
        scale, shift = self.final_modulation(condition)[group[visual]].chunk(2, -1)
        x = F.layer_norm(x[visual], x.shape[-1:], eps=1e-6) * (1 + scale) + shift
        return self.latent_out(x)

    def forward(self, latent, text, order, visual, coordinates, group, sigma, role, pooled, lengths):
        """-> velocity [P, channels]"""
        x = self.predict(latent, text, order, visual, coordinates, group, sigma, role, pooled, lengths)
        noisy = latent[order[visual] - len(text)]  # the row each prediction started from
        return (noisy - x) / sigma[group[visual]].clamp(min=SIGMA_MIN)[:, None]
