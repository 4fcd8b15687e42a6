"""The road that trains on a GPU, run on the CPU: attention in buckets, clips drawn by other processes."""
import pathlib
import unittest

import torch

from flipbook import bucket_attention, stages
from flipbook.goldens import randomise, segment
from flipbook.optimizer import Length, Paused
from flipbook.packing import pack
from flipbook.transformer import Transformer

from folder import FolderTest
from test_resume import TINY, equal, state_of

SHIPPED = pathlib.Path(__file__).parents[2] / 'models/flipbook'


class DeviceTest(FolderTest):
    def test_bucket_attention(self):
        generator = torch.Generator().manual_seed(1)
        sizes = ((7, 3, 3, 5), (0, 2, 4, 4), (12, 4, 2, 3), (3, 1, 4, 6), (20, 5, 6, 6), (5, 3, 2, 2))
        packed = pack([segment(generator, 48, *size, 8, [0.5] * size[1], ['noisy'] * size[1]) for size in sizes])
        model = randomise(Transformer(48, 64, 2, 2), 2)
        expected = model.predict(**packed)
        expected.square().mean().backward()
        gradients = [p.grad.clone() for p in model.parameters()]
        model.zero_grad()
        bucket_attention.install(model)
        lengths = packed.pop('lengths')
        found = model.predict(**packed, lengths=bucket_attention.buckets(lengths, torch.device('cpu')))
        found.square().mean().backward()
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)  # float32, sums in another order
        for a, p in zip(gradients, model.parameters()):
            torch.testing.assert_close(p.grad, a, rtol=1e-3, atol=1e-5)

    def train(self, name, steps, pause=0, **settings):
        """-> the state after a stage from the shipped codec"""
        folder = self.folder / name
        stages.prepare(folder, SHIPPED)
        stages.train('images', folder, Length(steps=steps, pause_step=pause), bucketed=True, **TINY, **settings)
        return state_of(folder, 'images')

    def test_workers_draw_what_the_trainer_draws(self):
        self.assertTrue(equal(self.train('alone', 4), self.train('one', 4, workers=1)))

    def test_workers_resume(self):
        straight = self.train('straight', 6, workers=2)
        with self.assertRaises(Paused):
            self.train('paused', 6, pause=3, workers=2)
        self.assertTrue(equal(straight, self.train('paused', 6, workers=2)))


if __name__ == '__main__':
    unittest.main()
