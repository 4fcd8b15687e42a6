"""A stage starts from the shipped model folder when the checkpoints before it are gone."""
import pathlib
import unittest

import torch

from flipbook import export, stages, train_codec, train_transformer
from flipbook.codec import LAYOUT_SCALE, Codec
from flipbook.optimizer import Length
from flipbook.transformer import Transformer

from folder import FolderTest

SHIPPED = pathlib.Path(__file__).parents[2] / 'models/flipbook'


class StartTest(FolderTest):
    def test_shipped_weights(self):
        codec, transformer = export.load_shipped(SHIPPED)
        stages.train('video', self.folder, Length(steps=1), SHIPPED, budget=300, count=4, passes=1)
        found = train_codec.load_codec(self.folder / 'codec.safetensors').state_dict()
        whole = codec if codec.config['latent_channels'] > Codec().config['latent_channels'] else codec.widened()
        for key, value in whole.state_dict().items():
            self.assertTrue(torch.equal(value, found[key]), key)
        trained = torch.load(self.folder / 'video.pt', weights_only=True)['model']
        start = train_transformer.with_layout(transformer.scale_layout(1 / LAYOUT_SCALE).state_dict(), Transformer())
        norm = lambda tensors: sum(t.norm() ** 2 for t in tensors) ** 0.5
        change = norm(trained[key] - start[key] for key in start) / norm(start.values())
        self.assertGreater(change, 0)
        self.assertLess(change, 0.01)  # one step of warm-up: a sixtieth of a learning rate of 0.0025; random weights differ by more than 1

    def test_nothing_to_start_from(self):
        stages.prepare(self.folder, SHIPPED)
        with self.assertRaises(SystemExit) as refusal:
            stages.train('video', self.folder, Length(steps=1))
        self.assertIn('--from', str(refusal.exception))

    def test_export_is_what_was_loaded(self):
        export.write_model(*export.load_shipped(SHIPPED), self.folder)
        for part in ('vae', 'transformer'):
            self.assertEqual((SHIPPED / part / export.WEIGHTS).read_bytes(), (self.folder / part / export.WEIGHTS).read_bytes(), part)


if __name__ == '__main__':
    unittest.main()
