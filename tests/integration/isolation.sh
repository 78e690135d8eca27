#!/usr/bin/env bash
# scripts/lib/isolated, on hosts that would hurt and on one that has nothing: a test that needs MariaDB and Postfix fails on
# the hostile host as it is, which shows that it is hostile, and passes isolated on both.
# usage: isolation.sh ISOLATED TEST-PROGRAM ARGUMENTS...
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail

on_a_host() { # KIND ISOLATED PROGRAM...: in namespaces that the caller has made
  local kind=$1 isolated=$2 log=/tmp/log variable
  shift 2
  ip link set lo up
  cp -r /etc/postfix /tmp/postfix
  local folder
  for folder in /etc/postfix /etc/mysql /root /run /var/lib/mysql; do
    [ ! -d "$folder" ] || mount -t tmpfs tmpfs "$folder"
  done
  if [ "$kind" = hostile ]; then
    cp -r /tmp/postfix/. /etc/postfix
    printf 'this is no main.cf\n' >/etc/postfix/main.cf
    printf 'mysql /nonexistent.so nothing\n' >/etc/postfix/dynamicmaps.cf
    mkdir -p /etc/mysql
    printf '[client]\nsocket = /nonexistent\npassword = wrong\nno-such-option = 1\n[mysqld]\nport = x\n' >/etc/mysql/my.cnf
    cp /etc/mysql/my.cnf /root/.my.cnf
    python3 -c 'if True:
      import os, socket, time
      held = [socket.create_server(("127.0.0.1", port)) for port in (3306, 6379, 10041, 10048, 10049)]
      open("/tmp/listening", "w").close()
      time.sleep(600)' &
    until [ -e /tmp/listening ]; do kill -0 $!; sleep 0.05; done
    export MAIL_CONFIG=/nonexistent MYSQL_HOST=192.0.2.1 MYSQL_UNIX_PORT=/nonexistent MYSQL_HOME=/nonexistent TMPDIR=/nonexistent
    export GTEST_FILTER=Nothing.* CXXFLAGS=--nonsense LISTEN_FDS=7 NOTIFY_SOCKET=/nonexistent CREDENTIALS_DIRECTORY=/nonexistent
    "$@" >"$log" 2>&1 && { echo "FAILED: on the hostile host the test passes as it is; this shows nothing" >&2; exit 1; }
  fi
  "$isolated" "$@" >"$log" 2>&1 || { cat "$log"; echo "FAILED: isolated, on a host that is $kind" >&2; exit 1; }
  grep -q 'PASSED.* 1 test' "$log" || { cat "$log"; echo "FAILED: nothing was tested ($kind)" >&2; exit 1; }
  "$isolated" bash -c '
    for variable in MAIL_CONFIG MYSQL_HOST MYSQL_UNIX_PORT GTEST_FILTER CXXFLAGS LISTEN_FDS NOTIFY_SOCKET; do
      [ -z "${!variable+set}" ] || { echo "$variable is set"; exit 1; }
    done
    for file in /etc/postfix/main.cf /etc/mysql/my.cnf /root/.my.cnf /tmp/log; do
      [ ! -e "$file" ] || { echo "$file is there"; exit 1; }
    done
    for port in 3306 6379 10041; do
      ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "a server listens on $port"; exit 1; }
    done
    ip -o link | grep -v " lo:" && exit 1
    getent hosts localhost >/dev/null && touch /tmp/here /var/tmp/here' ||
    { echo "FAILED: not isolated, on a host that is $kind" >&2; exit 1; }
  [ ! -e /tmp/here ]
}

if [ "$1" = --on ]; then
  shift
  on_a_host "$@"
  exit
fi
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
chmod 755 "$temporary"
for kind in hostile bare; do
  mkdir -m 1777 "$temporary/$kind"
  unshare --mount --net --pid --fork --kill-child --mount-proc \
    bash -c 'mount --bind "$1" /tmp && shift && exec "$@"' - "$temporary/$kind" "$(realpath "$0")" --on "$kind" "$@"
done
