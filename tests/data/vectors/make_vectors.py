#!/usr/bin/env python3
"""Makes the reference values of the scheduling mathematics from their formulas.

    python3 tests/data/vectors/make_vectors.py [DIRECTORY]

Decimal arithmetic with 60 digits and plain bisection: slow, simple, and nothing in common
with the C code but the formulas. Needs the standard library only; the output is the same
on every run.
"""
import json
import os
import random
import sys
from decimal import Decimal as D, getcontext
from fractions import Fraction

getcontext().prec = 60
ZERO, ONE = D(0), D(1)
BERNOULLI = [Fraction(1, 6), Fraction(-1, 30), Fraction(1, 42), Fraction(-1, 30),
             Fraction(5, 66), Fraction(-691, 2730), Fraction(7, 6), Fraction(-3617, 510),
             Fraction(43867, 798), Fraction(-174611, 330)]
PI = D("3.14159265358979323846264338327950288419716939937510582097494459")


def bisect(f, low, high, steps=190):
    """The x in [low, high] at which the increasing f turns positive, by halving log x."""
    low, high = D(low).ln(), D(high).ln()
    for _ in range(steps):
        mid = (low + high) / 2
        low, high = (low, mid) if f(mid.exp()) > 0 else (mid, high)
    return ((low + high) / 2).exp()


def draw(rng, low, high):
    """Log-uniform, as a short decimal that a double holds well enough."""
    x = (rng.uniform(float(D(str(low)).ln()), float(D(str(high)).ln())))
    return D("%.12g" % float(D(x).exp()))


# ---- crawl value ---------------------------------------------------------------------

def value_known(lam, w, tau):
    x = lam * tau
    return w / lam * (1 - (1 + x) * (-x).exp())


def freshness(lam, f):
    if f == 0:
        return ZERO
    return f / lam * (1 - (-lam / f).exp())


def fresh_learned(a, b, s):
    return (-a * (1 + s / b).ln()).exp()


def value_learned(a, b, w, tau):
    u = 1 + tau / b
    integral = b * u.ln() if a == 1 else b * (1 - ((1 - a) * u.ln()).exp()) / (a - 1)
    return w * (integral - tau * fresh_learned(a, b, tau))


def crawl_value():
    rng = random.Random(1)
    rows = [(ONE, ONE, ONE), (ONE, ONE, D("1e-6")), (D("1e-9"), ONE, D("1e6")),
            (D(10000), D(3), D("1e-12")), (D(10000), D(3), D("1e6"))]
    rows += [(draw(rng, 1e-5, 1e3), draw(rng, 1e-3, 1e3), draw(rng, 1e-6, 1e4))
             for _ in range(60)]
    return [{"lam": lam, "w": w, "tau": tau, "V": value_known(lam, w, tau),
             "F": freshness(lam, 1 / tau)} for lam, w, tau in rows]


def bayes_value():
    rng = random.Random(2)
    rows = [(ONE, ONE, ONE, ONE), (ONE, D(2), ONE, D("1e-6")),
            (D("0.001"), D("1e-9"), ONE, D("1e6")), (D("1e-7"), D(50), ONE, D("1e6")),
            (D("0.9999999"), D(7), ONE, D(100)), (D("1.0000001"), D(7), ONE, D(100)),
            (D("0.5"), D(50), D(2), D("1e-12")), (D(100000), D(7), ONE, D("0.001"))]
    rows += [(draw(rng, .05, 60), draw(rng, 1e-3, 1e4), draw(rng, 1e-3, 1e3),
              draw(rng, 1e-6, 1e6)) for _ in range(60)]
    return [{"a": a, "b": b, "w": w, "tau": tau, "V": value_learned(a, b, w, tau),
             "p": fresh_learned(a, b, tau)} for a, b, w, tau in rows]


