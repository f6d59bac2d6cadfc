# Every test is registered once per build, as <build>.<name>, with the label "all". A test also has
# the label "quick" in those builds in which it belongs to the quick tier; the target "quick_tests"
# builds what these need.

add_custom_target(quick_tests)

# slipway_test(<name> <builds of the quick tier> DEPENDS <targets> ENVIRONMENT <A=b> COMMAND <...>)
function(slipway_test name quick_in)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "DEPENDS;ENVIRONMENT;COMMAND")
    set(full ${build_kind}.${name})
    add_test(NAME ${full} COMMAND ${arg_COMMAND} COMMAND_EXPAND_LISTS)
    set_tests_properties(${full} PROPERTIES LABELS all TIMEOUT 600)
    if(build_kind IN_LIST quick_in)
        set_tests_properties(${full} PROPERTIES LABELS "all;quick")
        if(arg_DEPENDS)
            add_dependencies(quick_tests ${arg_DEPENDS})
        endif()
    endif()
    set(environment UBSAN_OPTIONS=print_stacktrace=1 SLIPWAY_SOURCE=${PROJECT_SOURCE_DIR} CC=${CMAKE_C_COMPILER} ${arg_ENVIRONMENT})
    set_tests_properties(${full} PROPERTIES ENVIRONMENT "${environment}")
endfunction()

# A test program: a user of the library, in build/tests.
function(slipway_test_program target)
    add_executable(${target} ${ARGN})
    set_target_properties(${target} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${target} PRIVATE slipway Threads::Threads m)
endfunction()

# ---- the kernel layer without a C library ---------------------------------------------------------

