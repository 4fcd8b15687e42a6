#!/bin/sh
# One render in Zoetrope, in PyTorch eager and in torch.compile; render_vs_pytorch.py says what is counted, --help what can be set.
#
#   JAVA_HOME   a JDK 25 or newer
#   PYTHON      a Python that has requirements.txt; without it, one is made in tests/target/benchmark-python
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
if [ -z "${PYTHON:-}" ]; then
    PYTHON=$root/tests/target/benchmark-python/bin/python
    if [ ! -x "$PYTHON" ]; then
        python3 -m venv "$root/tests/target/benchmark-python"
        "$PYTHON" -m pip install --quiet -r "$here/requirements.txt"
    fi
fi
"$root/zoetrope" --version > /dev/null # builds what is not built yet
exec "$PYTHON" "$here/render_vs_pytorch.py" "$@"
