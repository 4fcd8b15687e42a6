#!/bin/sh
# What leaving out parts of steps saves, and what it costs. JAVA_HOME names a JDK 25 or newer.
#
#   tests/benchmark/step_savings.sh [CLIPS]      about a minute for each eight clips on two quiet cores
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
"$root/zoetrope" --version > /dev/null # builds what is not built yet
IFS= read -r class_path < "$root/cli/target/launcher/current"
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" --enable-native-access=ALL-UNNAMED -cp "$class_path" \
    "$root/tests/src/test/java/dev/zoetrope/benchmark/StepSavingsBenchmark.java" "${1:-40}"
