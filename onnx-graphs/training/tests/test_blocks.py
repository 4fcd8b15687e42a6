"""The blocks that training installs compute what Block.forward computes.

    python -m unittest discover tests          (in this folder)
"""
import unittest

import torch

from flipbook.packing import Segment, clip_times, pack
from flipbook.padded_attention import buckets, install
from flipbook.transformer import ROLES, Transformer


def packed():
    """Lengths 17, 28, 79 and 21: three buckets, one of two segments with padding; a reference group; several token groups."""
    generator = torch.Generator().manual_seed(5)
    segments = []
    for words, groups, height, width in ((1, 1, 4, 4), (4, 1, 4, 6), (7, 2, 6, 6), (5, 1, 4, 4)):
        seconds, spans = clip_times(groups, 8)
        roles = [ROLES['reference']] * (groups - 1) + [ROLES['noisy']]
        sigmas = [0.0] * (groups - 1) + [0.3 + 0.1 * words / 2]
        segments.append(Segment(torch.randn(words, 384, generator=generator), torch.randn(groups, 48, height, width, generator=generator),
                                seconds, spans, sigmas, roles))
    return pack(segments)


def run(installed):
    """-> loss, hidden state after block 0 and gradients; without `installed` all in fp32"""
    torch.manual_seed(1)
    model = Transformer(latent_channels=48, width=64, depth=2, heads=2)
    for name, parameter in model.named_parameters():
        if any(part in name for part in ('modulation', 'latent_out', 'norm', 'up')):  # zeros, ones, GELU's straight part would hide errors
            torch.nn.init.normal_(parameter, mean=1.0 if 'norm' in name else 0.0, std=0.2)
    inputs, hidden = packed(), []
    target = torch.randn(inputs['latent'].shape, generator=torch.Generator().manual_seed(2))
    model.blocks[0].register_forward_hook(lambda block, arguments, output: hidden.append(output))
    if installed:
        install(model)
        inputs['lengths'] = buckets(inputs['lengths'])
    with torch.autocast('cpu', torch.bfloat16, enabled=installed):
        predicted = model.predict(**inputs)
    loss = (predicted.float() - target).pow(2).mean() + 0.1 * hidden[0].float().pow(2).mean()
    loss.backward()
    return loss.item(), hidden[0].detach(), {name: p.grad for name, p in model.named_parameters()}


class BlocksTest(unittest.TestCase):
    def test_installed_blocks_agree_with_the_plain_ones_in_fp32(self):
        loss, hidden, gradients = run(installed=False)
        fast_loss, fast_hidden, fast_gradients = run(installed=True)
        # bf16 keeps 8 bits: one rounding errs by up to 2^-9 = 0.2 %, a chain of a dozen by about 1 %.
        self.assertEqual(hidden.shape, fast_hidden.shape)
        self.assertLess(abs(fast_loss - loss) / loss, 0.005)
        self.assertLess((fast_hidden - hidden).norm() / hidden.norm(), 0.01)
        for name, expected in gradients.items():
            error = (fast_gradients[name] - expected).norm() / expected.norm()
            self.assertLess(error, 0.018, f'gradient of {name}')


if __name__ == '__main__':
    unittest.main()
