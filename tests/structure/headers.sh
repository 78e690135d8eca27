#!/usr/bin/env bash
# headers.sh SOURCE-FOLDER BUILD-FOLDER: each public header compiles alone. The flags are those of a file that compiles with
# all the libraries.
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
source=$1
build=$2
mapfile -t flags < <(python3 - "$build/compile_commands.json" <<'PYTHON'
import json, shlex, sys
for entry in json.load(open(sys.argv[1])):
    if entry["file"].endswith("src/app/application.cpp"):
        words = shlex.split(entry["command"])
        print(*[w for w in words if w.startswith(("-I", "-D", "-std", "-W"))], sep="\n")
        print(*[f"-isystem{words[i + 1]}" for i, w in enumerate(words) if w == "-isystem"], sep="\n")
PYTHON
)
[ ${#flags[@]} -gt 5 ] || { echo "headers: no flags in $build/compile_commands.json" >&2; exit 1; }
alone() {
  printf '#include "%s"\n' "$1" | "${CXX:-c++}" "${@:2}" -fsyntax-only -x c++ - || { echo "headers: $1 does not compile alone" >&2; return 1; }
}
export -f alone
cd "$source/include"
find maproom -name '*.hpp' | sort | xargs -P "$(nproc)" -I{} bash -c 'alone "$@"' alone {} "${flags[@]}"
