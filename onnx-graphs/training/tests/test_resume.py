"""A stage that is interrupted and goes on ends where an uninterrupted one ends, bit for bit.

    python -m unittest discover tests          (in this folder)
"""
import unittest

import torch

from flipbook import stages, train_codec
from flipbook.codec import Codec
from flipbook.optimizer import Length, Paused
from flipbook.train_codec import to_float
from flipbook.world import Clip

from folder import FolderTest

TINY = dict(sizes=dict(width=64, depth=2, heads=2), budget=300, count=8, passes=1)  # a shard lasts about two steps


def equal(a, b):
    """Bit for bit, through dicts, lists and tensors"""
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(equal, a, b))
    return a == b


def state_of(folder, stage):
    """Everything a checkpoint holds but the clock"""
    state = torch.load(folder / f'{stage}.pt', weights_only=True)
    return {**state, 'counters': state['counters'][:2]}


class ResumeTest(FolderTest):
    def compare(self, stage, train, steps, pause):
        straight, paused = self.folder / 'straight', self.folder / 'paused'
        train(straight, Length(steps=steps))
        with self.assertRaises(Paused):
            train(paused, Length(steps=steps, pause_step=pause))
        early = state_of(paused, stage)
        self.assertEqual(pause, early['counters'][0])
        train(paused, Length(steps=steps))
        self.assertEqual(steps, state_of(paused, stage)['counters'][0])
        self.assertTrue(equal(state_of(straight, stage), state_of(paused, stage)), 'a resumed stage ends elsewhere')
        self.assertFalse(equal(early, state_of(paused, stage)), 'the steps after the pause changed nothing')

    def test_transformer(self):
        codec = Codec()
        codec.fit_pca(to_float([Clip(train_codec.TRAIN, 0, i, width=32, height=32, frames=9).video for i in range(8)]))

        def train(folder, length):
            folder.mkdir(exist_ok=True)
            train_codec.save_file({key: value.contiguous() for key, value in codec.state_dict().items()}, folder / 'codec.safetensors')
            stages.train('images', folder, length, **TINY)

        self.compare('images', train, 7, 4)

    def test_codec(self):
        self.compare('codec', lambda folder, length: stages.train('codec', folder, length), 3, 2)


if __name__ == '__main__':
    unittest.main()
