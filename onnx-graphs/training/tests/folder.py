"""What tests that train share."""
import pathlib
import tempfile
import unittest

import torch


class FolderTest(unittest.TestCase):
    """One thread, so that sums come out the same, and a folder that goes with the test"""

    def setUp(self):
        torch.set_num_threads(1)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
