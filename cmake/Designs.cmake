# Each sim/design/*.c is one design and defines `const struct sim_design sim_design`, so that the
# same file also builds as a plug-in. Inside the library that name is made unique per file, and a
# generated table lists them all. (The macro renames the struct's tag as well, in that file only;
# the layout stays that of <slipway/design.h>.)

file(GLOB design_sources CONFIGURE_DEPENDS sim/design/*.c)

# The order of every table that is printed: the four oldest as a story, then the others by name.
set(found "")
foreach(source IN LISTS design_sources)
    get_filename_component(name ${source} NAME_WE)
    list(APPEND found ${name})
    set_source_files_properties(${source} PROPERTIES
        COMPILE_DEFINITIONS sim_design=sim_design_${name})
endforeach()
list(SORT found)
set(designs "")
foreach(name IN ITEMS rendezvous send_port send_endpoint submit_port)
    if(name IN_LIST found)
        list(APPEND designs ${name})
        list(REMOVE_ITEM found ${name})
    endif()
endforeach()
list(APPEND designs ${found})

set(design_externs "")
set(design_entries "")
foreach(name IN LISTS designs)
    string(APPEND design_externs "extern const struct sim_design sim_design_${name};\n")
    string(APPEND design_entries "    &sim_design_${name},\n")
endforeach()
set(design_table ${PROJECT_BINARY_DIR}/generated/design_table.c)
configure_file(cmake/design_table.c.in ${design_table} @ONLY)
