# `cmake --install build/release --prefix /usr/local`: the command, the library and headers a learner
# compiles against, the labs with their solutions, the lessons, the guest.
install(TARGETS lab RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS slipway slipway_frame ARCHIVE DESTINATION lib)
install(TARGETS payload RUNTIME DESTINATION libexec/slipway)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/scripts/vm DESTINATION libexec/slipway)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/scripts/vm.d DESTINATION libexec/slipway USE_SOURCE_PERMISSIONS OPTIONAL)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/labs DESTINATION share/slipway USE_SOURCE_PERMISSIONS
        PATTERN frame EXCLUDE PATTERN CMakeLists.txt EXCLUDE PATTERN check.cpp EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/lessons DESTINATION share/slipway)
install(FILES ${PROJECT_SOURCE_DIR}/docs/result.schema.json DESTINATION share/slipway)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/slipway-config.cmake DESTINATION lib/cmake/slipway)
install(FILES ${PROJECT_SOURCE_DIR}/completions/lab.bash DESTINATION share/bash-completion/completions RENAME lab)