def due_interval():
    rng = random.Random(3)
    cases = []
    for _ in range(60):
        lam, w = draw(rng, 1e-5, 1e2), draw(rng, 1e-3, 1e2)
        mult = D("%.12g" % (w / lam * draw(rng, 1e-9, 2)))
        tau = None
        if mult < w / lam:
            tau = bisect(lambda t: value_known(lam, w, t) - mult, 1e-12, 1e15)
        cases.append({"lam": lam, "w": w, "mult": mult, "tau": tau})
    return cases


def due_learned():
    rng = random.Random(4)
    cases = []
    for _ in range(40):
        a, b = draw(rng, .3, 20), draw(rng, 1e-2, 1e4)
        w, mult = draw(rng, 1e-2, 1e2), draw(rng, 1e-6, 1e4)
        tau = None
        if a <= 1 or mult < w * b / (a - 1):
            tau = bisect(lambda t: value_learned(a, b, w, t) - mult, 1e-9, 1e40)
        if tau is None or tau < D("1e9"):
            cases.append({"a": a, "b": b, "w": w, "mult": mult, "tau": tau})
    return cases


# ---- learning ------------------------------------------------------------------------

def censored(a, b, tau):
    l = (1 + tau / b).ln()
    z = 1 - (-a * l).exp()
    m = a / b * (1 - (-(a + 1) * l).exp()) / z
    q = a * (a + 1) / b ** 2 * (1 - (-(a + 2) * l).exp()) / z
    v = q - m * m
    return m * m / v, m / v


def adf_changed():
    rng = random.Random(5)
    rows = [(D("0.5"), D(10), ONE), (D("0.5"), D(10), D("1e-7")),
            (D("0.001"), D("1e-9"), D("1e6")), (D("0.001"), D(100), D("1e-9"))]
    rows += [(draw(rng, .05, 60), draw(rng, 1e-3, 1e4), draw(rng, 1e-4, 1e5))
             for _ in range(60)]
    cases = []
    for a, b, tau in rows:
        a2, b2 = censored(a, b, tau)
        cases.append({"a": a, "b": b, "tau": tau, "a2": a2, "b2": b2, "mean": a2 / b2})
    return cases


def learn(state, rule, tau, changed, age):
    """One visit: (A, B) of `state`, `rule` = (a0, b0, gamma)."""
    a0, b0, gamma = rule
    A, B = state[0] * gamma, state[1] * gamma
    if not changed:
        return A, B + tau
    if age is not None:
        return A + 1, B + min(age, tau)
    a2, b2 = censored(a0 + A, b0 + B, tau)
    return a2 - a0, b2 - b0


def likeliest(steps):
    """Root of sum over changed of tau/(e^(r tau)-1) = sum over unchanged of tau."""
    quiet = sum((s["tau"] for s in steps if not s["changed"]), ZERO)
    loud = [s["tau"] for s in steps if s["changed"]]
    if not loud:
        return ZERO
    if not quiet:
        return None
    return bisect(lambda r: quiet - sum(t / ((r * t).exp() - 1) for t in loud), 1e-9, 1e6)


def estimator_history():
    rng = random.Random(6)
    cases = []
    for k in range(24):
        rate, mean, gamma = draw(rng, 1e-3, 2), draw(rng, 1e-3, 2), D("0.9") if k % 3 else ONE
        dated, first = k % 2, draw(rng, 1, 300) if k % 4 == 3 else None
        rule = (D("0.5"), D("0.5") / mean, gamma)
        state = (ZERO, ZERO) if first is None else (ONE, first)
        case = {"prior_mean": mean, "a0": rule[0], "gamma": gamma, "first_lm_age": first,
                "steps": []}
        for _ in range(rng.randint(1, 24)):
            tau = D("%.12g" % (draw(rng, .1, 10) / rate))
            since = D("%.12g" % (rng.expovariate(1.0) / float(rate)))
            changed = int(since < tau)
            age = since if changed and dated and rng.random() < .8 else None
            state = learn(state, rule, tau, changed, age)
            case["steps"].append({"tau": tau, "changed": changed, "lm_age": age,
                                  "A": state[0], "B": state[1],
                                  "rate": (rule[0] + state[0]) / (rule[1] + state[1])})
        case["mle_censored"] = likeliest(case["steps"])
        cases.append(case)
    return cases


