package dev.zoetrope.ffm.library;

import java.nio.file.Path;
import java.util.Map;

/** Unpacks the library of the jar into a given cache and opens it; started by tests in processes of its own. */
final class UnpackingProcess {
    private UnpackingProcess() {}

    public static void main(String[] arguments) {
        var search = new OnnxRuntimeSearch(
                Platform.current(), "", Map.of(), UnpackingProcess.class.getClassLoader(), Path.of(arguments[0]));
        NativeLibrary library = NativeLibrary.open(search.find());
        long address = library.symbol("OrtGetApiBase").address();
        System.out.println(
                (address == 0 ? "no symbol " : "opened ") + library.location().path());
    }
}
