#!/bin/sh
# What a release build has against attackers, looked for in the ELF file (cmake/hardening.cmake).
# usage: hardened.sh MAPROOM-BINARY
# SPDX-License-Identifier: Apache-2.0
set -eu
binary=$1
failed=0

# has WHAT PATTERN TEXT: the pattern stands in the text.
has() {
  printf '%s\n' "$3" | grep -q -e "$2" || { echo "FAILED: no $1" >&2; failed=1; }
}

[ -r "$binary" ] || { echo "FAILED: $binary cannot be read" >&2; exit 1; }
segments=$(readelf -lW "$binary")
has "position-independent executable" 'Type:.*DYN' "$(readelf -hW "$binary")"
has "RELRO" GNU_RELRO "$segments"
has "BIND_NOW" 'BIND_NOW\|FLAGS_1.*NOW' "$(readelf -dW "$binary")"
has "stack that cannot be executed" 'GNU_STACK.* RW ' "$segments"
symbols=$(readelf -sW --dyn-syms "$binary" | grep -e __stack_chk_fail -e _chk@ || true)
has "stack protector" '__stack_chk_fail' "$symbols"
has "_FORTIFY_SOURCE" '__[a-z_]*_chk@' "$symbols"
# The other two leave no symbol. The mark of control-flow protection is the whole program's, and gone where one static
# library of Debian's lacks it, so the instructions of ours are looked for.
if [ "$(uname -m)" = x86_64 ]; then
  if readelf -SW "$binary" | grep -q '\.symtab'; then
    code=$(objdump -d --no-show-raw-insn "$binary" | grep -A4 -e '<_ZN7maproom.*>:$' | grep -e endbr64 -e 'orq  *\$0x0,' | sort | uniq -c)
    has "control-flow protection" endbr64 "$code"
  else
    # Of a stripped one the number tells: start-up code has a handful of them.
    marks=$(objdump -d --no-show-raw-insn -j .text "$binary" | grep -c endbr64)
    [ "$marks" -ge 1000 ] || { echo "FAILED: no control-flow protection ($marks marks)" >&2; failed=1; }
  fi
  has "stack clash protection (no page of a large frame is probed)" 'orq' \
    "$(objdump -d --no-show-raw-insn "$binary" | grep -m1 -e 'orq  *\$0x0,(%rsp)')"
fi
exit $failed
