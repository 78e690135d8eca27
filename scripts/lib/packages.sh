# Sourced: installs what building and testing need, from Debian's packages, and only what is missing. Of "ONE|OTHER" the first
# that this Debian has: libboost-dev of Debian 12 is too old, and later ones have no libboost1.81-dev.
# SPDX-License-Identifier: Apache-2.0

maproom_build_packages=(g++ cmake ninja-build ccache mold pkg-config libmariadb-dev 'libboost1.81-dev|libboost-dev' libhiredis-dev
  libspdlog-dev libfmt-dev libicu-dev libtomlplusplus-dev libcli11-dev nlohmann-json3-dev libssl-dev libpcre2-dev
  zlib1g-dev)
maproom_test_packages=(libgtest-dev libgmock-dev libbenchmark-dev python3 curl openssl bash fish zsh prometheus acl)
maproom_server_packages=(mariadb-server mariadb-client redis-server postfix postfix-mysql postfix-pcre
  libsasl2-modules galera-4 rsync iproute2)

# For scripts/package and scripts/test-package.
maproom_package_packages=(debhelper dpkg-dev)
maproom_package_test_packages=(debootstrap lintian binutils util-linux mount)

maproom_isolation_packages=(util-linux mount iproute2 hostname)

is_installed() { dpkg-query -W -f='${Status}\n' "$1" 2>/dev/null | grep 'ok installed' >/dev/null; }

# One of the alternatives is there.
has_package() {
  local package
  for package in ${1//|/ }; do
    if is_installed "$package"; then return 0; fi
  done
  return 1
}

# The first of the alternatives that can be had; the last one where nothing is known of any. Lists of packages are needed for it.
choose_package() {
  local package
  for package in ${1//|/ }; do
    # (grep reads to the end: with pipefail a pipe that is closed early would count as a failure.)
    if LC_ALL=C apt-cache policy "$package" 2>/dev/null | grep '^  Candidate: [^(]' >/dev/null; then break; fi
  done
  echo "$package"
}

install_packages() {
  local missing=() package
  for package in "$@"; do
    has_package "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "not root, and no sudo: please install ${missing[*]}" >&2; return 1; }
    as_root=(sudo)
  fi
  echo "installing: ${missing[*]}"
  # Packages of servers start them at once; ours are private ones. A policy of our own keeps the system's from starting, and
  # goes away again; one that was there stays.
  local policy=/usr/sbin/policy-rc.d own_policy=
  if [ ! -e "$policy" ]; then
    own_policy=1
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
  fi
  echo 'postfix postfix/main_mailer_type select No configuration' | "${as_root[@]}" debconf-set-selections
  local status=0
  "${as_root[@]}" apt-get update -qq || status=$?
  # Known only now, on a fresh system.
  for package in "${!missing[@]}"; do missing[package]=$(choose_package "${missing[package]}"); done
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >/dev/null || status=$?
  [ -z "$own_policy" ] || "${as_root[@]}" rm -f "$policy"
  return $status
}
