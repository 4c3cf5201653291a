//! MFOTL over a finite log, straight from its definition: for each time-point and formula the set of satisfying tuples.
//!
//! Takes texts as a foreign monitor would; gives violations. Knows nothing of the engine, and nothing of agreements.
//! The definition: D. Basin, F. Klaedtke, S. Müller, E. Zălinescu, "Monitoring Metric First-Order Temporal Properties",
//! Journal of the ACM 62(2), 2015, with the sum of "Monitoring of First-Order Temporal Properties with Aggregations",
//! Formal Methods in System Design 46(3), 2015.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Term {
    Variable(String),
    Constant(Value),
}

/// From the first to the second inclusive; without a second, for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Interval(i64, Option<i64>);

impl Interval {
    fn holds(self, distance: i64) -> bool {
        distance >= self.0 && self.1.is_none_or(|last| distance <= last)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Formula {
    Predicate(String, Vec<Term>),
    Equal(Term, Term),
    Less(Term, Term),
    Not(Box<Formula>),
    And(Box<Formula>, Box<Formula>),
    Or(Box<Formula>, Box<Formula>),
    Exists(String, Box<Formula>),
    Once(Interval, Box<Formula>),
    Eventually(Interval, Box<Formula>),
    Previous(Interval, Box<Formula>),
    Since(Interval, Box<Formula>, Box<Formula>),
    Sum { result: String, of: String, by: String, over: Box<Formula> },
}

type Valuation = BTreeMap<String, Value>;
type Relation = BTreeSet<Valuation>;

/// Timestamps with what holds there.
pub(crate) struct Log(Vec<(i64, Holds)>);

/// The tuples of each predicate.
pub(crate) type Holds = BTreeMap<String, BTreeSet<Vec<Value>>>;

impl Log {
    /// Each time with what holds there.
    pub(crate) fn points(&self) -> impl Iterator<Item = (i64, &Holds)> {
        self.0.iter().map(|(at, holds)| (*at, holds))
    }
}

/// The pairs (k, i) that violate, at those time-points at which no later line of the log could change the answer.
pub(crate) fn violations(formula: &str, log: &Log) -> BTreeSet<(String, String)> {
    let formula = parse(formula);
    let reach = reach(&formula);
    let last = log.0.last().map_or(0, |(at, _)| *at);
    let relations = evaluate(&formula, log).into_iter().zip(&log.0);
    let decided = relations.filter(|(_, (at, _))| reach == 0 || at + reach < last);
    let pair = |valuation: Valuation| {
        let text = |name: &str| match &valuation[name] {
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string(),
        };
        assert_eq!(valuation.len(), 2, "{valuation:?}");
        (text("k"), text("i"))
    };
    decided.flat_map(|(relation, _)| relation).map(pair).collect()
}

/// How far into the future it looks.
fn reach(formula: &Formula) -> i64 {
    match formula {
        Formula::Predicate(..) | Formula::Equal(..) | Formula::Less(..) => 0,
        Formula::Not(f) | Formula::Exists(_, f) | Formula::Once(_, f) | Formula::Previous(_, f) => reach(f),
        Formula::Sum { over, .. } => reach(over),
        Formula::Eventually(interval, f) => interval.1.expect("a bounded future") + reach(f),
        Formula::And(a, b) | Formula::Or(a, b) | Formula::Since(_, a, b) => reach(a).max(reach(b)),
    }
}

fn evaluate(formula: &Formula, log: &Log) -> Vec<Relation> {
    let points = 0..log.0.len();
    let at = |point: usize| log.0[point].0;
    match formula {
        Formula::Predicate(name, terms) => {
            let none = BTreeSet::new();
            let tuples = |point: usize| log.0[point].1.get(name).unwrap_or(&none);
            points.map(|point| tuples(point).iter().filter_map(|tuple| matched(terms, tuple)).collect()).collect()
        }
        Formula::And(a, b) => conjunction(evaluate(a, log), b, log),
        Formula::Or(a, b) => {
            let pairs = evaluate(a, log).into_iter().zip(evaluate(b, log));
            pairs.map(|(a, b)| a.union(&b).cloned().collect()).collect()
        }
        Formula::Exists(variable, f) => {
            let without = |mut valuation: Valuation| {
                valuation.remove(variable);
                valuation
            };
            evaluate(f, log).into_iter().map(|relation| relation.into_iter().map(without).collect()).collect()
        }
        Formula::Once(interval, f) => {
            let inner = evaluate(f, log);
            let past = |i: usize| (0..=i).filter(move |j| interval.holds(at(i) - at(*j)));
            points.map(|i| past(i).flat_map(|j| inner[j].iter().cloned()).collect()).collect()
        }
        Formula::Eventually(interval, f) => {
            let inner = evaluate(f, log);
            let future = |i: usize| (i..inner.len()).filter(move |j| interval.holds(at(*j) - at(i)));
            points.map(|i| future(i).flat_map(|j| inner[j].iter().cloned()).collect()).collect()
        }
        Formula::Previous(interval, f) => {
            let inner = evaluate(f, log);
            let before = |i: usize| i.checked_sub(1).filter(|j| interval.holds(at(i) - at(*j)));
            points.map(|i| before(i).map_or_else(Relation::new, |j| inner[j].clone())).collect()
        }
        Formula::Since(interval, left, right) => {
            let Formula::Not(left) = &**left else { panic!("only `not ... since` is exported") };
            let (stopped, begun) = (evaluate(left, log), evaluate(right, log));
            let since = |i: usize| -> Relation {
                let from = (0..=i).filter(|j| interval.holds(at(i) - at(*j)));
                let held = |j: usize, v: &Valuation| (j + 1..=i).all(|k| !stopped[k].iter().any(|w| agree(v, w)));
                from.flat_map(|j| begun[j].iter().filter(|v| held(j, v)).cloned().collect::<Vec<_>>()).collect()
            };
            points.map(since).collect()
        }
        Formula::Sum { result, of, by, over } => evaluate(over, log)
            .into_iter()
            .map(|relation| {
                let mut sums: BTreeMap<Value, i64> = BTreeMap::new();
                for valuation in relation {
                    let Value::Number(number) = valuation[of] else { panic!("a sum of numbers") };
                    *sums.entry(valuation[by].clone()).or_default() += number;
                }
                let row = |(group, sum)| Valuation::from([(by.clone(), group), (result.clone(), Value::Number(sum))]);
                sums.into_iter().map(row).collect()
            })
            .collect(),
        Formula::Equal(..) | Formula::Less(..) | Formula::Not(_) => {
            panic!("{formula:?} is safe only beside what binds")
        }
    }
}

fn conjunction(left: Vec<Relation>, right: &Formula, log: &Log) -> Vec<Relation> {
    let kept = |test: &dyn Fn(&Valuation) -> bool| -> Vec<Relation> {
        left.iter().map(|relation| relation.iter().filter(|v| test(v)).cloned().collect()).collect()
    };
    match right {
        Formula::Not(inner) => {
            if let Formula::Equal(a, b) = &**inner {
                return kept(&|v| term(a, v) != term(b, v));
            }
            let pairs = left.into_iter().zip(evaluate(inner, log));
            let free = |(relation, denied): (Relation, Relation)| {
                relation.into_iter().filter(|v| !denied.iter().any(|w| agree(v, w))).collect()
            };
            pairs.map(free).collect()
        }
        Formula::Less(a, b) => kept(&|v| term(a, v) < term(b, v)),
        Formula::Equal(Term::Variable(name), Term::Constant(value)) => {
            let with = |mut v: Valuation| {
                v.insert(name.clone(), value.clone());
                v
            };
            left.into_iter().map(|relation| relation.into_iter().map(with).collect()).collect()
        }
        Formula::Predicate(..)
        | Formula::Equal(..)
        | Formula::And(..)
        | Formula::Or(..)
        | Formula::Exists(..)
        | Formula::Once(..)
        | Formula::Eventually(..)
        | Formula::Previous(..)
        | Formula::Since(..)
        | Formula::Sum { .. } => {
            let pairs = left.into_iter().zip(evaluate(right, log));
            let join = |(a, b): (Relation, Relation)| {
                let both = a.iter().flat_map(|v| b.iter().filter(|w| agree(v, w)).map(move |w| (v, w)));
                both.map(|(v, w)| v.clone().into_iter().chain(w.clone()).collect()).collect()
            };
            pairs.map(join).collect()
        }
    }
}

fn agree(one: &Valuation, other: &Valuation) -> bool {
    other.iter().all(|(name, value)| one.get(name).is_none_or(|found| found == value))
}

fn term<'v>(term: &'v Term, valuation: &'v Valuation) -> &'v Value {
    match term {
        Term::Variable(name) => &valuation[name],
        Term::Constant(value) => value,
    }
}

fn matched(terms: &[Term], tuple: &[Value]) -> Option<Valuation> {
    assert_eq!(terms.len(), tuple.len());
    let mut valuation = Valuation::new();
    for (term, value) in terms.iter().zip(tuple) {
        match term {
            Term::Constant(constant) if constant != value => return None,
            Term::Constant(_) => {}
            Term::Variable(name) => {
                if valuation.insert(name.clone(), value.clone()).is_some_and(|before| before != *value) {
                    return None;
                }
            }
        }
    }
    Some(valuation)
}

/// Words, numbers, texts and signs.
fn tokens(text: &str) -> Vec<String> {
    let (mut out, mut rest) = (Vec::new(), text);
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return out };
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = match first {
            '#' => {
                rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
                continue;
            }
            '"' => rest[1..].find('"').expect("a text is closed") + 2,
            '<' if rest.starts_with("<-") => 2,
            c if word(c) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
            '-' => rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |at| at + 1),
            c => c.len_utf8(),
        };
        out.push(rest[..length].to_owned());
        rest = &rest[length..];
    }
}

