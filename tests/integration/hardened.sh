#!/bin/sh
# What a release build has against attackers, looked for in the ELF file (cmake/hardening.cmake).
# usage: hardened.sh MAPROOM-BINARY
set -eu
binary=$1
failed=0

complain() {
  echo "FAILED: $*" >&2
  failed=1
}
# has WHAT PATTERN: the pattern stands in standard input
has() { grep -q -e "$2" || complain "no $1"; }

readelf -hW "$binary" | has "position-independent executable" 'Type:.*DYN'
readelf -lW "$binary" | has "RELRO" GNU_RELRO
readelf -dW "$binary" | has "BIND_NOW" 'BIND_NOW\|FLAGS_1.*NOW'
stack=$(readelf -lW "$binary" | grep GNU_STACK)
case $stack in *RWE*) complain "the stack is executable" ;; esac
[ -n "$stack" ] || complain "no mark that the stack is not executable"
symbols=$(readelf -sW --dyn-syms "$binary")
echo "$symbols" | has "stack protector" '__stack_chk_fail'
echo "$symbols" | has "_FORTIFY_SOURCE" '__[a-z_]*_chk@'
# The remaining two leave no symbol; the compiler's own note and the debug information tell of them.
case $(uname -m) in
  x86_64)
    readelf -nW "$binary" | has "control-flow protection" 'IBT.*SHSTK'
    objdump -d --no-show-raw-insn "$binary" | has "stack clash protection (no page of a large frame is probed)" \
      'orq  *\$0x0,\|sub  *\$0x1000,%rsp'
    ;;
esac
exit $failed
