#!/bin/sh
# Regenerates ../src/generated/java from the ONNX Runtime C header.
#
#   generate.sh HEADER_FOLDER      (or ONNXRUNTIME_HEADERS=HEADER_FOLDER generate.sh)
#
# HEADER_FOLDER holds onnxruntime_c_api.h and onnxruntime_error_code.h of the release named in README.md. `jextract` and
# `java` (25 or newer) must be on the PATH. The output is committed as it comes; nothing edits it.
set -eu
headers=${1:-${ONNXRUNTIME_HEADERS:?usage: generate.sh HEADER_FOLDER, or ONNXRUNTIME_HEADERS in the environment}}
here=$(cd "$(dirname "$0")" && pwd)
for file in onnxruntime_c_api.h onnxruntime_error_code.h; do
    [ -f "$headers/$file" ] || { echo "generate.sh: expected $headers/$file, found none" >&2; exit 2; }
done
command -v jextract >/dev/null || { echo "generate.sh: expected jextract on the PATH, found none" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The folder name shows up in no output: jextract names classes after the header file.
cp "$headers/onnxruntime_error_code.h" "$work/"
java "$here/ReduceHeader.java" "$headers/onnxruntime_c_api.h" "$here/symbols.txt" "$work/onnxruntime.h"

output=$here/../src/generated/java
package=dev.zoetrope.ffm.generated.onnxruntime
folder=$output/$(echo "$package" | tr . /)
# A symbol that is no longer listed must not leave its class behind.
find "$folder" -name '*.java' ! -name package-info.java -delete 2>/dev/null || true
awk '/^(struct|typedef|constant) / { print "--include-" $1, $2 }' "$here/symbols.txt" > "$work/includes.txt"
# shellcheck disable=SC2046  # each line is two words on purpose
jextract --output "$output" --target-package "$package" --header-class-name OnnxRuntime \
    $(cat "$work/includes.txt") "$work/onnxruntime.h"

# The one change to the output. jextract writes a constant for C's `long` as it is on the machine it runs on, 64 bits
# here and 32 on Windows, where loading the class would then fail. Nothing uses it: the reduced header has no `long`.
shared="$folder/OnnxRuntime\$shared.java"
grep -v ' C_LONG = ' "$shared" > "$work/shared.java"
cp "$work/shared.java" "$shared"
