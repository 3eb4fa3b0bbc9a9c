/*
 * classes.h - pages with nearly the same posterior and weight share a class.
 *
 * a, b and w are each rounded to half octaves (steps of sqrt 2; worth at most 0.25 % of
 * the freshness). Within a class the order by crawl value is nearly that by last visit, so
 * a class is a queue, first in, first out, and the best page of all is the best of the
 * heads: nothing is ever re-sorted, whatever becomes of budget and price. What the rounding
 * took is in the worth that each entry brings along: among few pages, where a class has no
 * queue to speak of, that order counts (scheduler/frontier.h). And as a class
 * has one due interval at any price, the number of pages in each class is all that
 * questions about budgets need (scheduler/allocation.h).
 *
 *   bits 15..12   1..15   a      from 2^-1   to 2^6.5, about 90 changes
 *   bits 11..6    0..63   b      from 2^-14  to 2^18 days (5 s to 700 years)
 *   bits  5..0    0..63   weight from 2^-16  to 2^16
 *
 * Values outside go to the class at the edge. Ids below CLASS_FIRST are not value classes:
 * queues with another order may have them.
 */
#ifndef SCHEDULER_CLASSES_H
#define SCHEDULER_CLASSES_H

#include <stdbool.h>
#include <stdint.h>

#include "scheduler/allocation.h"
#include "scheduler/rate.h"
#include "store/page.h"

#define CLASS_FIRST 0x1000
#define N_CLASSES 0x10000 /* ids, of which about 700 are in use at a time */

/* What stands for every page of a class: the middles of its ranges. */
struct class_shape {
	struct rate_gamma posterior;
	double weight;
};

uint16_t class_of(double weight, struct rate_gamma posterior);
/* False for ids below CLASS_FIRST; the functions below want a value class. */
bool class_is_value_class(uint16_t id);
struct class_shape class_shape(uint16_t id);
/* The same, exactly, as the queue keeps it; what visits cost is not known yet. */
struct page_worth class_worth(double weight, struct rate_gamma posterior);
/* Crawl value of a page of the class `tau_days` after its last visit: by what is known of
 * the very page, or by the middle of the class if `worth` is all zero. */
double class_value(uint16_t id, const struct page_worth *worth, double tau_days);
/* No page of the class (but at its edge) is worth more than this many times its middle:
 * half a step of each of the three, and value grows no faster than any of them. */
#define CLASS_SPREAD 1.6818
/* Days after which that is `price`; VALUE_NEVER if never. */
double class_due_days(uint16_t id, const struct page_worth *worth, double price);
/* `n_pages` pages of the class as one line of an allocation. */
struct allocation_page class_allocation_page(uint16_t id, double n_pages);

#endif
