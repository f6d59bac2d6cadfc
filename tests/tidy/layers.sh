#!/usr/bin/env bash
# Who may include whom: the layers of the tree, and the four floors of src/.
set -euo pipefail
. "$(dirname "$0")/common.bash"

compiler_headers='^<(float|iso646|limits|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdnoreturn)\.h>$'

# Floor of each file of src/, by name without ending. Includes go down or stay on a floor.
declare -A floor
for name in config check list mem status prio_list deadline_tree; do floor[$name]=0; done
for name in lock pool object cpu hook counters instance quota alarm; do floor[$name]=1; done
for name in handle thread sched timer buffer request endpoint port \
            interrupt message user access inherit process wait send receive reply reaper hot; do floor[$name]=2; done
for name in syscall kernel statistics inspect line fast batch; do floor[$name]=3; done

# A file NAME_part belongs to the floor of NAME.
floor_of() {
    local name=$1
    while [ -z "${floor[$name]:-}" ] && [[ $name == *_* ]]; do name=${name%_*}; done
    echo "${floor[$name]:-}"
}

for file in $(files_in src '*.c' '*.h'); do
    own=$(basename "${file%.*}")
    own_floor=$(floor_of "$own")
    if [[ $file == src/port/* ]]; then
        own_floor=0 # seen from above: it stands where a machine stands
    elif [ -z "$own_floor" ]; then
        wrong "$file:1" "has no floor in tests/tidy/layers.sh"
        continue
    fi
    while read -r line header; do
        case $header in
        '<slipway/sim.h>' | '<slipway/design.h>' | '<slipway/design_kit.h>') wrong "$file:$line" "the kernel layer includes the host's $header" ;;
        '<slipway/'*) ;;
        '<'*) [[ $header =~ $compiler_headers ]] ||
            wrong "$file:$line" "$header is neither ours nor the compiler's own" ;;
        */*) wrong "$file:$line" "$header: src/ includes its own headers by bare name" ;;
        *)
            name=${header//\"/}
            name=${name%.h}
            if [ ! -e "src/$name.h" ]; then
                wrong "$file:$line" "$header is not in src/"
            elif [[ $file == src/port/* ]]; then
                wrong "$file:$line" "$header: a port sees include/slipway only"
            else
                its=$(floor_of "$name")
                [ "${its:-9}" -le "$own_floor" ] ||
                    wrong "$file:$line" "$header is on floor ${its:-?}, above floor $own_floor of $own"
            fi
            ;;
        esac
    done < <(includes "$file")
done

for file in $(files_in include/slipway '*.h'); do
    [[ $file == */sim.h || $file == */design.h || $file == */design_kit.h ]] && continue
    while read -r line header; do
        case $header in
        '<slipway/sim.h>' | '<slipway/design.h>' | '<slipway/design_kit.h>') wrong "$file:$line" "the contract includes the host's $header" ;;
        '<slipway/'*) ;;
        *) [[ $header =~ $compiler_headers ]] ||
            wrong "$file:$line" "$header: public headers include <slipway/...> and the compiler's own" ;;
        esac
    done < <(includes "$file")
done

# Above the contract nobody sees src/, except tests/unit.
kernel_only=$(comm -23 <(files_in src '*.h' | xargs -r -n1 basename | sort -u) \
                       <(files_in sim '*.h' | xargs -r -n1 basename | sort -u))
for folder in sim bench tests/semantics tests/race tests/library tests/freestanding; do
    for file in $(files_in "$folder" '*.c' '*.h'); do
        while read -r line header; do
            name=${header//[<>\"]/}
            if [[ $name == src/* || $name == */src/* ]] ||
               { [[ $header == '"'* && $name != */* ]] && grep -qxF "$name" <<<"$kernel_only" &&
                 [ ! -e "$(dirname "$file")/$name" ]; }; then
                wrong "$file:$line" "$header: only src/ and tests/unit include the kernel layer's headers"
            fi
            if [[ $file == sim/* && $header == '"'* && $name != sim/* ]]; then
                wrong "$file:$line" "$header: the host includes its headers as \"sim/...\""
            fi
        done < <(includes "$file")
    done
done

# A design and a role know the system calls and nothing beside them.
for file in $(files_in sim/design '*.c'); do
    while read -r line header; do
        [[ $header == '<slipway/kernel.h>' || $header == '<slipway/machine.h>' || $header == '"sim/'* ]] &&
            wrong "$file:$line" "$header: a design is an ordinary user of the system calls"
    done < <(includes "$file")
done

exit $failed
