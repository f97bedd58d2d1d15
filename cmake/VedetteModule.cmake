# vedette_module(<folder below src>
#     SOURCES a.cpp ...    compiled into the static library vedette_<folder with _>
#     HEADERS h.hpp ...    header-only modules need no SOURCES
#     TESTS   a_test.cpp   one GoogleTest program per module: test_<name>
#     FUZZ    a_fuzz.cpp   one libFuzzer program per file (fuzz preset): fuzz_<file without _fuzz>
#     BENCH   a_bench.cpp  one Google Benchmark program per module: bench_<name>
#     COMPILE_FAIL x.cpp   each file must NOT compile (lifetime proofs)
#     DEPS    targets ...  public link dependencies
#     PRIVATE_DEPS ...     third-party libraries hidden behind the sources
#     TEST_DEPS ...        extra link dependencies of the tests, fuzzers and benchmarks)
# Every listed module also has each of its headers compiled alone (target header_check).
function(vedette_module folder)
    cmake_parse_arguments(M "" "" "SOURCES;HEADERS;TESTS;FUZZ;BENCH;COMPILE_FAIL;DEPS;PRIVATE_DEPS;TEST_DEPS" ${ARGN})
    string(REPLACE "/" "_" name ${folder})
    set(target vedette_${name})

    if(M_SOURCES)
        add_library(${target} STATIC ${M_SOURCES})
        target_link_libraries(${target} PUBLIC vedette_options ${M_DEPS} PRIVATE ${M_PRIVATE_DEPS})
    else()
        add_library(${target} INTERFACE)
        target_link_libraries(${target} INTERFACE vedette_options ${M_DEPS} ${M_PRIVATE_DEPS})
    endif()

    vedette_header_check(${name} ${target})

    if(M_TESTS AND BUILD_TESTING)
        add_executable(test_${name} ${M_TESTS})
        target_link_libraries(test_${name} PRIVATE ${target} ${M_TEST_DEPS} GTest::gmock GTest::gtest_main)
        vedette_precompiled_gtest(test_${name})
        add_test(NAME ${name} COMMAND test_${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
        set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300)
        set_property(GLOBAL APPEND PROPERTY VEDETTE_UNIT_TESTS test_${name})
    endif()
    if(VEDETTE_SANITIZE STREQUAL "fuzz")
        foreach(source IN LISTS M_FUZZ)
            get_filename_component(stem ${source} NAME_WE)
            string(REGEX REPLACE "_fuzz$" "" stem ${stem})
            add_executable(fuzz_${stem} ${source})
            target_link_libraries(fuzz_${stem} PRIVATE ${target} ${M_TEST_DEPS})
            target_link_options(fuzz_${stem} PRIVATE -fsanitize=fuzzer)
            set_property(GLOBAL APPEND PROPERTY VEDETTE_FUZZERS fuzz_${stem})
        endforeach()
    endif()
    if(M_BENCH AND TARGET benchmark::benchmark_main)
        add_executable(bench_${name} EXCLUDE_FROM_ALL ${M_BENCH})
        target_link_libraries(bench_${name} PRIVATE ${target} ${M_TEST_DEPS} benchmark::benchmark_main)
        set_property(GLOBAL APPEND PROPERTY VEDETTE_BENCHES bench_${name})
    endif()
    foreach(source IN LISTS M_COMPILE_FAIL)
        get_filename_component(stem ${source} NAME_WE)
        # Compiled by the test itself: it passes only when the compiler refuses the file.
        add_test(NAME compile_fail_${stem} COMMAND ${CMAKE_CXX_COMPILER} -std=c++23 -fsyntax-only -Werror
            -I${CMAKE_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR}/${source})
        set_tests_properties(compile_fail_${stem} PROPERTIES WILL_FAIL ON LABELS unit)
    endforeach()
endfunction()

# GoogleTest is half of what a test costs to compile: it is compiled once for all of them.
function(vedette_precompiled_gtest target)
    if(NOT TARGET gtest_precompiled)
        set(unit ${CMAKE_BINARY_DIR}/gtest_precompiled.cpp)
        file(CONFIGURE OUTPUT ${unit} CONTENT "int main() {}\n")
        add_executable(gtest_precompiled EXCLUDE_FROM_ALL ${unit})
        target_link_libraries(gtest_precompiled PRIVATE vedette_options GTest::gtest)
        target_precompile_headers(gtest_precompiled PRIVATE <gtest/gtest.h>)
    endif()
    target_precompile_headers(${target} REUSE_FROM gtest_precompiled)
endfunction()

# Compiles every header of the current folder as its own translation unit. Part of `all` only in the
# dev preset, where VEDETTE_HEADER_CHECK is on.
function(vedette_header_check name target)
    if(NOT VEDETTE_HEADER_CHECK)
        return()
    endif()
    file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp)
    set(units)
    foreach(header IN LISTS headers)
        file(RELATIVE_PATH relative ${CMAKE_SOURCE_DIR}/src ${header})
        string(REPLACE "/" "_" unit ${relative})
        set(file ${CMAKE_BINARY_DIR}/header_check/${unit}.cpp)
        file(CONFIGURE OUTPUT ${file} CONTENT "#include \"${relative}\"\n#include \"${relative}\"\n")
        list(APPEND units ${file})
    endforeach()
    if(units)
        add_library(header_check_${name} OBJECT ${units})
        target_link_libraries(header_check_${name} PRIVATE ${target})
    endif()
endfunction()