def cho_estimator():
    return [{"n": n, "X": X, "I": D(i), "rate": -((n - X + D("0.5")) / (n + D("0.5"))).ln() / D(i)}
            for n, X, i in ((1, 0, "1"), (1, 1, "1"), (3, 1, "2.5"), (10, 3, "1"),
                            (10, 10, "0.25"), (50, 7, "7"), (50, 49, "1"), (1000, 999, "1"))]


def cho_bias():
    """E of the naive (X/n) and the reduced estimate, exactly, over X ~ Binomial."""
    rows = []
    for n in (3, 10, 50):
        for r in ("0.1", "0.5", "1", "2"):
            r, p = D(r), 1 - (-D(r)).exp()
            mean, choose = ZERO, 1
            for X in range(n + 1):
                odds = choose * p ** X * (1 - p) ** (n - X)
                mean -= odds * ((n - X + D("0.5")) / (n + D("0.5"))).ln()
                choose = choose * (n - X) // (X + 1)
            rows.append({"n": n, "r": r, "naive_E_over_r": p / r, "reduced_E_over_r": mean / r})
    return rows


def host_prior():
    rng = random.Random(7)
    cases = []
    for n, n_hosts in ((6, 2), (40, 5)):
        host = [rng.randrange(n_hosts) for _ in range(n)]
        A = [draw(rng, 1e-3, 9) for _ in range(n)]
        B = [draw(rng, 1, 300) for _ in range(n)]
        mu, rounds = [D("0.1")] * n_hosts, []
        for _ in range(3):
            m = [(D("0.5") + A[i]) / (D("0.5") / mu[host[i]] + B[i]) for i in range(n)]
            glob = sum(m) / n
            mu = [(sum(m[i] for i in range(n) if host[i] == h) + 10 * glob) /
                  (host.count(h) + 10) for h in range(n_hosts)]
            rounds.append({"global_mean": glob, "host_mean": mu})
        cases.append({"host": host, "A": A, "B": B, "a0": D("0.5"), "m0": D(10),
                      "mu_start": D("0.1"), "iterations": rounds})
    return cases


# ---- allocation ----------------------------------------------------------------------

def inverse_g(y):
    """x with 1 - (1+x) e^-x = y, by Newton from below (g is convex, then concave)."""
    if y >= 1:
        return None
    low, high = (2 * y).sqrt(), D(400)
    x = low
    for _ in range(200):
        miss = 1 - (1 + x) * (-x).exp() - y
        low, high = (x, high) if miss < 0 else (low, x)
        step = x - miss / (x * (-x).exp())
        new = step if low < step < high else (low + high) / 2
        if abs(new - x) < abs(x) * D("1e-45"):
            return new
        x = new
    return x


def visits(lam, w, mult):
    x = inverse_g(mult * lam / w)
    return ZERO if x is None else lam / x


def price(spend, budget, top):
    """The multiplier at which `spend` is the budget."""
    return bisect(lambda m: budget - spend(m), top * D("1e-12"), top, 110)


def mean_freshness(lams, ws, f):
    return sum(w * freshness(l, x) for l, w, x in zip(lams, ws, f)) / sum(ws)


def pages(rng, n):
    lams = [min(D(24), max(D("0.0001"), draw(rng, 1e-3, 3))) for _ in range(n)]
    ws = [D("%.12g" % (k + 1) ** -.8) for k in range(n)]
    rng.shuffle(ws)
    return lams, ws