pub(crate) fn log(text: &str) -> Log {
    let mut tokens = tokens(text).into_iter().peekable();
    let mut points: Vec<(i64, Holds)> = Vec::new();
    let mut predicate = String::new();
    while let Some(token) = tokens.next() {
        match token.as_str() {
            "@" => {
                let at: i64 = tokens.next().expect("a time").parse().expect("a number");
                assert!(points.last().is_none_or(|(before, _)| *before < at), "times rise");
                points.push((at, BTreeMap::new()));
            }
            "(" => {
                let mut tuple = Vec::new();
                for token in tokens.by_ref() {
                    match token.as_str() {
                        ")" => break,
                        "," => {}
                        value => tuple.push(constant(value).expect("a value")),
                    }
                }
                let (_, holds) = points.last_mut().expect("a time comes first");
                holds.entry(predicate.clone()).or_default().insert(tuple);
            }
            name => predicate = name.to_owned(),
        }
    }
    Log(points)
}

fn constant(token: &str) -> Option<Value> {
    match token.strip_prefix('"') {
        Some(text) => Some(Value::Text(text.strip_suffix('"')?.to_owned())),
        None => token.parse().ok().map(Value::Number),
    }
}

fn parse(text: &str) -> Formula {
    let mut reader = Reader { tokens: tokens(text), at: 0 };
    let formula = reader.chain();
    assert_eq!(reader.at, reader.tokens.len(), "something stands after the formula");
    formula
}

