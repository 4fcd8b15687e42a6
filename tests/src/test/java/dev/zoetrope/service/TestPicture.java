package dev.zoetrope.service;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import javax.imageio.ImageIO;

/** Pictures for requests. */
final class TestPicture {
    private TestPicture() {}

    /** A PNG of one colour. */
    static byte[] png(int widthPx, int heightPx, int colour) throws IOException {
        BufferedImage image = new BufferedImage(widthPx, heightPx, BufferedImage.TYPE_INT_RGB);
        int[] pixels = new int[widthPx * heightPx];
        Arrays.fill(pixels, colour);
        image.setRGB(0, 0, widthPx, heightPx, pixels, 0, widthPx);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return bytes.toByteArray();
    }
}
