# Compiler settings shared by every module. One option chooses the sanitizers; the list is closed.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(VEDETTE_SANITIZE "" CACHE STRING "Sanitizers: empty, asan-ubsan, tsan or fuzz")
set_property(CACHE VEDETTE_SANITIZE PROPERTY STRINGS "" asan-ubsan tsan fuzz)
option(VEDETTE_COVERAGE "Instrument for coverage" OFF)
option(VEDETTE_WERROR "Treat warnings as errors" ON)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    # The sloppiness is what ccache asks for before it keeps what a precompiled header went into.
    set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros
        ${CCACHE_PROGRAM})
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(vedette_options INTERFACE)
target_include_directories(vedette_options INTERFACE ${CMAKE_SOURCE_DIR}/src ${CMAKE_BINARY_DIR}/generated)
target_compile_options(vedette_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough
    $<$<BOOL:${VEDETTE_WERROR}>:-Werror>
    -fstack-protector-strong -fno-plt)
target_link_options(vedette_options INTERFACE -Wl,-z,relro,-z,now)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # The generated manufacturer table is one long literal; both compilers take it.
    target_compile_options(vedette_options INTERFACE -Wno-overlength-strings
        -Wno-deprecated-declarations)  # std::stable_sort of libstdc++ 12 uses what it deprecates
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports false positives of these in optimised std::vector and std::variant code.
    target_compile_options(vedette_options INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overflow
        -Wno-array-bounds -Wno-restrict -Wno-stringop-overread)
endif()

if(VEDETTE_SANITIZE STREQUAL "asan-ubsan" OR VEDETTE_SANITIZE STREQUAL "fuzz")
    target_compile_options(vedette_options INTERFACE -fsanitize=address,undefined
        -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(vedette_options INTERFACE -fsanitize=address,undefined)
    if(VEDETTE_SANITIZE STREQUAL "fuzz")
        target_compile_options(vedette_options INTERFACE -fsanitize=fuzzer-no-link)
    endif()
elseif(VEDETTE_SANITIZE STREQUAL "tsan")
    target_compile_options(vedette_options INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
    target_link_options(vedette_options INTERFACE -fsanitize=thread)
elseif(NOT VEDETTE_SANITIZE STREQUAL "")
    message(FATAL_ERROR "VEDETTE_SANITIZE is '${VEDETTE_SANITIZE}'; it may be empty, asan-ubsan, tsan or fuzz")
else()
    target_compile_definitions(vedette_options INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
endif()
if(VEDETTE_COVERAGE)
    target_compile_options(vedette_options INTERFACE --coverage)
    target_link_options(vedette_options INTERFACE --coverage)
endif()
