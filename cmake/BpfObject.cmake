# bpf_object(NAME SOURCE [HEADERS …]): compiles a BPF C source with clang and makes the INTERFACE library NAME_skel,
# whose include directory holds NAME.skel.h (bpftool gen skeleton).
include_guard()
find_program(BPF_CLANG NAMES clang clang-19 clang-16 clang-14 REQUIRED)
find_program(BPF_BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin /usr/local/sbin REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(BPF_TARGET_ARCH x86)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(BPF_TARGET_ARCH arm64)
else()
  message(FATAL_ERROR "conntrail's BPF programs are built for x86_64 and arm64; this is ${CMAKE_SYSTEM_PROCESSOR}")
endif()

function(bpf_object name source)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/include/${name}.skel.h)
  set(depfile ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.d)
  file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/include)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${BPF_CLANG} -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_${BPF_TARGET_ARCH} -Wall -Wextra -Werror
            -Wno-unused-parameter -I${CMAKE_SOURCE_DIR}/vmlinux -I${CMAKE_SOURCE_DIR}/include
            -I${CMAKE_SOURCE_DIR}/bpf -MD -MF ${depfile} -MT ${object} -c ${source} -o ${object}
    DEPENDS ${source}
    DEPFILE ${depfile}
    COMMENT "BPF ${name}" VERBATIM)
  add_custom_command(
    OUTPUT ${skeleton}
    # bpftool's code is not ours to lint (the analyzer looks into system headers, too).
    COMMAND sh -c "{ echo '// NOLINTBEGIN' && '${BPF_BPFTOOL}' gen skeleton '${object}' name ${name} && echo '// NOLINTEND'; } > '${skeleton}.new' && mv '${skeleton}.new' '${skeleton}'"
    DEPENDS ${object}
    COMMENT "BPF skeleton ${name}" VERBATIM)
  add_custom_target(${name}_skel_build DEPENDS ${skeleton})
  add_library(${name}_skel INTERFACE)
  add_dependencies(${name}_skel ${name}_skel_build)
  target_include_directories(${name}_skel SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR}/include)
  target_link_libraries(${name}_skel INTERFACE PkgConfig::LIBBPF)
endfunction()
