"""Causal 3-D video codec: 8x8 pixels and 4 frames become one latent cell; the first frame stands alone.

A clip of 1 + 4n frames is cut into groups: the first frame (repeated four times) and then n groups of four frames. Layers work
on one group at a time with 2-D convolutions and look back at exactly one earlier group (`previous`), so an encoder or decoder
step needs only the named caches of the group before: that is what makes both sides causal and streamable. Normalisation is
per position (over channels only) and there is no attention, so the receptive field is finite and halo tiles are exact.

    z = normalise( PCA(block) + E(block, E-features of the group before) )
    x = PCA^T(denormalise(z)) + D(z, z of the group before, D-features of the group before)

The PCA path (fitted before training) gives a usable code at step 0; the convolutions learn the residual.
Halo of the decoder: 9 latent cells (6 at latent resolution, 5 half-cells at a quarter of the pixels, rounded up).

Shapes: frames [batch, frames, 3, height, width] in -1..1; latents [batch, groups, channels, height/8, width/8], about unit
variance. Sources: causal temporal caching as in Wan 2.1 (arXiv:2503.20314 §4.1); PCA shortcut is our own.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

SPATIAL = 8  # pixels per latent cell, each way
LAYOUT = 10  # channels of a latent after the codec's own, see data.layout_of: encoded as zeros, not decoded
# Standard deviation of the layout's channels, about: at a noise level of 0.97 a few cells together know it to two pixels. Training keeps
# these channels at 1 and divides their noise instead, which is the same but for the sizes of weights.
LAYOUT_SCALE = 40.0
HALO_CELLS = 9  # decoder receptive field in latent cells; see the module comment


def channel_norm(x):
    """RMS over channels at each position, [n, channels, h, w]; no learned gain: a convolution follows."""
    return x * torch.rsqrt(x.pow(2).mean(1, keepdim=True) + 1e-4)


def previous(x, batch):
    """The same tensor one group earlier; zeros for a clip's first group. [batch*groups, ...] -> same shape."""
    x = x.reshape(batch, -1, *x.shape[1:])
    return torch.cat([torch.zeros_like(x[:, :1]), x[:, :-1]], 1).flatten(0, 1)


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        nn.init.zeros_(self.conv2.bias)

    def forward(self, x):
        return x + self.conv2(F.silu(channel_norm(self.conv1(F.silu(channel_norm(x))))))


