# What "cmake --install" puts where. Units name the paths of this prefix.

set(MAPROOM_CONFIG_DIR /etc/maproom CACHE PATH "Where the configuration is read from")
set(MAPROOM_UNIT_DIR ${CMAKE_INSTALL_PREFIX}/lib/systemd/system CACHE PATH "Where systemd finds our units")

install(TARGETS maproom RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES docs/man/maproom.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES docs/man/maproom.toml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(DIRECTORY sql/ DESTINATION ${CMAKE_INSTALL_DATADIR}/maproom/sql FILES_MATCHING PATTERN "*.sql")
install(DIRECTORY conf/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES systemd/maproom.service.d/local-outage.conf.example DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

file(READ systemd/maproom.service unit)
string(REPLACE "/usr/bin/maproom" "${CMAKE_INSTALL_FULL_BINDIR}/maproom" unit "${unit}")
string(REPLACE "/etc/maproom" "${MAPROOM_CONFIG_DIR}" unit "${unit}")
file(CONFIGURE OUTPUT systemd/maproom.service CONTENT "${unit}" @ONLY)
file(READ systemd/maproom.tmpfiles tmpfiles)
string(REPLACE "/etc/maproom" "${MAPROOM_CONFIG_DIR}" tmpfiles "${tmpfiles}")
file(CONFIGURE OUTPUT systemd/maproom.tmpfiles CONTENT "${tmpfiles}" @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/systemd/maproom.service systemd/maproom.socket DESTINATION ${MAPROOM_UNIT_DIR})
install(FILES systemd/maproom.service.d/10-mariadb.conf DESTINATION ${MAPROOM_UNIT_DIR}/maproom.service.d)
install(FILES systemd/maproom.sysusers DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/sysusers.d RENAME maproom.conf)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/systemd/maproom.tmpfiles DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/tmpfiles.d
  RENAME maproom.conf)

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
