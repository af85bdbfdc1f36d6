# find_package(slipway): the target slipway::slipway is what a lab's program is compiled against.
get_filename_component(_slipway_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
include(CMakeFindDependencyMacro)
find_dependency(fmt)
if(NOT TARGET slipway::slipway)
  add_library(slipway::core STATIC IMPORTED)
  set_target_properties(slipway::core PROPERTIES
    IMPORTED_LOCATION "${_slipway_prefix}/lib/libslipway.a"
    INTERFACE_INCLUDE_DIRECTORIES "${_slipway_prefix}/include"
    INTERFACE_LINK_LIBRARIES fmt::fmt)
  add_library(slipway::slipway STATIC IMPORTED)
  set_target_properties(slipway::slipway PROPERTIES
    IMPORTED_LOCATION "${_slipway_prefix}/lib/libslipway_frame.a"
    INTERFACE_LINK_LIBRARIES slipway::core)
endif()
