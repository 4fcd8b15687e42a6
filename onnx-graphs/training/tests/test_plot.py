"""The plot of the logs."""
import json
import pathlib
import tempfile
import unittest

import numpy as np
from PIL import Image

from flipbook.plot import COLOURS, curves, read_log, write_plot


class PlotTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, stage, *lines):
        text = ''.join(json.dumps(dict(step=step, cpu_seconds=60 * minutes, loss=loss)) + '\n' for step, minutes, loss in lines)
        (self.folder / f'{stage}.jsonl').write_text(text)

    def test_a_resumed_run_replaces_what_it_did_again(self):
        self.write('images', (50, 1, 4.0), (100, 2, 3.0), (150, 3, 9.0), (100, 2, 2.5), (150, 4, 2.0))
        self.assertEqual([(50, 4.0), (100, 2.5), (150, 2.0)], [(line['step'], line['loss']) for line in read_log(self.folder / 'images.jsonl')])

    def test_stages_follow_each_other(self):
        self.write('images', (50, 1, 4.0), (100, 2, 3.0))
        self.write('video', (50, 5, 2.0))
        found = curves(self.folder, ['codec', 'images', 'shapes', 'video'])
        self.assertEqual([('images', [(1, 4.0), (2, 3.0)]), ('video', [(7, 2.0)])], found)

    def test_every_stage_is_drawn(self):
        self.write('images', (50, 1, 4.0), (100, 2, 3.0))
        self.write('video', (50, 5, 2.0), (100, 9, 0.5))
        write_plot(self.folder, ['images', 'video'], self.folder / 'loss.png')
        pixels = np.asarray(Image.open(self.folder / 'loss.png'))[40:440]  # below the legend
        for colour in COLOURS[:2]:
            self.assertGreater((pixels == colour).all(-1).sum(), 50)

    def test_no_logs(self):
        with self.assertRaises(SystemExit):
            write_plot(self.folder, ['images'], self.folder / 'loss.png')


if __name__ == '__main__':
    unittest.main()
