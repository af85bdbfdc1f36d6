# The one place for language level, warnings, sanitizers and linking: every target of ours links
# slipway_options and sets nothing of the kind itself.

option(SLIPWAY_TESTS "Build the tests, and the wrong and right programs of the labs" ON)
option(SLIPWAY_STATIC "Link the programs statically" OFF)
set(SLIPWAY_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize=: address,undefined")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

# The build folder has the shape of an install prefix, so that `lab` finds its parts in either alike.
include(GNUInstallDirs)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(SLIPWAY_LIBEXEC ${CMAKE_BINARY_DIR}/libexec/slipway)
set(SLIPWAY_SHARE ${CMAKE_BINARY_DIR}/share/slipway)
set(SLIPWAY_INCLUDE ${CMAKE_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${SLIPWAY_LIBEXEC} ${SLIPWAY_SHARE})

add_library(slipway_options INTERFACE)
target_compile_features(slipway_options INTERFACE cxx_std_20)
target_compile_options(slipway_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wno-missing-field-initializers
  -Werror=return-type)
target_include_directories(slipway_options INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/labs)
if(SLIPWAY_SANITIZE)
  target_compile_options(slipway_options INTERFACE
    -fsanitize=${SLIPWAY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(slipway_options INTERFACE -fsanitize=${SLIPWAY_SANITIZE})
endif()
# No link-time optimisation: libslipway.a is for learners too, whose links it would slow.
if(SLIPWAY_STATIC)
  target_compile_options(slipway_options INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(slipway_options INTERFACE -static -s -Wl,--gc-sections)
  set(Boost_USE_STATIC_LIBS ON)
endif()

# Most of a source's time in the compiler goes into the headers of others: so the sources of one folder are compiled as
# one, unless -DCMAKE_UNITY_BUILD=OFF. Names in their anonymous namespaces must differ.
if(NOT DEFINED CMAKE_UNITY_BUILD)
  set(CMAKE_UNITY_BUILD ON)
endif()
set(CMAKE_UNITY_BUILD_MODE GROUP)

# slipway_by_folder(SOURCE...): for the sources of the CMakeLists.txt that calls it
function(slipway_by_folder)
  foreach(source IN LISTS ARGN)
    get_filename_component(folder ${source} ABSOLUTE)
    get_filename_component(folder ${folder} DIRECTORY)
    get_filename_component(group ${folder} NAME)
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
endfunction()

# Copies headers to where an install would put them.
function(slipway_publish_headers folder)
  foreach(header IN LISTS ARGN)
    get_filename_component(name ${header} NAME)
    configure_file(${header} ${SLIPWAY_INCLUDE}/${folder}/${name} COPYONLY)
    install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder})
  endforeach()
endfunction()
