#include "deadline_tree.h"

#include <stddef.h>

void k_deadline_tree_init(struct k_deadline_tree *tree)
{
    tree->root = tree->first = NULL;
    tree->tickets = 0;
}

static int before(const struct k_deadline_node *a, const struct k_deadline_node *b)
{
    return a->time != b->time ? a->time < b->time : a->ticket < b->ticket;
}

static int side(const struct k_deadline_node *node)
{
    return node->parent->child[1] == node;
}

static void replace(struct k_deadline_tree *tree, struct k_deadline_node *node,
                    struct k_deadline_node *by)
{
    if (node->parent == NULL)
        tree->root = by;
    else
        node->parent->child[side(node)] = by;
    if (by != NULL)
        by->parent = node->parent;
}

/* Puts `node` in the place of its parent, which becomes its child. */
static void rotate_up(struct k_deadline_tree *tree, struct k_deadline_node *node)
{
    struct k_deadline_node *parent = node->parent;
    int from = side(node);
    replace(tree, parent, node);
    parent->child[from] = node->child[!from];
    if (parent->child[from] != NULL)
        parent->child[from]->parent = parent;
    node->child[!from] = parent;
    parent->parent = node;
}

void k_deadline_tree_insert(struct k_deadline_tree *tree, struct k_deadline_node *node,
                            slip_time_t time)
{
    node->time = time;
    node->ticket = ++tree->tickets;
    uint64_t hash = node->ticket * 0x9e3779b97f4a7c15U;
    node->weight = (hash ^ hash >> 29) * 0xbf58476d1ce4e5b9U;
    node->parent = node->child[0] = node->child[1] = NULL;
    struct k_deadline_node **place = &tree->root;
    while (*place != NULL) {
        node->parent = *place;
        place = &(*place)->child[before(*place, node)];
    }
    *place = node;
    while (node->parent != NULL && node->parent->weight < node->weight)
        rotate_up(tree, node);
    if (tree->first == NULL || before(node, tree->first))
        tree->first = node;
}

static struct k_deadline_node *successor(struct k_deadline_node *node)
{
    if (node->child[1] != NULL) {
        for (node = node->child[1]; node->child[0] != NULL;)
            node = node->child[0];
        return node;
    }
    while (node->parent != NULL && side(node) == 1)
        node = node->parent;
    return node->parent;
}

void k_deadline_tree_remove(struct k_deadline_tree *tree, struct k_deadline_node *node)
{
    if (tree->first == node)
        tree->first = successor(node);
    while (node->child[0] != NULL && node->child[1] != NULL)
        rotate_up(tree, node->child[node->child[1]->weight > node->child[0]->weight]);
    replace(tree, node, node->child[0] != NULL ? node->child[0] : node->child[1]);
    node->parent = node->child[0] = node->child[1] = NULL;
    node->ticket = 0;
}
