# Sourced: private servers in a folder of the caller's, on Unix sockets and free loopback ports, stopped by their process id.
# SPDX-License-Identifier: Apache-2.0

maproom_pids=()

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}

# start_mariadb DIR: sets mariadb_socket.
start_mariadb() {
  local dir=$1 user
  # Temporary tables in a folder of its own: a server that starts removes what others have in a shared one.
  mkdir -p "$dir/mariadb" "$dir/mariadb-tmp"
  if [ "$(id -u)" -eq 0 ]; then user=mysql && chown mysql "$dir/mariadb" "$dir/mariadb-tmp"; else user=$(id -un); fi
  mariadb-install-db --no-defaults --user="$user" --datadir="$dir/mariadb" --tmpdir="$dir/mariadb-tmp" --auth-root-authentication-method=normal \
    --skip-test-db >"$dir/mariadb-install.log" 2>&1
  mariadb_socket=$dir/mariadb/my.sock
  mariadbd --no-defaults --user="$user" --datadir="$dir/mariadb" --tmpdir="$dir/mariadb-tmp" --socket="$mariadb_socket" --skip-networking \
    --pid-file="$dir/mariadb/pid" --character-set-server=utf8mb4 --innodb-buffer-pool-size=32M \
    --innodb-flush-log-at-trx-commit=0 >"$dir/mariadb.log" 2>&1 &
  maproom_pids+=($!)
  wait_for 60 sql 'SELECT 1' || { echo "MariaDB did not start:" >&2; tail -n 20 "$dir/mariadb.log" >&2; return 1; }
}

# sql STATEMENTS [DATABASE], as root.
sql() {
  mariadb --no-defaults --default-character-set=utf8mb4 -uroot -S "$mariadb_socket" -N -B -e "$1" "${@:2}"
}

# start_redis DIR: sets redis_socket.
start_redis() {
  local dir=$1
  redis_socket=$dir/redis.sock
  redis-server --port 0 --unixsocket "$redis_socket" --save '' --dir "$dir" >"$dir/redis.log" 2>&1 &
  maproom_pids+=($!)
  wait_for 20 redis-cli -s "$redis_socket" PING || { echo "Redis did not start:" >&2; tail -n 20 "$dir/redis.log" >&2; return 1; }
}

# Stops what was started, the last first.
stop_servers() {
  local i
  for ((i = ${#maproom_pids[@]} - 1; i >= 0; i--)); do
    kill "${maproom_pids[i]}" 2>/dev/null || true
    wait "${maproom_pids[i]}" 2>/dev/null || true
  done
  maproom_pids=()
}
