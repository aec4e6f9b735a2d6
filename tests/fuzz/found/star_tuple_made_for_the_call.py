# seed 900006689: what a tuple holds that was made for f(*(K(),)) had a reference of the loop's, too, until f had returned
class K:
    def __init__(self, b): self.b = b
    def __del__(self): out(self.b)
def f(x):
    v = K(0)
    w = 1
    return w
def g(x, y):
    v = K(0)
    return 1
def main(k):
    for i in range(12):
        if k == 0: r = f(*(K(1),))
        elif k == 1: r = f(*[K(1)])
        elif k == 2: r = f(K(1))
        elif k == 3: r = g(*(K(1), K(2)))
        elif k == 4:
            t = (K(1),); r = f(*t); out('t')
        elif k == 5: r = f(**{'x': K(1)})
        elif k == 6: r = g(*(K(1),), **{'y': K(2)})
for k in (0,):
    out('case', k)
    main(k)
