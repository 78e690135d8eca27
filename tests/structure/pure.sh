#!/usr/bin/env bash
# pure.sh BUILD-FOLDER LIBRARY: the pure half has no socket, no clock of its own and no log. Told by what the compiler has
# read for each of its objects, headers of headers included, and by the symbols that the objects ask for.
# SPDX-License-Identifier: Apache-2.0
set -euo pipefail
build=$1
library=$2
bad=0
complain() { echo "pure: $*" >&2; bad=1; }

# Ninja keeps what the compiler has read.
read_files=$(ninja -C "$build" -t deps | awk '/^[^ ].*: #deps/ { object = index($1, "maproom_pure.dir/") ? $1 : "" } object && /^ / { print object, $1 }')
[ -n "$read_files" ] || { echo "pure: $build tells of no object of the pure library" >&2; exit 1; }
libraries='/usr/include/(.*/)?(boost/(asio|beast|process)|spdlog|fmt|mysql|mariadb|hiredis|systemd|CLI|toml\+\+)/'
while read -r object file; do complain "$object has read $file"; done < <(grep -E " $libraries" <<<"$read_files" || true)

# Sockets, files and waiting; clocks and randomness; logs and streams to a terminal.
symbols='socket|socketpair|connect|bind|listen|accept4?|send(to|msg)?|recv(from|msg)?|poll|ppoll|select|epoll_[a-z_0-9]*|getaddrinfo'
symbols+='|open(at)?(64)?|fopen(64)?|read|write|nanosleep|usleep|sleep|getenv'
symbols+='|clock_gettime|gettimeofday|time|random|rand|getrandom|syslog|printf|puts|fputs|fwrite|stderr|stdout'
symbols+='|std::chrono::_V2::(steady|system)_clock::now\(\)|std::random_device::.*|std::c(out|err|log)|std::basic_[io]?fstream<.*|spdlog::.*|boost::asio::.*|fmt::.*'
while read -r symbol; do complain "the library asks for $symbol"; done < <(nm -C --undefined-only "$library" | sed -n 's/^ *[UwW] //p' |
  sed 's/@.*//' | sort -u | grep -E "^($symbols)$" || true)
exit $bad
