# Makes the demo capture anew (GENERATOR, into FRESH) and compares it with the one in the tree (KEPT).
execute_process(COMMAND ${GENERATOR} ${FRESH}/demo.pcapng ${FRESH}/demo_expected.json
    RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "the generator failed: ${status}")
endif()
foreach(file demo.pcapng demo_expected.json)
    execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${FRESH}/${file} ${KEPT}/${file}
        RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "${file} is not what the generator makes; build target demo_capture")
    endif()
endforeach()
