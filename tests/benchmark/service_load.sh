#!/bin/sh
# Small and large requests that arrive at random at a server's process: one job at a time against steps made together. JAVA_HOME names a JDK 25 or newer.
#
#   tests/benchmark/service_load.sh [REQUESTS] [LOAD] [SEED]      about five minutes on two quiet cores
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
"$root/zoetrope" --version > /dev/null # builds what is not built yet
IFS= read -r class_path < "$root/cli/target/launcher/current"
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -cp "$class_path" \
    "$root/tests/src/test/java/dev/zoetrope/benchmark/ServiceLoadBenchmark.java" \
    "$root/zoetrope" "${1:-80}" "${2:-0.7}" "${3:-1}"
