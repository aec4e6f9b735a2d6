# A number in a tuple that is not made was an object in a version, and its unboxed form was not handed over: KeyError in the compiler.
inf = 1.5
G0 = 1
G1 = G0

class K0:

    def __init__(self, a=1, b=0.5):
        self.a = a

def f1(x0):
    v3 = len('€1')
    v4 = (v3,)
    v5 = K0(v3, inf)
    w6 = 1
    w6_end = 30
    while w6 < w6_end:
        w6 += 1
        v3 += w6

def main():
    v10 = 2 ** 30 - 1 if True else 0
    v11 = v10 % 7
    for i in range(24, 0, -1):
        v15 = (f1(G1), min(v10, v10), G1)[:6]
main()
