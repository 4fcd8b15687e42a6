#!/usr/bin/env bash
# Packs everything that a GPU machine without JDK, Maven and network needs for the GPU tests and the benchmark into parts that can
# travel one by one beside the repository's files; run.sh, there, puts them together and runs.
#
#   tests/gpu/pack.sh [-o FOLDER] [-s MIB] [-l FOLDER] [-a ARCHITECTURE] [-n]
#     -o  where the parts go                       (default: tests/target/gpu-kit)
#     -s  largest part, in MiB                     (default: 30)
#     -l  folder with the ONNX Runtime libraries, or a wheel, instead of downloading onnxruntime-gpu
#     -a  keep the GPU code of this architecture alone, such as 90 for an H100: half the parts (keep_architecture.py)
#     -n  xz -1 instead of xz -9, to try the scripts
#   JAVA_HOME  a JDK 25 or newer with jlink
#
# In it: ort/ (ONNX Runtime's CUDA 13 build), java/ (a small Java runtime), zoetrope-gpu.jar (tests and command line; made first by
# mvn package -Pgpu-jar), python/ (diffusers).
# Needs bash, tar, xz, split, sha256sum, zip, unzip, python3 with pip, and Maven where the jar is not made yet.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/tests/target/gpu-kit mib=30 libraries='' architecture='' level=-9
ort=onnxruntime-gpu==1.31.1 diffusers=diffusers==0.42.1
while getopts o:s:l:a:n option; do
    case $option in
        o) out=$OPTARG ;; s) mib=$OPTARG ;; l) libraries=$OPTARG ;; a) architecture=$OPTARG ;; n) level=-1 ;; *) sed -n '2,/^set/p' "$0" >&2; exit 64 ;;
    esac
done
fail() { echo "pack.sh: $*" >&2; exit 1; }
[[ -x ${JAVA_HOME:-}/bin/jlink ]] || fail "JAVA_HOME: expected a JDK with jlink, found '${JAVA_HOME:-}'"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kit=$work/kit
mkdir -p "$kit/ort" "$kit/python" "$out"

# --- the jar: stored, not deflated, for xz packs what is in it much better -------------------------------------------
jar=$(ls -t "$root"/tests/target/zoetrope-tests-*-gpu.jar "$root"/tests/target/unchecked/zoetrope-tests-*-gpu.jar 2> /dev/null | head -1) || true
[[ -n $jar ]] || fail "tests/target: expected a …-gpu.jar, found none (mvn package -Pgpu-jar -Dtest=GpuNone -Dsurefire.failIfNoSpecifiedTests=false)"
mkdir "$work/jar"
(cd "$work/jar" && unzip -q "$jar" && zip -q -0 -X -r "$kit/zoetrope-gpu.jar" META-INF/MANIFEST.MF . -x '.DS_Store')

# --- ONNX Runtime ----------------------------------------------------------------------------------------------------
if [[ -z $libraries ]]; then
    python3 -m pip download -q --no-deps --only-binary=:all: --implementation cp --python-version 3.12 \
        --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 -d "$work/ort" "$ort"
    libraries=$(ls "$work"/ort/*.whl)
fi
if [[ -f $libraries ]]; then
    mkdir "$work/wheel"
    unzip -q "$libraries" -d "$work/wheel"
    libraries=$work/wheel
fi
find "$libraries" \( -name 'libonnxruntime.so*' -o -name 'libonnxruntime_providers_shared.so' -o -name 'libonnxruntime_providers_cuda.so' \
    -o -name LICENSE -o -name 'ThirdPartyNotices*' \) -type f -exec cp -t "$kit/ort" {} +
core=$(cd "$kit/ort" && ls libonnxruntime.so* | tail -1) || fail "$libraries: expected libonnxruntime.so, found none"
[[ -e $kit/ort/libonnxruntime.so ]] || ln -s "$core" "$kit/ort/libonnxruntime.so"
provider=$kit/ort/libonnxruntime_providers_cuda.so
if [[ -n $architecture ]]; then
    chmod u+w "$provider"
    python3 "$root/tests/gpu/keep_architecture.py" "$provider" "$architecture" >&2
fi
[[ -f $provider ]] || echo "pack.sh: no CUDA provider in $libraries: this kit runs on CPUs alone" >&2

# --- a Java runtime with the modules that the jar asks for -------------------------------------------------------------
modules=$("$JAVA_HOME/bin/jdeps" --ignore-missing-deps --multi-release 25 --print-module-deps "$jar" | tail -1)
echo "pack.sh: Java modules $modules" >&2
"$JAVA_HOME/bin/jlink" --add-modules "$modules,jdk.unsupported,jdk.zipfs,jdk.crypto.ec" --strip-debug --no-header-files --no-man-pages \
    --output "$kit/java"

# --- diffusers: what it needs beside it is there with transformers and torchvision -------------------------------------
python3 -m pip download -q --no-deps --only-binary=:all: -d "$work/wheels" "$diffusers"
unzip -q "$work"/wheels/diffusers-*.whl -d "$kit/python"

# --- one archive in equal parts ----------------------------------------------------------------------------------------
(cd "$kit" && find . -type f ! -name MANIFEST -print0 | sort -z | xargs -0 sha256sum > MANIFEST)
echo "pack.sh: compressing $(du -sm "$kit" | cut -f1) MiB" >&2
tar -C "$kit" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - . | xz "$level" -T0 --block-size=96MiB > "$work/kit.tar.xz"
bytes=$(stat -c %s "$work/kit.tar.xz")
parts=$(((bytes + mib * 1048576 - 1) / (mib * 1048576)))
rm -rf "$out"/part-* "$out/index"
split -b $(((bytes + parts - 1) / parts)) --numeric-suffixes=1 -a 2 "$work/kit.tar.xz" "$work/part-"
for part in "$work"/part-*; do # a folder each, so that one can be named to travel
    mkdir "$out/${part##*/}"
    mv "$part" "$out/${part##*/}/data"
    (cd "$out" && sha256sum "${part##*/}/data") >> "$out/index"
done
for part in "$out"/part-*; do
    cp "$out/index" "$part/index"
done
echo "pack.sh: $bytes bytes in $parts parts in $out" >&2
