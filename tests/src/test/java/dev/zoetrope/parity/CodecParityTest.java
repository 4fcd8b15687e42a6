package dev.zoetrope.parity;

import static dev.zoetrope.parity.Difference.assertNear;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.zoetrope.graph.model.FrameForm;
import dev.zoetrope.graph.model.flipbook.FlipbookCodec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CodecParityTest {
    @SuppressWarnings("NullAway.Init") // before all tests
    private GraphRunner encoder;

    @SuppressWarnings("NullAway.Init") // before all tests
    private GraphRunner decoder;

    @SuppressWarnings("NullAway.Init") // before all tests
    private GraphRunner decoder8;

    @BeforeAll
    @SuppressWarnings("MustBeClosed") // after all tests
    void open() {
        encoder = GraphRunner.open(FlipbookCodec.encoder(Golden.codec()));
        decoder = GraphRunner.open(FlipbookCodec.decoder(Golden.codec(), FrameForm.FLOAT));
        decoder8 = GraphRunner.open(FlipbookCodec.decoder(Golden.codec(), FrameForm.RGB8));
    }

    @AfterAll
    void close() {
        encoder.close();
        decoder.close();
        decoder8.close();
    }

    /** PyTorch encodes the clip at once; the graph group by group on its own caches. */
    @ParameterizedTest
    @ValueSource(strings = {"codec1", "codec9", "codec13"})
    void streamedEncodingEqualsPyTorchOfTheWholeClip(String name) {
        HostTensor frames = Golden.tensor(name + ".frames");
        HostTensor latents = Golden.tensor(name + ".latents");
        CodecRun run = new CodecRun(latents.size(2), latents.size(3));
        for (int group = 0; group < latents.rows(); group++) {
            HostTensor latent = run.encode(encoder, CodecRun.groupOf(frames, group));
            String where = name + " group " + group;
            assertNear(where, CodecRun.latentOf(latents, group).floats(), latent.floats(), Tolerance.GOLDEN);
            HostTensor feature = Golden.tensor(name + ".group" + group + ".feature");
            assertNear(where + " feature", feature.floats(), run.feature().floats(), Tolerance.GOLDEN);
        }
    }

    /** PyTorch decodes the clip at once; the graph group by group on its own caches. */
    @ParameterizedTest
    @ValueSource(strings = {"codec1", "codec9", "codec13"})
    void streamedDecodingEqualsPyTorchOfTheWholeClip(String name) {
        HostTensor latents = Golden.tensor(name + ".latents");
        CodecRun run = new CodecRun(latents.size(2), latents.size(3));
        for (int group = 0; group < latents.rows(); group++) {
            HostTensor frames = run.decode(decoder, CodecRun.latentOf(latents, group));
            assertFrames(name, group, frames);
            HostTensor hidden = Golden.tensor(name + ".group" + group + ".hidden");
            assertNear(name + " hidden " + group, hidden.floats(), run.hidden().floats(), Tolerance.GOLDEN);
        }
    }

    /** Every group for itself, on PyTorch's caches: an error cannot hide behind one of the group before. */
    @ParameterizedTest
    @ValueSource(strings = {"codec9", "codec13"})
    void decodingFromPyTorchsCachesEqualsPyTorch(String name) {
        HostTensor latents = Golden.tensor(name + ".latents");
        for (int group = latents.rows() - 1; group > 0; group--) {
            HostTensor hidden = Golden.tensor(name + ".group" + (group - 1) + ".hidden");
            CodecRun run = new CodecRun(CodecRun.latentOf(latents, group - 1), hidden);
            assertFrames(name, group, run.decode(decoder, CodecRun.latentOf(latents, group)));
        }
    }

    /** Bytes are the float frames limited to -1..1 and rounded, halves to even. */
    @Test
    void bytesAreTheRoundedFrames() {
        HostTensor latents = Golden.tensor("codec9.latents");
        CodecRun floats = new CodecRun(latents.size(2), latents.size(3));
        CodecRun bytes = new CodecRun(latents.size(2), latents.size(3));
        for (int group = 0; group < latents.rows(); group++) {
            HostTensor latent = CodecRun.latentOf(latents, group);
            byte[] expected = CodecRun.rounded(floats.decode(decoder, latent));
            assertArrayEquals(expected, bytes.decodeBytes(decoder8, latent).bytes(), "group " + group);
        }
    }

    private static void assertFrames(String name, int group, HostTensor frames) {
        HostTensor decoded = Golden.tensor(name + ".decoded");
        int last = group * 4; // group 0 is frame 0 alone; group g ends on frame 4*g
        int first = group == 0 ? 0 : last - 3;
        assertNear(
                name + " frames " + first + ".." + last,
                decoded.rows(first, last + 1).floats(),
                frames.rows(group == 0 ? 3 : 0, 4).floats(),
                Tolerance.GOLDEN);
    }
}
