# What "cmake --install" puts where. Units name the paths of this prefix.
# SPDX-License-Identifier: Apache-2.0

set(MAPROOM_CONFIG_DIR /etc/maproom CACHE PATH "Where the configuration is read from")
set(MAPROOM_UNIT_DIR ${CMAKE_INSTALL_PREFIX}/lib/systemd/system CACHE PATH "Where systemd finds our units")
set(MAPROOM_GENERATOR_DIR ${CMAKE_INSTALL_PREFIX}/lib/systemd/system-generators CACHE PATH "Where systemd finds generators")

install(TARGETS maproom RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES docs/man/maproom.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES docs/man/maproom.toml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(DIRECTORY sql/ DESTINATION ${CMAKE_INSTALL_DATADIR}/maproom/sql FILES_MATCHING PATTERN "*.sql")
install(DIRECTORY conf/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
file(GLOB maproom_documents CONFIGURE_DEPENDS docs/*.md docs/*.svg)
install(FILES LICENSE CHANGELOG.md SECURITY.md ${maproom_documents} DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/decisions DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES completions/maproom.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME maproom)
install(FILES completions/_maproom DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES completions/maproom.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# A copy of a file of systemd/ with the paths of this installation.
function(maproom_place name kind)
  file(READ systemd/${name} text)
  string(REPLACE "/usr/bin/maproom" "${CMAKE_INSTALL_FULL_BINDIR}/maproom" text "${text}")
  string(REPLACE "/usr/share/maproom" "${CMAKE_INSTALL_FULL_DATADIR}/maproom" text "${text}")
  string(REPLACE "/etc/maproom" "${MAPROOM_CONFIG_DIR}" text "${text}")
  file(CONFIGURE OUTPUT systemd/${name} CONTENT "${text}" @ONLY)
  install(${kind} ${CMAKE_CURRENT_BINARY_DIR}/systemd/${name} DESTINATION ${ARGN})
endfunction()

maproom_place(maproom.service FILES ${MAPROOM_UNIT_DIR})
maproom_place(maproom-outage PROGRAMS ${CMAKE_INSTALL_SBINDIR})
maproom_place(maproom-sockets PROGRAMS ${MAPROOM_GENERATOR_DIR})
maproom_place(maproom.tmpfiles FILES ${CMAKE_INSTALL_PREFIX}/lib/tmpfiles.d RENAME maproom.conf)
install(FILES systemd/outage.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/maproom)
install(FILES docs/man/maproom-outage.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES systemd/maproom.socket DESTINATION ${MAPROOM_UNIT_DIR})
install(FILES systemd/maproom.service.d/10-mariadb.conf DESTINATION ${MAPROOM_UNIT_DIR}/maproom.service.d)
install(FILES systemd/maproom.socket.d/10-mariadb.conf DESTINATION ${MAPROOM_UNIT_DIR}/maproom.socket.d)
install(FILES systemd/maproom.sysusers DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/sysusers.d RENAME maproom.conf)

# The sample becomes the configuration once; a configuration in use is never overwritten.
install(CODE "
  set(file \"\$ENV{DESTDIR}${MAPROOM_CONFIG_DIR}/maproom.toml\")
  if(EXISTS \"\${file}\")
    message(STATUS \"Kept: \${file}\")
  else()
    file(INSTALL \"${CMAKE_CURRENT_SOURCE_DIR}/conf/maproom.toml\" DESTINATION \"${MAPROOM_CONFIG_DIR}\"
      PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
  endif()
")
