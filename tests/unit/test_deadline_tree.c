#include <criterion/criterion.h>

#include "deadline_tree.h"
#include "seeded.h"

#define NODES 200

static int before(const struct k_deadline_node *a, const struct k_deadline_node *b)
{
    return a->time != b->time ? a->time < b->time : a->ticket < b->ticket;
}

/* Checks a subtree: links, order, heap. The number of its nodes; *depth is the longest way down. */
static uint32_t check(const struct k_deadline_node *node, const struct k_deadline_node *parent,
                      uint32_t *depth)
{
    uint32_t left = 0, right = 0, count = 1;
    *depth = 0;
    if (node == NULL)
        return 0;
    cr_assert_eq(node->parent, parent);
    cr_assert(parent == NULL || parent->weight >= node->weight);
    cr_assert(node->child[0] == NULL || before(node->child[0], node));
    cr_assert(node->child[1] == NULL || before(node, node->child[1]));
    count += check(node->child[0], node, &left) + check(node->child[1], node, &right);
    *depth = 1 + (left > right ? left : right);
    return count;
}

static struct k_deadline_node *earliest(struct k_deadline_node nodes[], uint32_t count)
{
    struct k_deadline_node *best = NULL;
    for (uint32_t i = 0; i < count; i++)
        if (k_deadline_node_linked(&nodes[i]) && (best == NULL || before(&nodes[i], best)))
            best = &nodes[i];
    return best;
}

Test(deadline_tree, a_new_one_has_no_first)
{
    struct k_deadline_tree tree;
    k_deadline_tree_init(&tree);
    cr_assert_null(k_deadline_tree_first(&tree));
}

Test(deadline_tree, the_earliest_is_first)
{
    struct k_deadline_tree tree;
    struct k_deadline_node nodes[3] = {{0}};
    k_deadline_tree_init(&tree);
    k_deadline_tree_insert(&tree, &nodes[0], 20);
    k_deadline_tree_insert(&tree, &nodes[1], 10);
    k_deadline_tree_insert(&tree, &nodes[2], 30);
    cr_assert_eq(k_deadline_tree_first(&tree), &nodes[1]);
    k_deadline_tree_remove(&tree, &nodes[1]);
    cr_assert(!k_deadline_node_linked(&nodes[1]));
    cr_assert_eq(k_deadline_tree_first(&tree), &nodes[0]);
}

Test(deadline_tree, equal_times_come_in_the_order_of_their_inserts)
{
    struct k_deadline_tree tree;
    struct k_deadline_node nodes[50] = {{0}};
    k_deadline_tree_init(&tree);
    for (int i = 0; i < 50; i++)
        k_deadline_tree_insert(&tree, &nodes[i], 7);
    for (int i = 0; i < 50; i++) {
        cr_assert_eq(k_deadline_tree_first(&tree), &nodes[i]);
        k_deadline_tree_remove(&tree, &nodes[i]);
    }
    cr_assert_null(tree.root);
}

Test(deadline_tree, a_node_may_come_back_with_another_time)
{
    struct k_deadline_tree tree;
    struct k_deadline_node a = {0}, b = {0};
    k_deadline_tree_init(&tree);
    k_deadline_tree_insert(&tree, &a, 1);
    k_deadline_tree_insert(&tree, &b, 2);
    k_deadline_tree_remove(&tree, &a);
    k_deadline_tree_insert(&tree, &a, UINT64_MAX);
    cr_assert_eq(k_deadline_tree_first(&tree), &b);
}

Test(deadline_tree, stays_shallow_when_times_come_in_order)
{
    enum { MANY = 4096 };
    struct k_deadline_tree tree;
    struct k_deadline_node *nodes = calloc(MANY, sizeof(nodes[0]));
    uint32_t depth;
    k_deadline_tree_init(&tree);
    for (uint32_t i = 0; i < MANY; i++)
        k_deadline_tree_insert(&tree, &nodes[i], i);
    cr_assert_eq(check(tree.root, NULL, &depth), MANY);
    cr_assert_lt(depth, 48, "%u levels for %d nodes", depth, MANY);
    free(nodes);
}

Test(deadline_tree, is_what_a_sorted_array_would_be)
{
    struct sim_random random;
    uint64_t seed = seeded(&random, "deadline_tree");
    struct k_deadline_tree tree;
    struct k_deadline_node nodes[NODES] = {{0}};
    uint32_t count = 0, depth;
    k_deadline_tree_init(&tree);
    for (int step = 0; step < 20000; step++) {
        struct k_deadline_node *node = &nodes[sim_random_below(&random, NODES)];
        if (sim_random_below(&random, 8) == 0 && tree.first != NULL)
            node = tree.first;
        if (k_deadline_node_linked(node)) {
            k_deadline_tree_remove(&tree, node);
            count--;
        } else {
            k_deadline_tree_insert(&tree, node, sim_random_below(&random, 100));
            count++;
        }
        cr_assert_eq(k_deadline_tree_first(&tree), earliest(nodes, NODES), "seed %lu, step %d",
                     seed, step);
        cr_assert_eq(check(tree.root, NULL, &depth), count, "seed %lu, step %d", seed, step);
    }
}

Test(deadline_tree, has_the_same_shape_in_every_run)
{
    struct k_deadline_tree trees[2];
    struct k_deadline_node nodes[2][NODES] = {{{0}}};
    for (int t = 0; t < 2; t++) {
        k_deadline_tree_init(&trees[t]);
        for (int i = 0; i < NODES; i++)
            k_deadline_tree_insert(&trees[t], &nodes[t][i], (uint64_t)(i * 37 % 101));
    }
    for (int i = 0; i < NODES; i++)
        for (int side = 0; side < 2; side++) {
            struct k_deadline_node *a = nodes[0][i].child[side], *b = nodes[1][i].child[side];
            cr_assert_eq(a == NULL, b == NULL);
            cr_assert(a == NULL || a - nodes[0] == b - nodes[1]);
        }
}