struct Reader {
    tokens: Vec<String>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        self.at += 1;
        self.tokens[self.at - 1].clone()
    }

    fn take(&mut self, token: &str) {
        assert_eq!(self.next(), token, "at {}", self.tokens[..self.at].join(" "));
    }

    fn chain(&mut self) -> Formula {
        let mut left = self.single();
        loop {
            match self.peek() {
                "AND" => {
                    self.at += 1;
                    left = Formula::And(Box::new(left), Box::new(self.single()));
                }
                "OR" => {
                    self.at += 1;
                    left = Formula::Or(Box::new(left), Box::new(self.single()));
                }
                "SINCE" => {
                    self.at += 1;
                    let interval = self.interval();
                    left = Formula::Since(interval, Box::new(left), Box::new(self.single()));
                }
                _ => return left,
            }
        }
    }

    fn single(&mut self) -> Formula {
        let token = self.next();
        match token.as_str() {
            "(" => {
                let inner = self.chain();
                self.take(")");
                inner
            }
            "NOT" => Formula::Not(Box::new(self.single())),
            "EXISTS" => {
                let variable = self.next();
                self.take(".");
                Formula::Exists(variable, Box::new(self.single()))
            }
            "ONCE" => Formula::Once(self.interval(), Box::new(self.single())),
            "EVENTUALLY" => Formula::Eventually(self.interval(), Box::new(self.single())),
            "PREVIOUS" => Formula::Previous(self.interval(), Box::new(self.single())),
            _ => self.atom(token),
        }
    }

    fn atom(&mut self, token: String) -> Formula {
        match self.next().as_str() {
            "(" => {
                let mut terms = Vec::new();
                loop {
                    match self.next().as_str() {
                        ")" => return Formula::Predicate(token, terms),
                        "," => {}
                        other => terms.push(one_term(other)),
                    }
                }
            }
            "=" => Formula::Equal(one_term(&token), one_term(&self.next())),
            "<" => Formula::Less(one_term(&token), one_term(&self.next())),
            "<-" => {
                self.take("SUM");
                let of = self.next();
                self.take(";");
                let by = self.next();
                Formula::Sum { result: token, of, by, over: Box::new(self.single()) }
            }
            other => panic!("`{other}` after `{token}`"),
        }
    }

    fn interval(&mut self) -> Interval {
        let open = self.next() == "(";
        let first: i64 = self.next().parse().expect("a number");
        self.take(",");
        let last = self.next();
        let closed = self.next() == "]";
        let last = (last != "*").then(|| last.parse::<i64>().expect("a number") - i64::from(!closed));
        Interval(first + i64::from(open), last)
    }
}

fn one_term(token: &str) -> Term {
    constant(token).map_or_else(|| Term::Variable(token.to_owned()), Term::Constant)
}

#[test]
fn a_policy_comes_out_as_reckoned_by_hand() {
    let policy = "(publish(i) AND (NOT (ONCE[0,604800] approve(i)))) AND (k = \"all\")";
    let log = log(
        "@1307532861 approve (152)\n@1307955600 approve (163) publish (160)\n@1308477599 approve (187) publish (163)(152)\n",
    );
    let pair = |i: &str| ("all".to_owned(), i.to_owned());
    assert_eq!(violations(policy, &log), [pair("152"), pair("160")].into());
}

#[test]
fn an_open_term_is_not_judged() {
    let policy = "(a(k,i) AND (NOT (EVENTUALLY[0,10] (EXISTS o. b(k,o)))))";
    let short = log("@5 a (\"x\",\"1\")\n@15\n");
    let long = log("@5 a (\"x\",\"1\")\n@16\n");
    let met = log("@5 a (\"x\",\"1\")\n@15 b (\"x\",\"2\")\n@16\n");
    assert_eq!(violations(policy, &short).len(), 0);
    assert_eq!(violations(policy, &long).len(), 1);
    assert_eq!(violations(policy, &met).len(), 0);
}
