package dev.zoetrope.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class VersionReport implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"zoetrope " + software()};
    }

    static String software() {
        String version = VersionReport.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
