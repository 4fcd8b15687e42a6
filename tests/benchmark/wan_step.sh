#!/bin/sh
# One step of a Wan transformer of middle size in Zoetrope and in diffusers; wan_step.py says what is counted, --help what can be set.
#
#   JAVA_HOME   a JDK 25 or newer
#   PYTHON      a Python that has requirements.txt and ../golden/wan-requirements.txt; without it, one is made in
#               tests/target/benchmark-wan-python
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
if [ -z "${PYTHON:-}" ]; then
    PYTHON=$root/tests/target/benchmark-wan-python/bin/python
    if [ ! -x "$PYTHON" ]; then
        python3 -m venv "$root/tests/target/benchmark-wan-python"
        "$PYTHON" -m pip install --quiet -r "$here/requirements.txt" -r "$here/../golden/wan-requirements.txt"
    fi
fi
exec "$PYTHON" "$here/wan_step.py" "$@"