def solve(name, lams, ws, budget):
    top = max(w / l for l, w in zip(lams, ws))
    mult = price(lambda m: sum(visits(l, w, m) for l, w in zip(lams, ws)), budget, top)
    f = [visits(l, w, mult) for l, w in zip(lams, ws)]
    return {"name": name, "rates": lams, "weights": ws, "budget": budget, "f": f,
            "mult": mult, "weighted_freshness": mean_freshness(lams, ws, f)}


def one_page(lam, w, budget):
    """All of the budget; so small that no search over the price would find it."""
    x = lam / budget
    return {"name": "one page", "rates": [lam], "weights": [w], "budget": budget,
            "f": [budget], "mult": w / lam * (1 - (1 + x) * (-x).exp()),
            "weighted_freshness": freshness(lam, budget)}


def allocation():
    rng = random.Random(8)
    five = [D(k) for k in (1, 2, 3, 4, 5)]
    cases = [solve("Cho & Garcia-Molina, published 1.15 1.36 1.35 1.14 0.00", five,
                   [ONE] * 5, D(5)),
             one_page(D("2.99464016018"), ONE, D("0.0261416371982")),
             solve("equal pages", [D(2)] * 7, [ONE] * 7, D("3.5")),
             solve("a fast page starves", [D("0.1"), D("0.2"), D(50)], [ONE] * 3, D("0.5"))]
    for n, c in ((5, "0.5"), (20, "0.3"), (60, "1"), (60, "0.05")):
        lams, ws = pages(rng, n)
        cases.append(solve(f"{n} pages, c = {c}", lams, ws, D("%.12g" % (D(c) * sum(lams)))))
    return cases


def allocation_capped():
    rng = random.Random(9)
    cases = []
    for n, n_hosts, c, share in ((12, 3, "1", "0.3"), (40, 8, "0.5", "0.2"),
                                 (40, 6, "2", "0.1")):
        lams, ws = pages(rng, n)
        host = [min(rng.randrange(n_hosts), rng.randrange(n_hosts)) for _ in range(n)]
        budget = D("%.12g" % (D(c) * sum(lams)))
        cap = [D("%.12g" % (budget * D(share)))] * n_hosts
        own = []
        for h in range(n_hosts):
            mine = [i for i in range(n) if host[i] == h]
            own.append(ZERO if not mine else price(
                lambda m: sum(visits(lams[i], ws[i], m) for i in mine), cap[h],
                max(ws[i] / lams[i] for i in mine)))
        spend = lambda m: sum(visits(lams[i], ws[i], max(m, own[host[i]])) for i in range(n))
        filled = sum(cap[h] for h in range(n_hosts) if h in host)
        mult = ZERO if filled <= budget else price(
            spend, budget, max(w / l for l, w in zip(lams, ws)))
        f = [visits(lams[i], ws[i], max(mult, own[host[i]])) for i in range(n)]
        cases.append({"rates": lams, "weights": ws, "host": host, "cap": cap,
                      "budget": budget, "f": f, "mult": mult,
                      "host_mult": [max(mult, m) for m in own], "used": sum(f),
                      "weighted_freshness": mean_freshness(lams, ws, f)})
    return cases


def allocation_poisson_crawl():
    rng = random.Random(10)
    cases = []
    for n in (3, 10, 40):
        lams, ws = pages(rng, n)
        budget = D("%.12g" % (draw(rng, .2, 3) * sum(lams)))
        binary = lambda l, w, m: max(ZERO, (w * l / m).sqrt() - l)
        harmonic = lambda l, w, m: (-l + (l * l + 4 * w * l / m).sqrt()) / 2
        case = {"rates": lams, "weights": ws, "budget": budget}
        for name, rule in (("binary", binary), ("harmonic", harmonic)):
            mult = bisect(lambda m: budget - sum(rule(l, w, m) for l, w in zip(lams, ws)),
                          1e-15, 1e15)
            case["mult_" + name] = mult
            case["f_" + name] = [rule(l, w, mult) for l, w in zip(lams, ws)]
        case["freshness"] = sum(w * f / (f + l) for l, w, f in
                                zip(lams, ws, case["f_binary"])) / sum(ws)
        case["J_harmonic"] = sum(w * ((f + l) / f).ln() for l, w, f in
                                 zip(lams, ws, case["f_harmonic"])) / n
        cases.append(case)
    return cases


