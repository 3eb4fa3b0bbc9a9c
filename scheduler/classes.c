#include "scheduler/classes.h"

#include <assert.h>
#include <math.h>

#include "scheduler/value.h"

/* One of the three fields: value 2^(lowest/2) stands at number `first` of the field. */
struct axis {
	int shift, first, last;
	int lowest; /* in half octaves */
};

static const struct axis axis_a = { .shift = 12, .first = 1, .last = 15, .lowest = -2 };
static const struct axis axis_b = { .shift = 6, .first = 0, .last = 63, .lowest = -28 };
static const struct axis axis_weight = {
	.shift = 0, .first = 0, .last = 63, .lowest = -32
};

/* The bits of x on an axis; zero, negative and NaN are the lowest, infinity the highest. */
static unsigned axis_bits(const struct axis *axis, double x)
{
	double half_octaves = x > 0 ? floor(2 * log2(x)) : -INFINITY;
	double n = half_octaves - axis->lowest + axis->first;

	return (unsigned)fmin(fmax(n, axis->first), axis->last) << axis->shift;
}

static double axis_middle(const struct axis *axis, uint16_t id)
{
	int n = (id >> axis->shift) & (axis->last > 15 ? 63 : 15);

	return exp2((n - axis->first + axis->lowest + 0.5) / 2);
}

uint16_t class_of(double weight, struct rate_gamma posterior)
{
	return (uint16_t)(axis_bits(&axis_a, posterior.a) |
			  axis_bits(&axis_b, posterior.b_days) |
			  axis_bits(&axis_weight, weight));
}

bool class_is_value_class(uint16_t id)
{
	return id >= CLASS_FIRST;
}

struct class_shape class_shape(uint16_t id)
{
	assert(class_is_value_class(id));
	return (struct class_shape){
		.posterior = { axis_middle(&axis_a, id), axis_middle(&axis_b, id) },
		.weight = axis_middle(&axis_weight, id),
	};
}

struct page_worth class_worth(double weight, struct rate_gamma posterior)
{
	return (struct page_worth){
		.weight = (float)weight,
		.a = (float)posterior.a,
		.b_days = (float)posterior.b_days,
	};
}

/* What is known of the page, or else of its class. */
static struct class_shape shape_of(uint16_t id, const struct page_worth *worth)
{
	if (!(worth->a > 0))
		return class_shape(id);
	return (struct class_shape){
		.posterior = { (double)worth->a, (double)worth->b_days },
		.weight = (double)worth->weight,
	};
}

double class_value(uint16_t id, const struct page_worth *worth, double tau_days)
{
	struct class_shape c = shape_of(id, worth);

	return value_learned(c.weight, c.posterior, tau_days);
}

double class_due_days(uint16_t id, const struct page_worth *worth, double price)
{
	struct class_shape c = shape_of(id, worth);

	return value_learned_due_days(c.weight, c.posterior, price);
}

struct allocation_page class_allocation_page(uint16_t id, double n_pages)
{
	struct class_shape c = class_shape(id);

	return (struct allocation_page){
		.learned = c.posterior,
		.weight = c.weight,
		.n_pages = n_pages,
	};
}
