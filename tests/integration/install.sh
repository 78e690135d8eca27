#!/bin/sh
# "cmake --install" puts everything in its place, the units name the installed program, and a configuration in use is kept.
# usage: install.sh BUILD-FOLDER PREFIX CONFIG-FOLDER
# SPDX-License-Identifier: Apache-2.0
set -eu
build=$1 prefix=$2 config=$3
DESTDIR=$(mktemp -d)
export DESTDIR
trap 'rm -rf "$DESTDIR"' EXIT
failed=0

complain() {
  echo "FAILED: $*" >&2
  failed=1
}

cmake --install "$build" > "$DESTDIR/log" || { cat "$DESTDIR/log" >&2; exit 1; }
unit=$DESTDIR$prefix/lib/systemd/system/maproom.service
for file in "$prefix/bin/maproom" "$prefix/share/man/man8/maproom.8" "$prefix/share/man/man5/maproom.toml.5" \
  "$prefix/share/maproom/sql/0001_vimbadmin.sql" "$prefix/share/doc/maproom/examples/maproom-mx.toml" \
  "$prefix/share/doc/maproom/examples/prometheus/maproom.rules.yml" \
  "$prefix/share/maproom/outage.conf" "$prefix/share/doc/maproom/operations.md" "$prefix/share/doc/maproom/LICENSE" \
  "$prefix/lib/systemd/system/maproom.socket" "$prefix/lib/systemd/system/maproom.service.d/10-mariadb.conf" \
  "$prefix/lib/systemd/system/maproom.socket.d/10-mariadb.conf" \
  "$prefix/sbin/maproom-outage" "$prefix/lib/systemd/system-generators/maproom-sockets" "$prefix/share/bash-completion/completions/maproom" \
  "$prefix/share/zsh/vendor-completions/_maproom" "$prefix/share/fish/vendor_completions.d/maproom.fish" \
  "$prefix/lib/sysusers.d/maproom.conf" "$prefix/lib/tmpfiles.d/maproom.conf" "$config/maproom.toml"; do
  [ -f "$DESTDIR$file" ] || complain "$file is not installed"
done
# Whatever stands in docs/ is installed, and so are the manuals there.
source=$(cd "$(dirname "$0")/../.." && pwd)
for file in "$source"/docs/*.md; do
  [ -f "$DESTDIR$prefix/share/doc/maproom/${file##*/}" ] || complain "docs/${file##*/} is not installed"
done
for file in "$source"/docs/man/*; do
  [ -f "$DESTDIR$prefix/share/man/man${file##*.}/${file##*/}" ] || complain "docs/man/${file##*/} is not installed"
done
program=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
[ -x "$DESTDIR$program" ] || complain "the unit starts $program, which is not installed"
given=$(sed -n 's/^ExecStart=.*--config \([^ ]*\)$/\1/p' "$unit")
[ -f "$DESTDIR$given" ] || complain "the unit reads $given, which is not installed"
grep -qx "file=$prefix/share/maproom/outage.conf" "$DESTDIR$prefix/sbin/maproom-outage" ||
  complain "maproom-outage looks for outage.conf elsewhere"
grep -q -e "(\"*$prefix/bin/maproom sockets" "$DESTDIR$prefix/lib/systemd/system-generators/maproom-sockets" ||
  complain "maproom-sockets calls another program"
"$DESTDIR$prefix/bin/maproom" --version > /dev/null || complain "the installed program does not run"
mode=$(stat -c %a "$DESTDIR$config/maproom.toml")
[ "$mode" = 640 ] || complain "maproom.toml has mode $mode; it may come to hold a password"

echo '# mine' > "$DESTDIR$config/maproom.toml"
cmake --install "$build" > "$DESTDIR/log" || complain "cannot be installed twice"
[ "$(cat "$DESTDIR$config/maproom.toml")" = '# mine' ] || complain "a configuration in use was overwritten"
exit $failed
