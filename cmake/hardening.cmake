# A release build makes the work of an attacker harder who has found what the tests have not: the linker's tables are
# read-only before main (RELRO, BIND_NOW), returns are guarded (stack protector, control-flow protection), calls of
# libc's that copy are checked (_FORTIFY_SOURCE), the stack cannot jump over its guard page, the address is random (PIE).
# tests/integration/hardened.sh looks at the ELF file. Not for Debug, where _FORTIFY_SOURCE means nothing, nor with
# sanitizers, which bring their own checks.
# SPDX-License-Identifier: Apache-2.0
include(CheckCXXCompilerFlag)
set(hardened $<NOT:$<CONFIG:Debug>>)
if(NOT MAPROOM_SANITIZE)
  check_cxx_compiler_flag(-fcf-protection=full MAPROOM_HAS_CF_PROTECTION)  # x86 alone
  check_cxx_compiler_flag(-fstack-clash-protection MAPROOM_HAS_STACK_CLASH_PROTECTION)
  target_compile_options(maproom_options INTERFACE
    $<${hardened}:-fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>
    $<$<AND:${hardened},$<BOOL:${MAPROOM_HAS_STACK_CLASH_PROTECTION}>>:-fstack-clash-protection>
    $<$<AND:${hardened},$<BOOL:${MAPROOM_HAS_CF_PROTECTION}>>:-fcf-protection=full>)
endif()

# Of whatever is linked with the options above; to be called where the program is made.
function(maproom_harden target)
  if(NOT MAPROOM_SANITIZE)
    target_link_options(${target} PRIVATE $<${hardened}:-pie> -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
  endif()
endfunction()
