#!/bin/sh
# The manual pages are well-formed, and maproom(8) knows every command and option of the program.
# usage: manual.sh SOURCE-FOLDER MAPROOM-BINARY
# SPDX-License-Identifier: Apache-2.0
set -eu
source=$1 binary=$2
page=$source/docs/man/maproom.8
failed=0

complain() {
  echo "FAILED: $*" >&2
  failed=1
}

for file in "$source"/docs/man/*; do
  # Manuals that are not on this host, and the state of its index, are not our mistakes.
  said=$(mandoc -T lint -W style "$file" 2>&1 | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' || true)
  [ -z "$said" ] || complain "$said"
done

commands=$("$binary" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ -n "$commands" ] || complain "the program's help lists no commands"
for command in $commands; do
  grep -q "^\.It Cm $command$" "$page" || complain "maproom(8) does not explain the command $command"
  options=$("$binary" "$command" --help | sed -n 's/^  .*--\([a-z-]*\).*/\1/p')
  for option in $options; do
    grep -q -e "Fl -$option\b" "$page" || complain "maproom(8) does not know the option --$option of $command"
  done
done
exit $failed
