# conntrail_module(NAME [COLD] SOURCES … [DEPENDS …]): one folder = one static library; DEPENDS is the link graph, which is
# the architecture (docs/architecture.md says why each arrow is there).
include_guard()
find_program(CONNTRAIL_CCACHE ccache)
if(CONNTRAIL_TIDY)
  find_program(CONNTRAIL_CLANG_TIDY clang-tidy-19 REQUIRED)
endif()

# What nearly every source includes, parsed once: that is more than half of the time of a small file. A source still
# names all that it uses; scripts/tidy compiles without this and so finds the one that does not.
option(CONNTRAIL_PCH "Precompile the standard library's headers" ON)
if(CONNTRAIL_CCACHE)
  # The stamp of a precompiled header changes with every build of it, its content does not. The folder of a clone is
  # not part of what is compiled either.
  set(launcher env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CONNTRAIL_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

# Warnings, sanitizers and hardening for one target of ours (never for what we link).
function(conntrail_options target)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
                              -Wold-style-cast -Woverloaded-virtual>
    # libstdc++ 12 uses what it calls deprecated.
    $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
    # g++ 12 sees overlapping copies in std::string's own code (GCC bug 105651).
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
    $<$<BOOL:${CONNTRAIL_WERROR}>:-Werror>)
  target_compile_definitions(${target} PRIVATE $<$<OR:$<CONFIG:Debug>,$<BOOL:${CONNTRAIL_FUZZ}>>:_GLIBCXX_ASSERTIONS>)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/include)
  if(CONNTRAIL_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${CONNTRAIL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${CONNTRAIL_SANITIZE})
  endif()
endfunction()

# conntrail_plain_tests(TARGET): under the sanitizers a test's own source is not optimised: with all their checks that costs
# twice the time and gains nothing, and the tests are two thirds of that build.
function(conntrail_plain_tests target)
  if(CONNTRAIL_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# conntrail_precompile(TARGET HEADER [LIBRARY…]): TARGET uses the precompiled HEADER of cmake/pch, which needs these libraries.
function(conntrail_precompile target header)
  set(pch ${header}_pch)
  if(NOT TARGET ${pch})
    file(WRITE ${CMAKE_BINARY_DIR}/pch/${header}.cpp "")
    add_library(${pch} OBJECT ${CMAKE_BINARY_DIR}/pch/${header}.cpp)
    target_link_libraries(${pch} PRIVATE fmt::fmt ${ARGN})
    conntrail_options(${pch})
    if(CONNTRAIL_CCACHE)
      set_target_properties(${pch} PROPERTIES CXX_COMPILER_LAUNCHER
                                              "${CMAKE_SOURCE_DIR}/cmake/compile-pch;${CMAKE_CXX_COMPILER_LAUNCHER}")
    endif()
    if(header STREQUAL "tests")
      conntrail_plain_tests(${pch})
    endif()
    # By its name alone: a header that names this clone's folder would be another one to ccache in each clone.
    target_include_directories(${pch} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch)
    target_precompile_headers(${pch} PRIVATE <${header}.h>)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${pch})
  # The definitions that the headers look at have to be the same everywhere.
  target_link_libraries(${target} PRIVATE fmt::fmt ${ARGN})
  # -fpch-preprocess: what ccache needs. g++ 12 forgets of inlined code from a precompiled header that it is the system's,
  # and then complains of std::string (GCC bug 105329).
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-array-bounds>)
endfunction()

# conntrail_target(TARGET [TEST] [COLD]): what every target of ours is built with. COLD is what a command runs once, not once
# per event or row: the compiler's full optimisation would be a third of the build's time there and nobody would notice it.
# Tests are as cold.
function(conntrail_target target)
  conntrail_options(${target})
  if("TEST" IN_LIST ARGN OR "COLD" IN_LIST ARGN)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  if("TEST" IN_LIST ARGN)
    conntrail_plain_tests(${target})
  endif()
  # clang compares every definition of a target with the header's and refuses where one differs.
  if(CONNTRAIL_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT CONNTRAIL_TIDY)
    if("TEST" IN_LIST ARGN)
      conntrail_precompile(${target} tests GTest::gtest GTest::gmock nlohmann_json::nlohmann_json)
    else()
      conntrail_precompile(${target} sources)
    endif()
  endif()
  if(CONNTRAIL_TIDY)
    set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY "${CONNTRAIL_CLANG_TIDY};--quiet;--extra-arg=-Wno-unknown-warning-option")
  endif()
endfunction()

# The presets with sanitizers compile some sources of a room as one unit (CMAKE_UNITY_BUILD: half of the time), so what two
# sources of a room both need has one name and one place: "redefinition of" there means that a name is taken.
function(conntrail_module name)
  cmake_parse_arguments(arg "COLD" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  add_library(conntrail::${name} ALIAS ${name})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME conntrail_${name})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${arg_DEPENDS} PRIVATE ${arg_PRIVATE_DEPENDS})
  set(cold)
  if(arg_COLD)
    set(cold COLD)
  endif()
  conntrail_target(${name} ${cold})
  if(CMAKE_UNITY_BUILD)
    # Said of a class's members as soon as its source is not the compiler's first file.
    target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

# All executables with the label "unit", and those of them that have threads.
add_custom_target(unit_tests)
add_custom_target(thread_tests)

# conntrail_unit_test(NAME SOURCES … DEPENDS … [LABELS …] [TIMEOUT SECONDS]): one gtest executable, label "unit": no privilege,
# no kernel needed. Further labels: "threads" (its code has threads: scripts/check-all runs it under the thread sanitizer), "slow".
# conntrail_live_test(… [PARALLEL]): the same with label "live": real sockets in namespaces that the test makes; needs root.
# It has the machine for itself unless PARALLEL says that neither load nor time disturb it and that it makes none.
function(conntrail_gtest label name)
  cmake_parse_arguments(arg "PARALLEL" "TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${name}: what are ${arg_UNPARSED_ARGUMENTS}?")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)  # a test's helpers may be called as another's
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} GTest::gtest GTest::gmock GTest::gtest_main)
  conntrail_target(${name} TEST)
  target_compile_definitions(${name} PRIVATE CONNTRAIL_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             CONNTRAIL_BINARY="${CMAKE_BINARY_DIR}/conntrail")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${label};${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
                                          COST ${arg_TIMEOUT}  # what may take long begins first
                                          # An executable that lost its sources would pass.
                                          FAIL_REGULAR_EXPRESSION "Running 0 tests from")
  if(label STREQUAL "unit")
    add_dependencies(unit_tests ${name})
  elseif(NOT arg_PARALLEL)
    set_tests_properties(${name} PROPERTIES RUN_SERIAL TRUE)
  endif()
  if("threads" IN_LIST arg_LABELS)
    add_dependencies(thread_tests ${name})
  endif()
endfunction()
macro(conntrail_unit_test name)
  conntrail_gtest(unit ${name} ${ARGN})
endmacro()
macro(conntrail_live_test name)
  conntrail_gtest(live ${name} ${ARGN})
endmacro()
