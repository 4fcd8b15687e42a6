"""What lies between two known pieces of a clip, and what a window of a long clip sees.

    python -m unittest discover tests          (in this folder)
"""
import unittest

import numpy as np

from flipbook.data import clip_of
from flipbook.ways import FASTEST, SLOWEST, Way, period
from flipbook.world import CELL, Clip, Mix, Spec, turn

MIX = Mix(((64, 64), (96, 64), (48, 48)), (9, 17), (4, 8, 16), grid=16, smallest=0.3, sprites=0.2, speeds=0.2)


def clip_of_motion(motion, frames, fps=8):
    spec = Spec('ball', 'red', motion, ('plain', 'black'))
    return Clip(MIX, 3, spec=spec, width=64, height=64, frames=frames, fps=fps, passing=True)


class PassingTest(unittest.TestCase):
    def test_thing_leaves_wholly_and_comes_in_again_from_the_other_side(self):
        for motion, axis, step in (('right', 0, 2), ('left', 0, -2), ('down', 1, 2), ('up', 1, -2)):
            clip = clip_of_motion(motion, 97)
            centre, size = clip.tracks[0, :, axis], clip.sizes[0]
            steps, round_ = np.diff(centre), turn(64, size)
            self.assertEqual(set(steps) - {step}, {step - np.sign(step) * round_}, motion)
            at = int(np.flatnonzero(steps != step)[0])
            gone = max(clip.tracks[0, at, 3], clip.tracks[0, at + 1, 3])
            self.assertLess(gone, 0.2, 'seen where it goes round')
            self.assertEqual(round_ % CELL, 0)

    def test_after_its_period_everything_is_as_it_was(self):
        for motion in ('right', 'up', 'bounce', 'orbit', 'spin'):
            spec = Spec('star', 'red', motion, ('plain', 'black'))
            clip = Clip(MIX, 3, spec=spec, width=64, height=64, frames=129, fps=8, passing=True)
            turn_frames = period(spec, clip.sizes[0], 64, 64) * 8
            self.assertEqual(turn_frames, int(turn_frames), motion)
            np.testing.assert_array_equal(clip.video[int(turn_frames):], clip.video[:-int(turn_frames)])
            self.assertTrue((clip.video[1] != clip.video[0]).any(), motion)

    def test_usual_clips_stay_in_the_frame(self):
        for i in range(60):
            clip = Clip(Mix(((64, 64),), (17,), (8,), ('left', 'right', 'up', 'down')), 4, i)
            self.assertLess(np.abs(np.diff(clip.tracks[0, :, :2], axis=0)).max(), 9)


class WayTest(unittest.TestCase):
    def test_way_is_a_function_of_the_seed(self):
        for i in range(6):
            a, b = Way(MIX, 1, i), Way(MIX, 1, i)
            self.assertEqual((a.caption, a.from_, a.to, a.frames), (b.caption, b.from_, b.to, b.frames))
            np.testing.assert_array_equal(a.video, b.video)

    def test_known_pieces_lie_on_latents_and_something_is_between(self):
        lengths = set()
        for i in range(60):
            way = Way(MIX, 2, i)
            self.assertEqual((way.from_ % 4, way.to % 4, way.frames % 4), (0, 0, 1))
            self.assertEqual(way.from_, 4 * (way.leading - 1))
            self.assertTrue(0 <= way.from_ < way.to < way.frames)
            self.assertEqual(len(way.video), way.frames)
            lengths.add((way.leading, way.to - way.from_))
        self.assertGreater(len(lengths), 8)

    def test_no_step_on_the_way_is_larger_than_the_way_allows(self):
        moving = over = 0
        for i in range(150):
            way = Way(MIX, 3, i)
            if way.over:
                over += 1
                video = way.video.astype(float)
                largest = np.abs(np.diff(video, axis=0)).mean((1, 2, 3))[way.from_:way.to].max()
                whole = np.abs(video[way.to] - video[way.from_]).mean()
                own = 12  # levels by which two things that move, and what is seen through them, change of themselves
                self.assertLess(largest, 2 * whole / (way.to - way.from_) + own, way.caption)
            elif way.spec.motion in ('left', 'right', 'up', 'down') and not way.spec.speed:
                moving += 1
                steps = np.abs(np.diff(way.tracks[0, :, 0 if way.spec.motion in ('left', 'right') else 1]))[way.from_:way.to]
                steps = steps[steps < 30]  # without the one that goes round
                own = 16 / way.fps
                self.assertTrue((steps <= FASTEST * own + 1).all() and (steps >= SLOWEST * own - 1).all(), (way.caption, steps))
        self.assertGreater(moving, 15)
        self.assertGreater(over, 40)

    def test_pieces_are_what_they_would_be_alone(self):
        # Up to from_ and from `to` on the thing moves at its own speed.
        for i in range(60):
            way = Way(MIX, 5, i)
            if way.spec.speed or way.spec.motion not in ('left', 'right'):
                continue
            own = 16 / way.fps
            for part in (way.tracks[0, :way.from_ + 1, 0], way.tracks[0, way.to:, 0]):
                steps = np.abs(np.diff(part))
                self.assertTrue(((steps == own) | (steps > 30) | (steps == 0)).all(), way.caption)  # > 30: it goes round; 0: another thing, which rests

    def test_tasks_have_their_clips(self):
        self.assertIsInstance(clip_of('way', MIX, 1, 2), Way)
        self.assertIn(clip_of('passing', MIX, 1, 2).frames, (17, 25, 33))
        rates = [clip_of('gaps', Mix(MIX.sizes, (17,), (8,)), 1, i).fps for i in range(40)]
        self.assertTrue(8 < rates.count(16) < 32)


if __name__ == '__main__':
    unittest.main()
