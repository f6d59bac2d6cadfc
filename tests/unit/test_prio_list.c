#include <criterion/criterion.h>

#include <string.h>
#include "prio_list.h"
#include "seeded.h"

#define NODES 64

/* The order that the list promises: priority, then arrival. */
static int order(const void *a, const void *b)
{
    const struct k_prio_node *x = *(const struct k_prio_node *const *)a;
    const struct k_prio_node *y = *(const struct k_prio_node *const *)b;
    if (x->priority != y->priority)
        return x->priority > y->priority ? -1 : 1;
    return x->arrival < y->arrival ? -1 : x->arrival > y->arrival;
}

/* Is the list exactly these nodes, in order, and are its leaders the oldest of each priority? */
static int is_sorted(const struct k_prio_list *list, struct k_prio_node *model[], uint32_t count)
{
    qsort(model, count, sizeof(model[0]), order);
    const struct k_prio_node *node = k_prio_list_first(list);
    const struct k_list *leader = list->leaders.next;
    for (uint32_t i = 0; i < count; i++, node = k_prio_list_next(list, node)) {
        if (node != model[i])
            return 0;
        int leads = i == 0 || model[i - 1]->priority != model[i]->priority;
        if (leads != k_list_linked(&node->leader) || (leads && leader != &node->leader))
            return 0;
        if (leads)
            leader = leader->next;
    }
    return node == NULL && leader == &list->leaders && list->count == count;
}

static void init(struct k_prio_list *list, struct k_prio_node nodes[], uint32_t count)
{
    k_prio_list_init(list);
    for (uint32_t i = 0; i < count; i++)
        k_prio_node_init(&nodes[i]);
}

Test(prio_list, a_new_one_is_empty)
{
    struct k_prio_list list;
    k_prio_list_init(&list);
    cr_assert_null(k_prio_list_first(&list));
    cr_assert_eq(list.count, 0);
}

Test(prio_list, the_best_priority_is_first_and_among_equals_the_oldest)
{
    struct k_prio_list list;
    struct k_prio_node nodes[4], *model[4] = {&nodes[0], &nodes[1], &nodes[2], &nodes[3]};
    init(&list, nodes, 4);
    k_prio_list_insert(&list, &nodes[0], 10, 1);
    k_prio_list_insert(&list, &nodes[1], 20, 2);
    k_prio_list_insert(&list, &nodes[2], 20, 3);
    k_prio_list_insert(&list, &nodes[3], 0, 4);
    cr_assert_eq(k_prio_list_first(&list), &nodes[1]);
    cr_assert_eq(k_prio_list_next(&list, &nodes[1]), &nodes[2]);
    cr_assert(is_sorted(&list, model, 4));
}

Test(prio_list, an_older_one_that_comes_late_goes_in_front_and_leads)
{
    struct k_prio_list list;
    struct k_prio_node nodes[3], *model[3] = {&nodes[0], &nodes[1], &nodes[2]};
    init(&list, nodes, 3);
    k_prio_list_insert(&list, &nodes[0], 7, 5);
    k_prio_list_insert(&list, &nodes[1], 7, 9);
    k_prio_list_insert(&list, &nodes[2], 7, 1);
    cr_assert(is_sorted(&list, model, 3));
    cr_assert_eq(k_prio_list_first(&list), &nodes[2]);
}

Test(prio_list, the_next_of_its_priority_leads_when_a_leader_goes)
{
    struct k_prio_list list;
    struct k_prio_node nodes[3], *rest[2] = {&nodes[1], &nodes[2]};
    init(&list, nodes, 3);
    k_prio_list_insert(&list, &nodes[0], 7, 0);
    k_prio_list_insert(&list, &nodes[1], 7, 1);
    k_prio_list_insert(&list, &nodes[2], 3, 2);
    k_prio_list_remove(&list, &nodes[0]);
    cr_assert(!k_prio_node_linked(&nodes[0]));
    cr_assert(is_sorted(&list, rest, 2));
}

