# A class that was changed so often that CPython does not tell of it any more: the region that relied on it was called a mistake of the compiler's.
class C:
    n = 0
    def m(self): return C.n
def f(k):
    r = 0
    for i in range(k):
        C.n = i
        r += C().m()
    return r
def g(k):
    r = 0
    for i in range(k):
        r += C().m()
    return r
for i in range(3):
    C.n = i
    out(f(1500), g(40))
