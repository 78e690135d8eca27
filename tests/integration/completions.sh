#!/bin/sh
# The completions for bash, zsh and fish offer what "maproom --help" lists: every command, and every option of each. Each
# shell completes for real; one that is not installed is named and passed over (scripts/test installs all three).
# usage: completions.sh SOURCE-FOLDER MAPROOM-BINARY
# SPDX-License-Identifier: Apache-2.0
set -eu
source=$1/completions binary=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$binary" "$work/maproom"
PATH=$work:$PATH
export PATH HOME="$work"
printf '[maps.virtual_alias_maps]\n[maps.relay_domains]\n' > "$work/maproom.toml"
failed=0

# What is offered for the words; the last one is what has been typed of the next.
offered_bash() {
  bash -c '. "$0/maproom.bash"; COMP_WORDS=(maproom "$@"); COMP_CWORD=$#; _maproom
    [ ${#COMPREPLY[@]} -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"' "$source" "$@"
}
offered_zsh() {
  zsh -fc 'compadd() { shift; print -l -- ${(P)1} }; _files() { }; file=$1/_maproom; shift; words=(maproom "$@"); CURRENT=$#words
    PREFIX=$words[-1]; source $file' zsh "$source" "$@" | { [ -z "$last" ] && cat || grep -e "^$last"; }
}
offered_fish() {
  fish -c 'source $argv[1]/maproom.fish; complete -C "maproom $argv[2..-1]"' "$source" "$@" | cut -f 1
}

expect() { # SHELL WHAT-FILE WORDS...
  shell=$1 wanted=$2
  shift 2
  for last; do :; done
  "offered_$shell" "$@" 2> "$work/errors" | sort -u > "$work/got" || true
  if [ -s "$work/errors" ] || ! diff -u "$wanted" "$work/got" > "$work/diff"; then
    echo "FAILED: $shell: maproom $*" >&2
    cat "$work/errors" "$work/diff" >&2
    failed=1
  fi
}

maproom --help | awk '/^Subcommands:/ { on = 1; next } /^$/ { on = 0 } on && /^  [a-z]/ { print $1 }' | sort > "$work/commands"
[ "$(wc -l < "$work/commands")" -ge 9 ] || { echo "FAILED: --help lists too few commands" >&2; exit 1; }
printf 'relay_domains\nvirtual_alias_maps\n' > "$work/maps"
for shell in bash zsh fish; do
  command -v $shell > /dev/null || { echo "$shell is not installed"; continue; }
  expect $shell "$work/commands" ''
  while read -r command; do
    maproom "$command" --help | awk '/^Options:/ { on = 1; next } /^$/ { on = 0 } on && /^  -/ { print $1 }' | tr , '\n' |
      grep -e '^--' | sort > "$work/options"
    expect $shell "$work/options" "$command" --
  done < "$work/commands"
done
expect bash "$work/maps" query -c "$work/maproom.toml" ''
! command -v zsh > /dev/null || expect zsh "$work/maps" query -c "$work/maproom.toml" ''
exit $failed
