# The rules of `cmake --install`. Components: library, dev and run (the preload).
include(CMakePackageConfigHelpers)

set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/grpc_loopy)
install(TARGETS loopy EXPORT grpc_loopy
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  COMPONENT library NAMELINK_COMPONENT dev)
install(DIRECTORY include/loopy DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT dev FILES_MATCHING PATTERN "*.h")
install(EXPORT grpc_loopy NAMESPACE grpc_loopy:: DESTINATION ${config_dir}
  FILE grpc_loopyTargets.cmake COMPONENT dev)
configure_package_config_file(cmake/grpc_loopyConfig.cmake.in
  ${PROJECT_BINARY_DIR}/grpc_loopyConfig.cmake INSTALL_DESTINATION ${config_dir}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/grpc_loopyConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/grpc_loopyConfig.cmake
  ${PROJECT_BINARY_DIR}/grpc_loopyConfigVersion.cmake
  DESTINATION ${config_dir} COMPONENT dev)
configure_file(cmake/grpc-loopy.pc.in ${PROJECT_BINARY_DIR}/grpc-loopy.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/grpc-loopy.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