/* All ways to cut a list of three priorities, of which neighbours may be equal. */
Test(prio_list, the_best_ones_come_out_at_once_in_their_order)
{
    for (uint32_t kinds = 0; kinds < 27; kinds++)
        for (uint32_t count = 1; count <= 3; count++) {
            struct k_prio_list list;
            struct k_prio_node nodes[3], *all[3], *rest[3];
            struct k_list taken;
            uint32_t priority[3] = {kinds % 3, kinds / 3 % 3, kinds / 9};
            init(&list, nodes, 3);
            for (uint32_t i = 0; i < 3; i++) {
                all[i] = &nodes[i];
                k_prio_list_insert(&list, &nodes[i], priority[i], i);
            }
            cr_assert(is_sorted(&list, all, 3)); /* and `all` is, too */
            k_prio_list_cut(&list, all[count - 1], count, &taken);
            const struct k_list *link = taken.next;
            for (uint32_t i = 0; i < count; i++, link = link->next)
                cr_assert(link == &all[i]->node && !k_list_linked(&all[i]->leader));
            cr_assert(link == &taken && taken.prev == &all[count - 1]->node);
            for (uint32_t i = count; i < 3; i++)
                rest[i - count] = all[i];
            cr_assert(is_sorted(&list, rest, 3 - count));
        }
}

Test(prio_list, removing_what_is_in_no_list_changes_nothing)
{
    struct k_prio_list list;
    struct k_prio_node nodes[2], *model[1] = {&nodes[0]};
    init(&list, nodes, 2);
    k_prio_list_insert(&list, &nodes[0], 1, 1);
    k_prio_list_remove(&list, &nodes[1]);
    cr_assert(is_sorted(&list, model, 1));
}

Test(prio_list, takes_the_extremes_of_priority_and_arrival)
{
    struct k_prio_list list;
    struct k_prio_node nodes[4], *model[4] = {&nodes[0], &nodes[1], &nodes[2], &nodes[3]};
    init(&list, nodes, 4);
    k_prio_list_insert(&list, &nodes[0], 0, UINT64_MAX);
    k_prio_list_insert(&list, &nodes[1], 255, 0);
    k_prio_list_insert(&list, &nodes[2], 0, 0);
    k_prio_list_insert(&list, &nodes[3], 255, UINT64_MAX);
    cr_assert(is_sorted(&list, model, 4));
}

/* Random inserts, removes and changes of priority, as `priorities` many of them are in use. */
static void compare_with_array(uint32_t priorities)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "prio_list"), arrivals = 0;
    struct k_prio_list list;
    struct k_prio_node nodes[NODES], *model[NODES];
    init(&list, nodes, NODES);
    for (int step = 0; step < 20000; step++) {
        struct k_prio_node *node = &nodes[sim_random_below(&random, NODES)];
        uint32_t priority = (uint32_t)sim_random_below(&random, priorities);
        int was = k_prio_node_linked(node);
        uint64_t age = node->arrival;
        k_prio_list_remove(&list, node);
        if (was && sim_random_below(&random, 2)) /* its priority changes; it keeps its age */
            k_prio_list_insert(&list, node, priority, age);
        else if (!was)
            k_prio_list_insert(&list, node, priority, arrivals++);
        uint32_t count = 0;
        for (uint32_t i = 0; i < NODES; i++)
            if (k_prio_node_linked(&nodes[i]))
                model[count++] = &nodes[i];
        cr_assert(is_sorted(&list, model, count), "seed %lu, step %d", seed, step);
    }
}

Test(prio_list, is_what_a_sorted_array_would_be)
{
    compare_with_array(256);
}

Test(prio_list, is_what_a_sorted_array_would_be_with_few_priorities)
{
    compare_with_array(3);
}

Test(prio_list, is_what_a_sorted_array_would_be_with_one_priority)
{
    compare_with_array(1);
}