if(build_kind MATCHES "release|debug|freestanding")
    if(NOT build_kind STREQUAL "debug" AND kernel_sources)
        slipway_test(freestanding.symbols "release;freestanding" DEPENDS slipway_kernel
            COMMAND bash ${PROJECT_SOURCE_DIR}/tests/freestanding/symbols.sh
                    $<TARGET_OBJECTS:slipway_kernel>)
        slipway_test(freestanding.makefile "release;freestanding"
            COMMAND bash ${PROJECT_SOURCE_DIR}/tests/freestanding/makefile.sh)
    endif()
    file(GLOB sources CONFIGURE_DEPENDS tests/freestanding/*.c)
    if(sources)
        add_executable(freestanding_test ${sources} $<TARGET_OBJECTS:slipway_kernel>)
        slipway_freestanding(freestanding_test)
        file(GLOB mem_source CONFIGURE_DEPENDS src/mem.c)
        if(mem_source)
            add_library(slipway_mem OBJECT ${mem_source})
            slipway_freestanding(slipway_mem)
            target_compile_options(slipway_mem PRIVATE -fno-builtin)
            target_include_directories(slipway_mem PRIVATE src)
            target_sources(freestanding_test PRIVATE $<TARGET_OBJECTS:slipway_mem>)
        endif()
        target_link_options(freestanding_test PRIVATE -nostdlib -static)
        set_target_properties(freestanding_test PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
        slipway_test(freestanding.run "release;freestanding" DEPENDS freestanding_test
            COMMAND freestanding_test)
        if(build_kind STREQUAL "release") # once
            slipway_test(freestanding.sizes release DEPENDS freestanding_test
                COMMAND bash ${PROJECT_SOURCE_DIR}/tests/freestanding/sizes.sh
                        $<TARGET_FILE:freestanding_test>)
        endif()
    endif()
endif()
if(SLIPWAY_KERNEL_ONLY)
    return()
endif()

# ---- unit and semantic tests: Criterion, which does not run under the thread sanitizer -------------

set(launcher "")
if(build_kind STREQUAL "tsan")
    # Its shadow memory does not fit every random layout of the address space.
    execute_process(COMMAND setarch -R true RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    if(NOT failed)
        set(launcher setarch -R)
    endif()
    add_library(plain_runner OBJECT tests/plain/main.c)
    target_include_directories(plain_runner PUBLIC tests/plain)
    set(semantic_runner plain_runner)
else()
    pkg_check_modules(criterion REQUIRED IMPORTED_TARGET criterion)
    set(semantic_runner PkgConfig::criterion)
endif()
file(GLOB unit_sources CONFIGURE_DEPENDS tests/unit/*.c)
if(unit_sources AND NOT build_kind STREQUAL "tsan")
    slipway_test_program(unit_tests ${unit_sources})
    # Unit tests alone look inside the kernel layer, so they must see the same structures.
    # By quotes only: the kernel layer has a sched.h, which <pthread.h> must not find.
    target_compile_options(unit_tests PRIVATE -iquote ${PROJECT_SOURCE_DIR}/src)
    target_compile_definitions(unit_tests PRIVATE ${kernel_definitions})
    target_link_libraries(unit_tests PRIVATE PkgConfig::criterion PkgConfig::host)
    # One job: with two, the runner of Criterion itself leaks now and then.
    slipway_test(unit asan DEPENDS unit_tests COMMAND unit_tests -j1)
endif()
file(GLOB semantic_sources CONFIGURE_DEPENDS tests/semantics/*.c)
if(semantic_sources)
    slipway_test_program(semantic_tests ${semantic_sources})
    target_link_libraries(semantic_tests PRIVATE ${semantic_runner})
    slipway_test(semantics "debug;tsan" DEPENDS semantic_tests
        COMMAND ${launcher} $<TARGET_FILE:semantic_tests>)
    set_tests_properties(${build_kind}.semantics PROPERTIES PROCESSORS 2)
endif()

# ---- benchmarks: that they run, and that their harness reckons right --------------------------------

if(TARGET bench)
    file(GLOB bench_tests CONFIGURE_DEPENDS tests/bench/*.c)
    slipway_test_program(bench_tests ${bench_tests})
    target_link_libraries(bench_tests PRIVATE bench_parts PkgConfig::criterion)
    slipway_test(bench.harness release DEPENDS bench_tests COMMAND bench_tests -j1)
    slipway_test(bench.smoke release DEPENDS bench
        ENVIRONMENT SLIPWAY_BENCH=${PROJECT_BINARY_DIR}/bench
        COMMAND bash ${PROJECT_SOURCE_DIR}/tests/bench/smoke.sh)
    set_tests_properties(${build_kind}.bench.smoke PROPERTIES PROCESSORS 2)
endif()

# ---- races: plain programs, meant for the thread sanitizer -----------------------------------------

file(GLOB race_sources CONFIGURE_DEPENDS tests/race/*.c)
foreach(source IN LISTS race_sources)
    get_filename_component(name ${source} NAME_WE)
    slipway_test_program(race_${name} ${source})
    slipway_test(race.${name} tsan DEPENDS race_${name}
        COMMAND ${launcher} $<TARGET_FILE:race_${name}>)
endforeach()

# ---- theory: what must come out right, on the machine model ------------------------------------------

if(NOT build_kind STREQUAL "tsan")
    file(GLOB theory_sources CONFIGURE_DEPENDS tests/theory/*.c)
    list(FILTER theory_sources EXCLUDE REGEX "/theory\\.c$")
    foreach(source IN LISTS theory_sources)
        get_filename_component(name ${source} NAME_WE)
        slipway_test_program(theory_${name} ${source} tests/theory/theory.c)
        slipway_test(theory.${name} release DEPENDS theory_${name} COMMAND theory_${name})
    endforeach()
    if(TARGET theory_queueing AND build_kind STREQUAL "release")
        slipway_test(theory.queueing_million "" COMMAND theory_queueing million)
    endif()
endif()

# ---- the command line ------------------------------------------------------------------------------

if(TARGET slipway_command)
    file(GLOB scripts CONFIGURE_DEPENDS tests/cli/*.sh)
    if(build_kind STREQUAL "tsan") # what runs on threads of the host, all else is too slow for it
        list(FILTER scripts INCLUDE REGEX "/cores_scenarios\\.sh$")
    endif()
    foreach(script IN LISTS scripts)
        get_filename_component(name ${script} NAME_WE)
        slipway_test(cli.${name} "release;tsan" DEPENDS slipway_command
            ENVIRONMENT SLIPWAY=$<TARGET_FILE:slipway_command>
            COMMAND ${launcher} bash ${script})
    endforeach()
endif()

# ---- what does not depend on the build: once, in release -------------------------------------------

if(build_kind STREQUAL "release")
    file(GLOB scripts CONFIGURE_DEPENDS tests/tidy/*.sh)
    foreach(script IN LISTS scripts)
        get_filename_component(name ${script} NAME_WE)
        slipway_test(tidy.${name} release COMMAND bash ${script})
    endforeach()

    # Users of the installed tree; they share one installation.
    set(prefix ${PROJECT_BINARY_DIR}/installed)
    file(GLOB scripts CONFIGURE_DEPENDS tests/library/*.sh)
    set(installed_targets slipway)
    if(TARGET slipway_command)
        list(APPEND installed_targets slipway_command)
    endif()
    slipway_test(library.install release DEPENDS ${installed_targets}
        COMMAND sh -c "rm -rf '${prefix}' && exec '${CMAKE_COMMAND}' --install '${PROJECT_BINARY_DIR}' --prefix '${prefix}'")
    set_tests_properties(release.library.install PROPERTIES FIXTURES_SETUP installed)
    foreach(script IN LISTS scripts)
        get_filename_component(name ${script} NAME_WE)
        slipway_test(library.${name} release COMMAND bash ${script}
            ENVIRONMENT SLIPWAY_PREFIX=${prefix}
                PKG_CONFIG_PATH=${prefix}/${CMAKE_INSTALL_LIBDIR}/pkgconfig
                LD_LIBRARY_PATH=${prefix}/${CMAKE_INSTALL_LIBDIR})
        set_tests_properties(release.library.${name} PROPERTIES FIXTURES_REQUIRED installed)
    endforeach()
endif()
