/* List in the order of priority, then arrival.
 *
 * All nodes are in one list, best first. The oldest node of each priority is a leader; the leaders
 * are in a second list, so a node finds its place in as many steps as there are priorities in use,
 * at most 256, however long the list is. Arrival is a number that the caller draws once, so a node
 * whose priority changes keeps its age.
 */
#ifndef K_PRIO_LIST_H
#define K_PRIO_LIST_H

#include "list.h"

struct k_prio_list {
    struct k_list nodes;
    struct k_list leaders;
    uint32_t count;
};

struct k_prio_node {
    struct k_list node;
    struct k_list leader; /* linked if this is the oldest of its priority */
    uint64_t arrival;
    uint32_t priority;
};

void k_prio_list_init(struct k_prio_list *list);
void k_prio_node_init(struct k_prio_node *node);

/* Puts a node in its place: by priority, then by arrival. */
void k_prio_list_insert(struct k_prio_list *list, struct k_prio_node *node, uint32_t priority,
                        uint64_t arrival);

/* Takes a node out; one that is in no list stays so. */
void k_prio_list_remove(struct k_prio_list *list, struct k_prio_node *node);

/* The best node, or NULL. */
struct k_prio_node *k_prio_list_first(const struct k_prio_list *list);

/* The next one after `node`, or NULL. */
struct k_prio_node *k_prio_list_next(const struct k_prio_list *list,
                                     const struct k_prio_node *node);

/* How many nodes there are; without the lock of the list a hint. */
static inline uint32_t k_prio_list_count(const struct k_prio_list *list)
{
    return __atomic_load_n(&list->count, __ATOMIC_RELAXED);
}

static inline int k_prio_node_linked(const struct k_prio_node *node)
{
    return k_list_linked(&node->node);
}

/* Does `a` go before `b`? */
static inline int k_prio_node_before(const struct k_prio_node *a, const struct k_prio_node *b)
{
    return a->priority != b->priority ? a->priority > b->priority : a->arrival < b->arrival;
}

#endif
