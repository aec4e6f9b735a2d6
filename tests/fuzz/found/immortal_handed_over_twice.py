# Two parameters of a block take an immortal constant, each with a reference: nothing to complain of.
import sys

G0 = (11, -0.0)
G2 = 13

class K0:

    def __init__(self, a=1, b=0.5):
        self.a = a
        self.b = b
        self.c = [a]

class tr1_node:
    size = 1
tc2_seen = []

def tc2_tool(frame, event, arg):
    pass

def tc2_work(x):
    r = 0
    for i in range(4):
        r = r ^ i if x else abs(i)
    return r

def tc2(x0):
    r = 0
    for i in range(12):
        if i == 6:
            sys.setprofile(tc2_tool)
            sys._getframe().f_trace = tc2_tool
        try:
            r += tc2_work(x0)
        except IndexError:
            r -= 1
        if i == 7:
            sys.setprofile(None)
            pass
    sys.setprofile(None)
    return r

def main():
    v9 = [G2, G2, G2]
    v10 = K0(G2, 1e+18)
    v11 = v9
    for i in range(3, 0, -1):
        try:
            for i12 in range(-3, 2, 2):
                match [i, i12, G0]:
                    case bool(k):
                        out(1)
                    case [_, _, _, *k]:
                        out(k)
                    case _:
                        out(3)
                v13 = (11, 3.75)[:6]
                v14 = i % 100
                v15 = 2.0 ** 53 + 1e+18 < 1e+308
                match i12:
                    case {'a': _}:
                        out([*v13, *'ab', *range(2)], {**{'a': 1}, 'b': i})
                    case K0(a=1):
                        v11.reverse()
                    case _:
                        out(f'{0.5:{2}.2e}')
            else:
                try:
                    v16 = --0.0
                    if isinstance(v16, K0) and -0.0 <= 1.0:
                        assert i12 >= i, 'no'
                except (TypeError, KeyError) as error:
                    out(error)
                    if i < 2:
                        v14, v14 = (i, v14)
        finally:
            for i17 in [v11, v16, (9, 1e+18)] * 2:
                try:
                    v10 = K0(K0(7, 0.5).a, float(i12))
                except LookupError as error:
                    out(type(error), error.args)
                    v10.b *= 1e+18
                finally:
                    v14 = v10.a & 4294967295
        for i18 in range(-3, 4, 2):
            v14 &= 3
    for i in dict.fromkeys(range(26)):
        v9 = [2 ** 64 + 3 if True else v14 for j in (1, 2, 5) if isinstance(v16, int)][:6]
        if v10 is K0(i, -0.0):
            v15 = i18 * v14 >= 10 | 0 <= 1 | i
            if i == 3:
                if 1e+18:
                    continue
                v14 += v14
                if not [1.0, 2.0 ** 53]:
                    v10.b *= 0.0
            elif ''[1:] in ('12' if False else 'A' * 3):
                v16 = [8 // -3 for j in range(0) if G2 != j <= i12]
        elif True:
            out(hash(0 | i12) * tc2(G2), 123456.789 - -0.5)
        else:
            v14 ^= 8
    out(v9, v10, v11, v13, v14, v15, v16)
for _ in range(2):
    try:
        main()
    except Exception as error:
        out('main', error)
