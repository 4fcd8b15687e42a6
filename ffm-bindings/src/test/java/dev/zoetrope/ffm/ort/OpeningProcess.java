package dev.zoetrope.ffm.ort;

/** Opens the library with the settings of its environment; started by a test in a process of its own. */
final class OpeningProcess {
    private OpeningProcess() {}

    public static void main(String[] arguments) {
        try (var environment = Environment.open(EnvironmentOptions.defaults())) {
            System.out.println("opened " + environment.libraryPath());
        }
    }
}
