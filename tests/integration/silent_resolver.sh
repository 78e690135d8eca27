#!/usr/bin/env bash
# silent_resolver.sh MAPROOM: with a resolver that never answers, lookups end with their deadline, other maps do not
# notice, and SIGTERM ends the process at once. libc would try for 150 s, longer than this test may take.
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
maproom=$(realpath "$1")
if [ "${2:-}" != --inside ]; then exec unshare --mount --net "$0" "$maproom" --inside; fi
folder=$(mktemp -d)
daemon= resolver=
trap '[ -z "$resolver" ] || kill "$resolver" 2>/dev/null || true; [ -z "$daemon" ] || kill -KILL "$daemon" 2>/dev/null || true; rm -rf "$folder"' EXIT
ip link set lo up
perl -MSocket -e 'socket(S, PF_INET, SOCK_DGRAM, 0) and bind(S, sockaddr_in(53, INADDR_LOOPBACK)) or die; sleep 300' &
resolver=$!
printf 'nameserver 127.0.0.1\noptions timeout:30 attempts:5\n' >"$folder/resolv.conf"
printf 'hosts: dns\npasswd: files\ngroup: files\n' >"$folder/nsswitch.conf"
printf 'known@a.example there\n' >"$folder/text"
mount --bind "$folder/resolv.conf" /etc/resolv.conf
mount --bind "$folder/nsswitch.conf" /etc/nsswitch.conf
cat >"$folder/maproom.toml" <<END
[mariadb]
hosts = ["inet:db.silent.example:3306"]
[redis]
server = "inet:redis.silent.example:6379"
[admin]
control = "unix:$folder/control"
[maps.virtual_mailbox_maps]
listen = "inet:127.0.0.1:20041"
deadline = "1 s"
query = "SELECT 1 FROM mailbox WHERE username = '%s'"
[maps.virtual_alias_maps]
listen = "inet:127.0.0.1:20042"
tables = [{ file = "$folder/text" }]
END
"$maproom" serve --config "$folder/maproom.toml" 2>"$folder/log" &
daemon=$!
ask() { # PORT KEY
  local reply
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'get %s\n' "$2" >&3
  read -r reply <&3
  exec 3>&-
  echo "$reply"
}
until ask 20042 known@a.example 2>/dev/null | grep -qx '200 there'; do
  kill -0 "$daemon" || { cat "$folder/log"; exit 1; }
done
ask 20041 joe@a.example | grep -q '^400 ' || { cat "$folder/log"; exit 1; }
ask 20042 known@a.example | grep -qx '200 there'
kill -TERM "$daemon"
wait "$daemon" || { echo "status $?"; cat "$folder/log"; exit 1; }
daemon=
grep -q 'event=stopped' "$folder/log"
