/*
 * gamma.h - the Gamma distribution's integral and its inverse.
 *
 * libm has the Gamma function only. Series and continued fraction as in Abramowitz &
 * Stegun 6.5.29 and 6.5.31.
 */
#ifndef SCHEDULER_GAMMA_H
#define SCHEDULER_GAMMA_H

/* P(X <= x) for X ~ Gamma(shape a > 0, scale 1): the regularised lower incomplete Gamma
 * function. 0 for x <= 0. */
double gamma_probability(double a, double x);

/* The x with P(X <= x) = q, for a > 0 and 0 <= q < 1 (clamped). 0 where it is too small
 * for a double, as it is for a shape near zero. */
double gamma_quantile(double a, double q);

#endif