def pick_sequence():
    rng = random.Random(11)
    cases = []
    for lams, ws, R, n in (([D(k) for k in (1, 2, 3, 4, 5)], [ONE] * 5, D(5), 60),
                           pages(rng, 8) + (draw(rng, 1, 4), 80)):
        last, picks, gap = [ZERO] * len(lams), [], ONE
        for s in range(n):
            now = (s + 1) / R
            vs = [value_known(l, w, now - t) for l, w, t in zip(lams, ws, last)]
            best = max(range(len(vs)), key=lambda i: (vs[i], -i))
            rest = sorted(vs)[-2]
            gap = min(gap, 1 - rest / vs[best])
            last[best] = now
            picks.append(best)
        cases.append({"rates": lams, "weights": ws, "R": R, "picks": picks,
                      "min_relative_gap": gap})
    return cases


# ---- Gamma distribution, signals -----------------------------------------------------

def log_gamma(x):
    """Stirling's series after moving x up to 40 or more."""
    shift = ZERO
    while x < 40:
        shift += x.ln()
        x += 1
    tail = sum((D(b.numerator) / b.denominator / ((2 * k + 2) * (2 * k + 1) * x ** (2 * k + 1))
                for k, b in enumerate(BERNOULLI)), ZERO)
    return (x - D("0.5")) * x.ln() - x + (2 * PI).ln() / 2 + tail - shift


def gamma_p(a, x):
    """The regularised lower incomplete Gamma function, by its power series."""
    term = total = ONE / a
    n = 0
    while term > total * D("1e-45"):
        n += 1
        term *= x / (a + n)
        total += term
    return total * (a * x.ln() - x - log_gamma(a)).exp()


def gamma_quantile():
    cases = []
    for a in ("0.01", "0.5", "1", "1.5", "3", "10", "40"):
        for q in ("0.025", "0.05", "0.5", "0.95", "0.975"):
            x = bisect(lambda t: gamma_p(D(a), t) - D(q), D("1e-200"), D(200), 150)
            cases.append({"a": D(a), "q": D(q), "x": x})
    return cases


def age():
    rng = random.Random(12)
    cases = []
    for _ in range(30):
        lam, f = draw(rng, 1e-5, 1e2), draw(rng, 1e-3, 1e3)
        x = lam / f
        cases.append({"lam": lam, "f": f,
                      "periodic": (D("0.5") - 1 / x + (1 - (-x).exp()) / x ** 2) / f,
                      "random": 1 / f - 1 / (f + lam),
                      "penalty": ((f + lam) / f).ln()})
    return cases


def signal_value():
    rng = random.Random(13)
    cases = []
    for r, pi in (("0", "0.5"), ("0.5", "0.5"), ("0.9", "0.9"), ("0.1", "0.1"),
                  ("0.5", "0.99"), ("0.99", "0.5"), ("0.9", "0.05")):
        for _ in range(3):
            lam, x = draw(rng, 1e-2, 10), draw(rng, .05, 8)
            r_, pi_ = D(r), D(pi)
            h, d = (1 - r_) * lam, r_ * lam / pi_
            fresh, length, n = ZERO, ZERO, 0
            while d > 0 and x + n * (1 - pi_).ln() > 0:
                t = (x + n * (1 - pi_).ln()) / h
                fresh += ((1 - pi_) * d / (d + h)) ** n / (d + h) * gamma_p(D(n + 1), (d + h) * t)
                length += gamma_p(D(n + 1), d * t) / d
                n += 1
            V = fresh - length * (-x).exp() if d > 0 else value_known(h, ONE, x / h)
            cases.append({"rate": lam, "r": r_, "pi": pi_, "x": x, "V": V})
    return cases


