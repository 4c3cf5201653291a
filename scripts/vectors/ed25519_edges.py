#!/usr/bin/env python3
"""Ed25519 signatures on which implementations are known to part, made from the definitions of RFC 8032.

Takes nothing; prints docs/vectors/ed25519-edges.json. Python's own integers and SHA-512, so that a reader needs trust no
library. Secret scalars here are public: these keys sign nothing else.
"""

import hashlib
import json

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NAME = "edge.example"


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2
    return ((x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P)


def times(n, a):
    total = (0, 1)
    while n:
        if n & 1:
            total = add(total, a)
        a, n = add(a, a), n >> 1
    return total


def x_of(y, sign):
    """The x of a y on the curve with that lowest bit; None off the curve."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return x if x & 1 == sign else -x % P


def encode(point, sign=None, above=0):
    """The bytes of a point; with another sign bit or p added to y where that is a second spelling of it."""
    x, y = point
    return (y + above * P | (x & 1 if sign is None else sign) << 255).to_bytes(32, "little")


def challenge(r, a, text):
    return int.from_bytes(hashlib.sha512(r + a + text.encode()).digest(), "little") % L


BASE = (x_of(4 * pow(5, -1, P) % P, 0), 4 * pow(5, -1, P) % P)
IDENTITY, ORDER_2 = (0, 1), (0, P - 1)


def torsion():
    """A point of order 8: any point with its part of prime order taken away."""
    y = 2
    while True:
        x = x_of(y, 0)
        if x is not None:
            point = times(L, (x, y))
            if times(4, point) != IDENTITY:
                return point
        y += 1


ORDER_8 = torsion()
SECRET, NONCE = 1234567890123456789, 987654321
KEY, POINT = times(SECRET, BASE), times(NONCE, BASE)
vectors = []


def vector(title, key, r, s, text, why):
    signature = r + s.to_bytes(32, "little")
    vectors.append(
        dict(title=title, name=NAME, key=key.hex(), text=text, signature=signature.hex(), why=why)
    )


def text_where(test):
    """The first text of a fixed row for which the test holds."""
    return next(text for text in (f"edge {n}\n" for n in range(10_000)) if test(text))


def sign(key_bytes, r_bytes, text, nonce=NONCE, secret=SECRET):
    return (nonce + challenge(r_bytes, key_bytes, text) * secret) % L


# The control: an ordinary key and signature.
a, r, text = encode(KEY), encode(POINT), "edge 0\n"
s = sign(a, r, text)
vector("plain", a, r, s, text, "an ordinary signature; everybody accepts it")
vector("S not reduced", a, r, s + L, text, "S + L: the same signature with another S (RFC 8032, 5.1.7 forbids it)")
high = s + L * ((2**256 - 1 - s) // L)
vector("S with its highest bits set", a, r, high, text, "S + nL, as large as 32 bytes hold")
vector("S is zero, R the identity, key the identity", encode(IDENTITY), encode(IDENTITY), 0, text,
       "holds for every text: whoever accepts the key accepts anything")

# Keys of small order: the signature needs no secret.
small = encode(ORDER_8)
text = text_where(lambda t: challenge(encode(POINT), small, t) % 8 == 0)
vector("key of order 8", small, encode(POINT), NONCE, text, "made without a secret; k is a multiple of 8")
text = text_where(lambda t: challenge(encode(POINT), small, t) % 8 == 1)
vector("key of order 8, only with the cofactor", small, encode(POINT), NONCE, text, "8SB = 8R + 8kA, but SB is not R + kA")
order_2 = encode(ORDER_2)
text = text_where(lambda t: challenge(encode(POINT), order_2, t) % 2 == 0)
vector("key of order 2", order_2, encode(POINT), NONCE, text, "made without a secret")

# R of small order under an ordinary key.
text, r = "edge 0\n", encode(IDENTITY)
vector("R is the identity", a, r, sign(a, r, text, nonce=0), text, "a nonce of zero: S tells the secret key")
r = encode(ORDER_8)
vector("R of order 8, only with the cofactor", a, r, sign(a, r, text, nonce=0), text, "8SB = 8R + 8kA, but SB is not R + kA")

# Keys and R with a part of small order.
mixed = encode(add(KEY, ORDER_8))
r = encode(POINT)
text = text_where(lambda t: challenge(r, mixed, t) % 8 == 0)
vector("key of mixed order", mixed, r, sign(mixed, r, text), text, "a key that is no multiple of the base point; k is a multiple of 8")
text = text_where(lambda t: challenge(r, mixed, t) % 8 == 3)
vector("key of mixed order, only with the cofactor", mixed, r, sign(mixed, r, text), text, "8SB = 8R + 8kA, but SB is not R + kA")
r = encode(add(POINT, ORDER_8))
text = "edge 0\n"
vector("R of mixed order, only with the cofactor", a, r, sign(a, r, text), text, "8SB = 8R + 8kA, but SB is not R + kA")
k_cancels = lambda t: (1 + challenge(r, mixed, t)) % 8 == 0
text = text_where(k_cancels)
vector("key and R of mixed order", mixed, r, sign(mixed, r, text), text, "the parts of small order cancel: SB = R + kA")

# Second spellings.
r = encode(IDENTITY, above=1)
text = "edge 0\n"
vector("R is the identity, y not reduced", a, r, sign(a, r, text, nonce=0), text, "p + 1 for 1")
r = encode(IDENTITY, sign=1)
vector("R is the identity with a sign", a, r, sign(a, r, text, nonce=0), text, "x is 0, and no -0 (RFC 8032, 5.1.3)")
again = encode(IDENTITY, above=1)
vector("key is the identity, y not reduced", again, encode(POINT), NONCE, text, "a key of small order by another name")
again = encode(IDENTITY, sign=1)
vector("key is the identity with a sign", again, encode(POINT), NONCE, text, "a key of small order by another name")
again = encode(ORDER_2, sign=1)
text = text_where(lambda t: challenge(encode(POINT), again, t) % 2 == 0)
vector("key of order 2 with a sign", again, encode(POINT), NONCE, text, "x is 0, and no -0")

about = "Made by scripts/vectors/ed25519_edges.py from the definitions. `key` and `signature` in hex; `text` is what is signed."
print(json.dumps({"about": about, "vectors": vectors}, indent=1))