class Encoder(nn.Module):
    def __init__(self, channels, fine, wide, temporal):
        super().__init__()
        self.temporal = temporal
        self.conv_in = nn.Conv2d(48, fine, 3, padding=1)  # on 4x4 pixel blocks of one frame: 3*4*4 = 48 numbers
        self.fine1 = Residual(fine)
        self.down = nn.Conv2d(temporal * 4 * fine, wide, 1)  # four frames x 2x2 blocks -> one latent cell
        self.mix = nn.Conv2d(2 * wide, wide, 3, padding=1)  # this group, the group before
        self.wide1 = Residual(wide)
        self.conv_out = nn.Conv2d(wide, channels, 1)

    def features(self, frames):
        """frames [n, temporal, 3, H, W] -> [n, wide, H/8, W/8]; what the next group keeps as `feature`."""
        n, t, _, height, width = frames.shape
        x = self.fine1(self.conv_in(F.pixel_unshuffle(frames.flatten(0, 1), 4)))
        x = F.pixel_unshuffle(F.silu(x), 2).reshape(n, -1, height // SPATIAL, width // SPATIAL)
        return self.down(x)

    def residual(self, feature, previous_feature):
        x = self.wide1(self.mix(torch.cat([feature, previous_feature], 1)))
        return self.conv_out(F.silu(channel_norm(x)))


class Decoder(nn.Module):
    def __init__(self, channels, fine, wide, temporal):
        super().__init__()
        self.temporal = temporal
        self.conv_in = nn.Conv2d(2 * channels, wide, 3, padding=1)  # this latent, the latent before
        self.wide1 = Residual(wide)
        self.mix = nn.Conv2d(2 * wide, wide, 3, padding=1)  # this group's hidden state, the one before
        self.wide2 = Residual(wide)
        self.up = nn.Conv2d(wide, temporal * 4 * fine, 1)
        self.fine1 = Residual(fine)
        self.fine2 = Residual(fine)
        self.conv_out = nn.Conv2d(fine, 48, 3, padding=1)

    def hidden(self, latent, previous_latent):
        """latents [n, channels, h, w] (normalised) -> [n, wide, h, w]; what the next group keeps as `hidden`."""
        return self.wide1(self.conv_in(torch.cat([latent, previous_latent], 1)))

    def residual(self, hidden, previous_hidden):
        """-> [n*temporal, 3, 8h, 8w]"""
        n, _, h, w = hidden.shape
        x = self.wide2(self.mix(torch.cat([hidden, previous_hidden], 1)))
        x = self.up(F.silu(channel_norm(x))).reshape(n * self.temporal, -1, h, w)
        x = self.fine2(self.fine1(F.pixel_shuffle(x, 2)))
        return F.pixel_shuffle(self.conv_out(F.silu(channel_norm(x))), 4)


class Codec(nn.Module):
    def __init__(self, latent_channels=48, fine_channels=64, wide_channels=128, temporal=4):
        super().__init__()
        self.config = dict(latent_channels=latent_channels, fine_channels=fine_channels, wide_channels=wide_channels, temporal=temporal)
        self.temporal = temporal
        n = temporal * 3 * SPATIAL * SPATIAL
        self.register_buffer('pca_mean', torch.zeros(n))
        self.register_buffer('pca_encode', torch.zeros(latent_channels, n))  # rows: code = pca_encode (x - mean)
        self.register_buffer('pca_decode', torch.zeros(n, latent_channels))
        self.register_buffer('latent_mean', torch.zeros(latent_channels))  # set after training: makes latents unit variance
        self.register_buffer('latent_std', torch.ones(latent_channels))
        self.encoder = Encoder(latent_channels, fine_channels, wide_channels, temporal)
        self.decoder = Decoder(latent_channels, fine_channels, wide_channels, temporal)
        for conv in (self.encoder.conv_out, self.decoder.conv_out):
            nn.init.zeros_(conv.weight)
            nn.init.zeros_(conv.bias)

    def groups(self, frames):
        """[batch, 1 + temporal*k, 3, H, W] -> [batch*(1+k), temporal, 3, H, W]; the first frame is repeated."""
        x = torch.cat([frames[:, :1]] * (self.temporal - 1) + [frames], 1)
        return x.reshape(-1, self.temporal, *x.shape[2:])

    # -- one group at a time: exactly what the ONNX graphs do -------------------------------------------------------
    def encode_group(self, frames, previous_feature):
        """frames [n, temporal, 3, H, W], previous_feature [n, wide, h, w] -> latent [n, channels, h, w], feature"""
        feature = self.encoder.features(frames)
        blocks = F.pixel_unshuffle(frames.flatten(1, 2), SPATIAL)  # [n, temporal*3*64, h, w]
        code = F.conv2d(blocks - self.pca_mean[:, None, None], self.pca_encode[:, :, None, None])
        raw = code + self.encoder.residual(feature, previous_feature)
        return (raw - self.latent_mean[:, None, None]) / self.latent_std[:, None, None], feature

    def decode_group(self, latent, previous_latent, previous_hidden):
        """latent [n, channels, h, w] -> frames [n, temporal, 3, 8h, 8w], hidden [n, wide, h, w]"""
        n, _, h, w = latent.shape
        hidden = self.decoder.hidden(latent, previous_latent)
        raw = latent * self.latent_std[:, None, None] + self.latent_mean[:, None, None]
        base = F.conv2d(raw, self.pca_decode[:, :, None, None]) + self.pca_mean[:, None, None]
        base = F.pixel_shuffle(base, SPATIAL).reshape(n, self.temporal, 3, SPATIAL * h, SPATIAL * w)
        return base + self.decoder.residual(hidden, previous_hidden).reshape_as(base), hidden

    # -- whole clips: the same arithmetic, all groups at once (training, parity) --------------------------------------
    def encode(self, frames):
        """[batch, frames, 3, H, W] in -1..1 -> [batch, groups, channels, H/8, W/8]"""
        batch = len(frames)
        groups = self.groups(frames)
        feature = self.encoder.features(groups)
        latent, _ = self._encode(groups, feature, previous(feature, batch))
        return latent.reshape(batch, -1, *latent.shape[1:])

    def _encode(self, groups, feature, previous_feature):
        blocks = F.pixel_unshuffle(groups.flatten(1, 2), SPATIAL)
        code = F.conv2d(blocks - self.pca_mean[:, None, None], self.pca_encode[:, :, None, None])
        raw = code + self.encoder.residual(feature, previous_feature)
        return (raw - self.latent_mean[:, None, None]) / self.latent_std[:, None, None], feature

    def decode(self, latents):
        """[batch, groups, channels, h, w] -> [batch, 1 + temporal*(groups-1), 3, 8h, 8w]"""
        batch = len(latents)
        z = latents.flatten(0, 1)
        before = previous(z, batch)
        hidden = self.decoder.hidden(z, before)
        raw = z * self.latent_std[:, None, None] + self.latent_mean[:, None, None]
        base = F.conv2d(raw, self.pca_decode[:, :, None, None]) + self.pca_mean[:, None, None]
        base = F.pixel_shuffle(base, SPATIAL)
        x = self.decoder.residual(hidden, previous(hidden, batch))
        n, _, height, width = base.shape
        frames = base.reshape(n, self.temporal, 3, height, width) + x.reshape(n, self.temporal, 3, height, width)
        return frames.reshape(batch, -1, 3, height, width)[:, self.temporal - 1:]

    @torch.no_grad()
    def widened(self, extra=LAYOUT):
        """The same codec with `extra` more channels of a latent: it writes zeros there and does not read them."""
        count = self.config['latent_channels']
        wide = Codec(**{**self.config, 'latent_channels': count + extra})
        state, fresh = self.state_dict(), wide.state_dict()
        for key, old in state.items():
            new = fresh[key]
            if old.shape == new.shape:
                new.copy_(old)
                continue
            new.fill_(1 if key == 'latent_std' else 0)
            if key == 'decoder.conv_in.weight':  # this latent, the latent before
                new[:, :count], new[:, count + extra:2 * count + extra] = old[:, :count], old[:, count:]
            elif key == 'pca_decode':
                new[:, :count] = old
            else:
                new[:count] = old
        return wide

    @torch.no_grad()
    def narrowed(self, extra=LAYOUT):
        """Undoes `widened`."""
        count = self.config['latent_channels'] - extra
        narrow = Codec(**{**self.config, 'latent_channels': count})
        state, fresh = self.state_dict(), narrow.state_dict()
        for key, new in fresh.items():
            old = state[key]
            if key == 'decoder.conv_in.weight':
                old = torch.cat([old[:, :count], old[:, count + extra:2 * count + extra]], 1)
            elif key == 'pca_decode':
                old = old[:, :count]
            new.copy_(old if old.shape == new.shape else old[:count])
        return narrow

    @torch.no_grad()
    def fit_pca(self, frames, power=0.5):
        """Fits the linear path on clips [batch, frames, 3, H, W]. power 0 = plain coefficients, 1 = white ones."""
        blocks = F.pixel_unshuffle(self.groups(frames).flatten(1, 2), SPATIAL).permute(0, 2, 3, 1).flatten(0, 2)
        mean = blocks.mean(0)
        centred = (blocks - mean).double()
        values, vectors = torch.linalg.eigh(centred.T @ centred / len(centred))
        count = self.pca_encode.shape[0]
        values, vectors = values.flip(0)[:count].clamp(min=1e-8), vectors.flip(1)[:, :count]
        scale = values ** (-0.5 * power)
        scale = scale / (values * scale ** 2).mean().sqrt()
        self.pca_mean.copy_(mean)
        self.pca_encode.copy_((vectors * scale).T)
        self.pca_decode.copy_(vectors / scale)

    @torch.no_grad()
    def fit_normalisation(self, frames):
        """Sets latent_mean/latent_std so that latents of such clips have mean 0 and one common standard deviation of 1."""
        self.latent_mean.zero_()
        self.latent_std.fill_(1)
        z = self.encode(frames)
        mean = z.mean((0, 1, 3, 4))
        self.latent_mean.copy_(mean)
        self.latent_std.fill_((z - mean[:, None, None]).std())
