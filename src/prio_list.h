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
    uint32_t kind; /* its owner's: what it is a part of */
};

void k_prio_list_init(struct k_prio_list *list);
void k_prio_node_init(struct k_prio_node *node);

/* k_prio_list_insert into a list that is not empty. */
void k_prio_list_place(struct k_prio_list *list, struct k_prio_node *node, uint32_t priority,
                       uint64_t arrival);
/* k_prio_list_remove of one of several, or of one that is in no list. */
void k_prio_list_take_out(struct k_prio_list *list, struct k_prio_node *node);

/* Puts a node in its place: by priority, then by arrival. */
static inline void k_prio_list_insert(struct k_prio_list *list, struct k_prio_node *node,
                                      uint32_t priority, uint64_t arrival)
{
    if (list->count != 0) {
        struct k_prio_node *last = K_CONTAINER(list->nodes.prev, struct k_prio_node, node);
        if (last->priority != priority || last->arrival > arrival) {
            k_prio_list_place(list, node, priority, arrival);
            return;
        }
        node->priority = priority;
        node->arrival = arrival;
        k_list_insert_before(&list->nodes, &node->node);
        __atomic_store_n(&list->count, list->count + 1, __ATOMIC_RELAXED);
        return;
    }
    node->priority = priority;
    node->arrival = arrival;
    node->node = (struct k_list){&list->nodes, &list->nodes};
    node->leader = (struct k_list){&list->leaders, &list->leaders};
    list->nodes = (struct k_list){&node->node, &node->node};
    list->leaders = (struct k_list){&node->leader, &node->leader};
    __atomic_store_n(&list->count, 1, __ATOMIC_RELAXED);
}

/* Takes a node out; one that is in no list stays so. */
static inline void k_prio_list_remove(struct k_prio_list *list, struct k_prio_node *node)
{
    if (list->count != 1 || list->nodes.next != &node->node) {
        k_prio_list_take_out(list, node);
        return;
    }
    k_list_init(&node->node);
    k_list_init(&node->leader);
    k_list_init(&list->nodes);
    k_list_init(&list->leaders);
    __atomic_store_n(&list->count, 0, __ATOMIC_RELAXED);
}

/* Takes the `count` best nodes out at once, the last of which is `last`: they stay linked to each
 * other by k_prio_node.node, and become the list `taken`. */
void k_prio_list_cut(struct k_prio_list *list, struct k_prio_node *last, uint32_t count,
                     struct k_list *taken);

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