def signal_fresh():
    rng = random.Random(14)
    cases = []
    for _ in range(30):
        a, b, s = draw(rng, .3, 20), draw(rng, 1e-1, 1e3), draw(rng, 1e-3, 1e3)
        r, pi, n = draw(rng, .01, .99), draw(rng, .01, .99), rng.randrange(6)
        silent = b / (1 - r)
        p = (1 - pi) ** n * fresh_learned(a, silent, s)
        cases.append({"a": a, "b": b, "r": r, "pi": pi, "n": n, "s": s, "p": p,
                      "effective": silent * ((-p.ln() / a).exp() - 1)})
    return cases


FILES = {
    crawl_value: ("V = (w/lam)(1-(1+lam tau)e^(-lam tau)); F = freshness at frequency 1/tau", 1e-9),
    bayes_value: ("p(s)=(1+s/b)^-a; V = w*(int_0^tau p ds - tau p(tau))", 1e-8),
    due_interval: ("tau with V(tau)=mult; null = never (mult >= w/lam)", 1e-7),
    due_learned: ("as due_interval, for Gamma(a,b); null = never (a>1, mult >= w b/(a-1))", 1e-7),
    adf_changed: ("Gamma(a,b), one 'changed, instant unknown' over tau; moment-matched "
                  "Gamma(a2,b2)", 1e-7),
    estimator_history: ("(A,B) after each visit; first_lm_age at the first fetch; "
                        "mle_censored: null if every visit found a change", 1e-6),
    cho_estimator: ("r = -ln((n-X+0.5)/(n+0.5))/I; bias: exact E[r]/r, visits 1 apart", 1e-12),
    host_prior: ("mu_h <- (sum m_i + m0 mu_g)/(n_h+m0), m_i=(a0+A_i)/(a0/mu_h+B_i)", 1e-9),
    allocation: ("max sum w F(f,lam), sum f = budget. |f-f_ref| <= 1e-6 budget, "
                 "|mult/ref-1| <= 1e-6, freshness within 1e-9", 1e-6),
    allocation_capped: ("and sum of f within host h <= cap[h]; mult=0: budget not binding", 1e-6),
    allocation_poisson_crawl: ("visits in random order: binary F = f/(f+lam); harmonic "
                               "J = sum w ln((f+lam)/f)/N", 1e-6),
    pick_sequence: ("slot s (0-based) at (s+1)/R takes the page of greatest V(now-last); "
                    "ties: lowest index", 0),
    gamma_quantile: ("P(X <= x) = q for X ~ Gamma(a, 1)", 1e-9),
    age: ("mean age under periodic and random visits, harmonic penalty", 1e-9),
    signal_value: ("V (w=1) when p has fallen to e^-x; recall r, precision pi", 1e-8),
    signal_fresh: ("p = (1-pi)^n (1+(1-r)s/b)^-a; effective: silent days with that p", 1e-8),
}


def plain(x):
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    return float(x) if isinstance(x, D) else x


def one_case_a_line(data):
    text = lambda x: json.dumps(x, separators=(",", ":"))
    lines = lambda k, v: f'"{k}":[\n' + ",\n".join(map(text, v)) + "\n]"
    return "{" + ",\n".join(lines(k, v) if isinstance(v, list) else f'"{k}":{text(v)}'
                            for k, v in data.items()) + "}\n"


def main():
    where = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for make, (doc, tolerance) in FILES.items():
        data = {"doc": doc, "rel_tol": tolerance, "cases": plain(make())}
        if make is cho_estimator:
            data["bias"] = plain(cho_bias())
        with open(os.path.join(where, make.__name__ + ".json"), "w", encoding="ascii") as out:
            out.write(one_case_a_line(data))


if __name__ == "__main__":
    main()
