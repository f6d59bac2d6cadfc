/* A design that was built against headers of another version. */
#include <slipway/design.h>

const struct sim_design sim_design = {
    .version = SIM_DESIGN_VERSION + 1,
    .size = sizeof(struct sim_design),
    .name = "early",
    .about = "comes from the future",
    .origin = "the next release",
};
