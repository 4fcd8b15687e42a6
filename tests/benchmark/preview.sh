#!/bin/sh
# What a preview costs, and how like the decoded frame it is. JAVA_HOME names a JDK 25 or newer.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
"$root/zoetrope" --version > /dev/null # builds what is not built yet
IFS= read -r class_path < "$root/cli/target/launcher/current"
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" --enable-native-access=ALL-UNNAMED -cp "$class_path" \
    "$root/tests/src/test/java/dev/zoetrope/benchmark/PreviewBenchmark.java" "$root/onnx-graphs/models/flipbook"
