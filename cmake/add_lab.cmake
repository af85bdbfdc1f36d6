# add_lab(10-cgroup-tree)
#
# Builds, from labs/10-cgroup-tree:
#   lab.cpp     the reference, as labs/10-cgroup-tree/reference in the build folder
#   check.cpp   into the `lab` command
#   wrong/*     programs that must fail, and right/*, programs that must pass (with the tests);
#               C++ and C are compiled, scripts (.py, .sh) are copied
# and the starter is generated from lab.cpp by `lab` itself.
function(add_lab id)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${id})
  set(output ${CMAKE_BINARY_DIR}/labs/${id})
  target_sources(lab PRIVATE ${source}/check.cpp)
  if(SLIPWAY_SANITIZE)
    return()
  endif()
  _add_lab_program(${id} reference ${source}/lab.cpp ${output})
  if(NOT SLIPWAY_TESTS)
    return()
  endif()
  foreach(kind wrong right)
    file(GLOB programs CONFIGURE_DEPENDS ${source}/${kind}/*)
    foreach(program IN LISTS programs)
      get_filename_component(name ${program} NAME_WE)
      if(program MATCHES "\\.(cpp|c)$")
        _add_lab_program(${id} ${name} ${program} ${output}/${kind})
      else()
        configure_file(${program} ${output}/${kind}/${name} COPYONLY
                       FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                        WORLD_READ WORLD_EXECUTE)
      endif()
    endforeach()
  endforeach()
endfunction()

function(_add_lab_program id name source output)
  get_filename_component(kind ${output} NAME)
  set(target lab-${id}-${kind}-${name})
  add_executable(${target} ${source})
  target_link_libraries(${target} PRIVATE slipway_options slipway_frame)
  if(source MATCHES "\\.cpp$")
    target_precompile_headers(${target} REUSE_FROM slipway_frame)
  endif()
  if(kind STREQUAL "wrong")
    target_compile_options(${target} PRIVATE -w)  # they are wrong in other ways, too
  endif()
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${output} OUTPUT_NAME ${name})
endfunction()
