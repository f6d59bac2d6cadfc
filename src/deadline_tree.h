/* Deadlines in order: a treap, intrusive, ordered by (time, ticket).
 *
 * Its shape follows from a hash of the tickets, which are drawn in order, so it is the same in
 * every run. Insert and remove take a logarithmic number of steps in the mean.
 */
#ifndef K_DEADLINE_TREE_H
#define K_DEADLINE_TREE_H

#include <stdint.h>
#include <slipway/types.h>

struct k_deadline_node {
    struct k_deadline_node *parent, *child[2];
    slip_time_t time;
    uint64_t ticket; /* unique; 0 while in no tree */
    uint64_t weight; /* a parent's is above its children's */
};

struct k_deadline_tree {
    struct k_deadline_node *root;
    struct k_deadline_node *first; /* the earliest */
    uint64_t tickets;
};

void k_deadline_tree_init(struct k_deadline_tree *tree);
void k_deadline_tree_insert(struct k_deadline_tree *tree, struct k_deadline_node *node,
                            slip_time_t time);
void k_deadline_tree_remove(struct k_deadline_tree *tree, struct k_deadline_node *node);

static inline struct k_deadline_node *k_deadline_tree_first(const struct k_deadline_tree *tree)
{
    return tree->first;
}

static inline int k_deadline_node_linked(const struct k_deadline_node *node)
{
    return node->ticket != 0;
}

#endif
