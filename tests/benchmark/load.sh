#!/bin/sh
# Small and large renders that arrive at random: one at a time against steps made together. JAVA_HOME names a JDK 25 or newer.
#
#   tests/benchmark/load.sh [RENDERS] [LOAD] [SEED]      a few minutes on two quiet cores
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
"$root/zoetrope" --version > /dev/null # builds what is not built yet
IFS= read -r class_path < "$root/cli/target/launcher/current"
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" --enable-native-access=ALL-UNNAMED -cp "$class_path" \
    "$root/tests/src/test/java/dev/zoetrope/benchmark/LoadBenchmark.java" "${1:-120}" "${2:-0.7}" "${3:-1}"
