# slipway_fmt: the distribution's fmt. Where programs are static, it is built here from the same headers:
# fmt's header-only mode would do as well, and triple the time of the whole build.
find_package(fmt REQUIRED)
if(SLIPWAY_STATIC)
  add_library(slipway_fmt STATIC ${PROJECT_SOURCE_DIR}/cmake/fmt.cpp)
  target_compile_features(slipway_fmt PUBLIC cxx_std_20)
  target_compile_options(slipway_fmt PRIVATE -ffunction-sections -fdata-sections)
else()
  add_library(slipway_fmt INTERFACE)
  target_link_libraries(slipway_fmt INTERFACE fmt::fmt)
endif()
